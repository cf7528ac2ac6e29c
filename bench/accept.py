"""Durable accept (SQL committed, then 202) at 32 connections, beside apps that do a bare XADD and no SQL.

The plainest FastAPI app is the measure, as the limits were taken with it; ours with an XADD shows what SQL costs.
"""

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import xadd_app
from bench.rows import Row, tickets28k
from bench.system import DURABLE, Load, System, post_all
from tests import servers

TICKETS, CONNECTIONS, ROUNDS = 6_000, 32, 3
_WARM = 500


def run(data_dir: Path) -> list[Row]:
    """Accepts a second and their latency, medians of a few rounds taken in turn; raises DataAbsent."""
    texts = random.Random(2).choices(tickets28k(data_dir), k=TICKETS)
    loads: dict[str, list[Load]] = {name: [] for name in ("xadd", "plain", "sqlite", "postgres", "up")}
    with servers.postgres_server(**DURABLE) as server:
        for number in range(ROUNDS):
            with servers.redis() as redis:
                with System("bench.api_alone", "xadd", REDIS_URL=redis) as system:
                    loads["xadd"].append(_load(system.port, texts))
                with xadd_app.serving(redis) as port:
                    loads["plain"].append(_load(port, texts))
            with System("bench.api_alone", "sqlite", LAG_LIMIT="1000000") as system:
                loads["sqlite"].append(_load(system.port, texts))
            postgres = servers.postgres_database(servers.postgres_url(server), f"round_{number}")
            with servers.redis() as redis, postgres as database:
                given = {"DATABASE_URL": database, "REDIS_URL": redis, "LAG_LIMIT": "1000000"}
                with System(command="api", **given) as system:
                    loads["postgres"].append(_load(system.port, texts))
            with System() as system:
                loads["up"].append(_load(system.port, texts))
    xadd, plain = loads["xadd"], loads["plain"]
    return [
        _row("durable accepts a second, SQLite, API alone", loads["sqlite"], plain, 1.0),
        _row("durable accepts a second, PostgreSQL + Redis, API alone", loads["postgres"], plain, 0.6),
        _row("durable accepts a second, `up`: triage and dispatch in the same process", loads["up"], plain, None),
        Row("  the plainest FastAPI app, XADD and no SQL", "-", f"{_rate(plain):,.0f}, p50 / p99 {_latency(plain)}"),
        Row("  our app, XADD and no SQL", "-", f"{_rate(xadd):,.0f}, p50 / p99 {_latency(xadd)}"),
    ]


def _row(figure: str, loads: list[Load], xadd: list[Load], share: float | None) -> Row:
    reached = f"{_rate(loads):,.0f}, p50 / p99 {_latency(loads)}"
    beside = f"{_rate(loads) / _rate(xadd):.2f} of XADD, p99 {_p99(loads) / _p99(xadd):.2f}"
    if share is None:
        return Row(figure, "-", reached, beside)
    holds = _rate(loads) >= share * _rate(xadd) and (share < 1 or _p99(loads) <= _p99(xadd))
    return Row(figure, f">= {share:.1f} of XADD" + (", p99 <= XADD's" if share == 1 else ""), reached, beside, holds)


def _load(port: int, texts: list[dict[str, str]]) -> Load:
    """Warm the server, then measure; raises RuntimeError where a ticket was not accepted, each as one of its own."""
    asyncio.run(post_all(port, "/v2/tickets", texts[:_WARM], CONNECTIONS))
    load = asyncio.run(post_all(port, "/v2/tickets", texts, CONNECTIONS))
    ids = {json.loads(body)["ticket_id"] for body in load.bodies}
    if not load.statuses.count(202) == len(ids) == TICKETS:
        raise RuntimeError(f"{load.statuses.count(202)} of {TICKETS} accepted, {len(ids)} ids")
    return load


def _median(loads: list[Load], figure: Callable[[Load], float]) -> float:
    return median(figure(load) for load in loads)


def _rate(loads: list[Load]) -> float:
    return _median(loads, lambda load: load.rate)


def _p99(loads: list[Load]) -> float:
    return _median(loads, lambda load: load.quantile(0.99))


def _latency(loads: list[Load]) -> str:
    return f"{1e3 * _median(loads, lambda load: load.quantile(0.5)):.0f} / {1e3 * _p99(loads):.0f} ms"
