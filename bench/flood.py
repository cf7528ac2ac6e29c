"""10,000 short tickets at once, on the embedded default: different ones, then copies of a critical one.

A bare client at `CONNECTIONS` connections against a real process with a fresh data directory. The different texts are
those of the corpus and queries of clinc150 where it is here; else those of the corpus, numbered.
"""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from bench.rows import CORPUS, DataAbsent, Row, clinc150
from bench.system import System, come_through, post_all
from smart_support.train.corpus import read_tickets

TICKETS, CONNECTIONS = 10_000, 32
MOST_SECONDS, LEAST_SHARE = 30.0, 0.99
CHARACTERS = 120
CRITICAL = {
    "subject": "Everything is down",
    "body": "All requests to our production cluster fail with 503. Every customer is affected, we are losing orders by "
    "the minute.",
}
MOST_SENDING_SECONDS, OPENER, MOST_SINGLE = 10.0, 11, 10
_GIVE_UP_SECONDS = 300.0


def run(data_dir: Path) -> list[Row]:
    """How fast different tickets come through, and what becomes of copies."""
    return [*_different(data_dir), *_copies()]


def _different(data_dir: Path) -> list[Row]:
    """Seconds from the first request to the last triage, and the share of the transformer tier."""
    tickets = [{"ticket_id": f"t{number}", "body": text} for number, text in enumerate(_texts(data_dir))]
    with System() as system:
        began = time.perf_counter()
        load = asyncio.run(post_all(system.port, "/v2/tickets", tickets, CONNECTIONS))
        if not _wait(system, lambda counts: counts["processed"] >= TICKETS):
            raise RuntimeError("the tickets did not come through")
        seconds = time.perf_counter() - began
        tiers = dict(_ask(system, "SELECT tier, count(*) FROM tickets GROUP BY tier"))
    accepted = load.statuses.count(httpx.codes.ACCEPTED)
    share = tiers.get("transformer", 0) / TICKETS
    return [
        Row(
            f"{TICKETS:,} tickets at {CONNECTIONS} connections: all triaged",
            f"<= {MOST_SECONDS:.0f} s",
            f"{seconds:.1f} s",
            f"{accepted:,} accepted in {load.seconds:.1f} s; peer: 500 in 10.8 s",
            seconds <= MOST_SECONDS and accepted == TICKETS,
        ),
        Row("  by the transformer tier", f">= {LEAST_SHARE:.0%}", f"{share:.1%}", "", share >= LEAST_SHARE),
    ]


def _copies() -> list[Row]:
    """Whether copies are one incident with one alert and few others, and all of them come through."""
    tickets = [{"ticket_id": f"t{number}", **CRITICAL} for number in range(TICKETS)]
    with System() as system:
        began = time.perf_counter()
        load = asyncio.run(post_all(system.port, "/v2/tickets", tickets, CONNECTIONS))
        _wait(system, lambda counts: come_through(counts) >= TICKETS)
        # Not what follows in a thread, such as the growth of the incident: that keeps its distance.
        while _ask(system, "SELECT 1 FROM alerts WHERE routed_at IS NULL LIMIT 1") or _ask(
            system, "SELECT 1 FROM messages WHERE state = 'pending' AND ordinal = 1 LIMIT 1"
        ):
            time.sleep(0.1)
        seconds = time.perf_counter() - began
        members = [size for (size,) in _ask(system, "SELECT tickets FROM incidents")]
        # A link's place is the dispatch order of the ticket with which it came to be: the first, of the opener.
        ((opener,),) = _ask(system, "SELECT min(place) FROM links")
        messages = "SELECT count(*) FROM messages WHERE topic LIKE"
        ((single,),) = _ask(system, f"{messages} 'ticket:%' AND state = 'sent'")
        ((opened,),) = _ask(system, f"{messages} 'incident:%' AND state = 'sent'")
        ((later,),) = _ask(system, f"{messages} 'incident:%' AND state = 'pending'")
        ((arrived,),) = _ask(system, "SELECT count(*) FROM tickets WHERE state IN ('waiting', 'suppressed')")
    accepted, lost = load.statuses.count(httpx.codes.ACCEPTED), TICKETS - arrived
    return [
        Row(
            f"{TICKETS:,} copies of a critical ticket at {CONNECTIONS} connections: all sent",
            f"<= {MOST_SENDING_SECONDS:.0f} s",
            f"{load.seconds:.1f} s",
            f"{accepted:,} accepted",
            load.seconds <= MOST_SENDING_SECONDS and accepted == TICKETS,
        ),
        Row("  incidents", "1", str(len(members)), "", len(members) == 1),
        Row("  opened by which ticket, in the order of dispatch", str(OPENER), str(opener), "", opener == OPENER),
        Row("  members", f"{TICKETS:,}", f"{max(members, default=0):,}", "", members == [TICKETS]),
        Row("  alerts for single tickets", f"<= {MOST_SINGLE}", str(single), "", single <= MOST_SINGLE),
        Row("  alerts for incidents", "1", str(opened), "", opened == 1),
        Row("  of their growth, to be told later in one message", "-", str(later), ""),
        Row("  tickets lost", "0", str(lost), "", lost == 0),
        Row("  all dispatched, and all alerts sent", "-", f"{seconds:.1f} s", "peer: 500 in 10.8 s"),
    ]


def _texts(data_dir: Path) -> list[str]:
    """Different texts of at most `CHARACTERS` characters."""
    authored = [ticket.text for found in read_tickets(CORPUS).values() for ticket in found]
    short = [f"{text.subject} {text.body}".strip()[:CHARACTERS] for text in authored]
    try:
        short += [row["text"] for row in clinc150(data_dir)]
    except DataAbsent:
        short += [f"{text[: CHARACTERS - 7]} {number}" for number in range(3) for text in short]
    return random.Random(7).sample(list(dict.fromkeys(short)), TICKETS)


def _wait(system: System, done: Callable[[Mapping[str, int]], bool]) -> bool:
    """Until `done` says so of how many tickets stand where; false where that does not come."""
    end = time.perf_counter() + _GIVE_UP_SECONDS
    with httpx.Client(base_url=system.url, trust_env=False, timeout=30.0) as client:
        while not done(client.get("/v2/tickets/status").json()):
            if time.perf_counter() > end:
                return False
            time.sleep(0.1)
    return True


def _ask(system: System, query: str) -> list[Any]:
    """What stands in its database."""
    database = sqlite3.connect(f"file:{system.data_dir / 'smart-support.db'}?mode=ro", uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()
