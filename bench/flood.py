"""10,000 different short tickets at once, on the embedded default: how long until all are triaged, and by which tier.

A bare client at `CONNECTIONS` connections against a real process with a fresh data directory. Texts are those of the
corpus and queries of clinc150 where it is here; else those of the corpus, numbered.
"""

import asyncio
import random
import sqlite3
import time
from pathlib import Path

import httpx

from bench.rows import CORPUS, DataAbsent, Row, clinc150
from bench.system import System, post_all
from smart_support.train.corpus import read_tickets

TICKETS, CONNECTIONS = 10_000, 32
MOST_SECONDS, LEAST_SHARE = 30.0, 0.99
CHARACTERS = 120
_GIVE_UP_SECONDS = 600.0


def run(data_dir: Path) -> list[Row]:
    """Seconds from the first request to the last triage, and the share of the transformer tier."""
    tickets = [{"ticket_id": f"t{number}", "body": text} for number, text in enumerate(_texts(data_dir))]
    with System() as system:
        began = time.perf_counter()
        load = asyncio.run(post_all(system.port, "/v2/tickets", tickets, CONNECTIONS))
        _processed(system, began)
        seconds = time.perf_counter() - began
        tiers = _tiers(system.data_dir)
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


def _texts(data_dir: Path) -> list[str]:
    """Different texts of at most `CHARACTERS` characters."""
    authored = [ticket.text for found in read_tickets(CORPUS).values() for ticket in found]
    short = [f"{text.subject} {text.body}".strip()[:CHARACTERS] for text in authored]
    try:
        short += [row["text"] for row in clinc150(data_dir)]
    except DataAbsent:
        short += [f"{text[: CHARACTERS - 7]} {number}" for number in range(3) for text in short]
    return random.Random(7).sample(list(dict.fromkeys(short)), TICKETS)


def _processed(system: System, began: float) -> None:
    with httpx.Client(base_url=system.url, trust_env=False, timeout=30.0) as client:
        while client.get("/v2/tickets/status").json()["processed"] < TICKETS:
            if time.perf_counter() - began > _GIVE_UP_SECONDS:
                raise RuntimeError("the tickets did not come through")
            time.sleep(0.1)


def _tiers(data_dir: Path) -> dict[str, int]:
    """How many tickets each tier has triaged."""
    database = sqlite3.connect(f"file:{data_dir / 'smart-support.db'}?mode=ro", uri=True)
    try:
        return dict(database.execute("SELECT tier, count(*) FROM tickets GROUP BY tier").fetchall())
    finally:
        database.close()
