"""Calls of helpdesks over HTTP against a real server: what nobody proved is refused alike, what comes again is known.

10,000 calls that are tampered with, unsigned, late, of another secret or of no source; then 1,000 tickets, each sent
twice as a helpdesk repeats a delivery.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from bench.rows import Row
from bench.system import Load, Post, System, post_each
from tests.helpdesk_calls import SECRET, Call, call, payload

REFUSED, REDELIVERED, CONNECTIONS = 10_000, 1_000, 16
_LATE_SECONDS = 600.0
_SOURCES = {"zendesk": "zendesk-created", "chatwoot": "chatwoot-message", "github": "github-opened"}


def run(_data_dir: Path) -> list[Row]:
    """How many were refused, and with how many different bodies; what became of the redeliveries."""
    sources = {name: {"type": name, "secret": SECRET} for name in _SOURCES}
    with System(SOURCES=json.dumps(sources), LAG_LIMIT="1000000") as system:
        refused = asyncio.run(post_each(system.port, _unproved(), CONNECTIONS))
        after_refused = _tickets(system)
        calls = [_ticket(number) for number in range(REDELIVERED)]
        first = asyncio.run(post_each(system.port, calls, CONNECTIONS))
        again = asyncio.run(post_each(system.port, calls, CONNECTIONS))
        tickets = _tickets(system)
    return [*_refused(refused, after_refused), *_repeated(first, again, tickets)]


def _refused(load: Load, tickets: int) -> list[Row]:
    all_refused = load.statuses.count(401) == REFUSED and len(set(load.bodies)) == 1 and not tickets
    reached = f"{load.statuses.count(401):,} with 401, {len(set(load.bodies))} body, {tickets} tickets"
    return [
        Row(
            f"{REFUSED:,} calls that are tampered with, unsigned or late",
            "all 401, one body, no ticket",
            reached,
            f"{load.rate:,.0f} a second, p50 / p99 {_latency(load)}",
            all_refused,
        )
    ]


def _repeated(first: Load, again: Load, tickets: int) -> list[Row]:
    taken = first.statuses.count(200)
    known = sum(json.loads(body)["status"] == "repeated" for body in again.bodies)
    holds = again.statuses.count(200) == known == taken == tickets == REDELIVERED
    return [
        Row(
            f"{REDELIVERED:,} redeliveries of tickets that are known",
            "all 200, no second ticket",
            f"{again.statuses.count(200):,} with 200, {known:,} known as such, {tickets:,} tickets",
            f"{again.rate:,.0f} a second, p50 / p99 {_latency(again)}",
            holds,
        ),
        Row(
            "  signed calls that each open a ticket",
            "-",
            f"{first.rate:,.0f} a second, p50 / p99 {_latency(first)}",
        ),
    ]


def _latency(load: Load) -> str:
    return f"{load.quantile(0.5) * 1_000:.0f} / {load.quantile(0.99) * 1_000:.0f} ms"


def _tickets(system: System) -> int:
    """How many there are, wherever they stand."""
    counts = httpx.get(f"{system.url}/v2/tickets/status", trust_env=False).json()
    return int(counts["pending"] + counts["processed"])


def _ticket(number: int) -> Post:
    """The n-th ticket, of one of the helpdesks."""
    kind = list(_SOURCES)[number % len(_SOURCES)]
    told = payload(_SOURCES[kind])
    match kind:
        case "zendesk":
            told["id"], told["detail"]["id"] = f"event-{number}", str(number)
        case "chatwoot":
            told["id"], told["conversation"]["id"] = number, number
        case _:
            told["issue"]["number"] = number
    return _post(kind, call(kind, told, time.time(), x_chatwoot_delivery=f"d{number}"))


def _unproved() -> Iterator[Post]:
    chance = random.Random(7)
    ways: list[Callable[[str, Any], Post]] = [
        lambda kind, told: _post(kind, _flipped(call(kind, told, time.time()), chance)),
        lambda kind, told: _post(kind, Call(call(kind, told, time.time()).body)),
        lambda _kind, told: _post("zendesk", call("zendesk", told, time.time() - _LATE_SECONDS)),
        lambda _kind, told: _post("chatwoot", call("chatwoot", told, time.time() + _LATE_SECONDS)),
        lambda kind, told: _post(kind, call(kind, told, time.time(), secret=f"guess-{chance.random()}")),
        lambda kind, told: _post("unknown", call(kind, told, time.time())),
    ]
    for number in range(REFUSED):
        kind = chance.choice(list(_SOURCES))
        yield ways[number % len(ways)](kind, payload(_SOURCES[kind]))


def _post(source: str, sent: Call) -> Post:
    return Post(f"/webhook/{source}", sent.body, sent.headers)


def _flipped(sent: Call, chance: random.Random) -> Call:
    """One byte of the body is another."""
    place = chance.randrange(len(sent.body))
    other = bytes([sent.body[place] ^ chance.randrange(1, 256)])
    return Call(sent.body[:place] + other + sent.body[place + 1 :], sent.headers, sent.query)
