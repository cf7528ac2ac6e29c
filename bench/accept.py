"""Durable accept (SQL committed, then 202) at 32 connections, beside the same app doing a bare XADD and no SQL."""

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
    xadds: list[Load] = []
    files: list[Load] = []
    tables: list[Load] = []
    whole: list[Load] = []
    with servers.postgres_server(**DURABLE) as server:
        postgres = servers.postgres_url(server)
        for number in range(ROUNDS):
            with servers.redis() as redis, xadd_app.serving(redis) as port:
                xadds.append(_load(port, texts))
            with System("bench.api_alone", "api", LAG_LIMIT="1000000") as system:
                files.append(_load(system.port, texts))
            with servers.redis() as redis, servers.postgres_database(postgres, f"round_{number}") as database:
                given = {"DATABASE_URL": database, "REDIS_URL": redis, "LAG_LIMIT": "1000000"}
                with System(command="api", **given) as system:
                    tables.append(_load(system.port, texts))
            with System() as system:
                whole.append(_load(system.port, texts))
    beside = f"bare XADD: {_rate(xadds):,.0f}/s, p50 / p99 {_latency(xadds)}"
    return [
        _row("durable accepts a second, SQLite, API alone", files, xadds, 1.0, beside),
        _row("durable accepts a second, PostgreSQL + Redis, API alone", tables, xadds, 0.6, beside),
        _row("durable accepts a second, `up` on SQLite, all of triage and dispatch beside it", whole, xadds, None, ""),
    ]


def _row(figure: str, loads: list[Load], xadds: list[Load], share: float | None, beside: str) -> Row:
    reached = f"{_rate(loads):,.0f} ({_rate(loads) / _rate(xadds):.2f}), p50 / p99 {_latency(loads)}"
    if share is None:
        return Row(figure, "-", reached, beside)
    holds = _rate(loads) >= share * _rate(xadds) and (share < 1 or _p99(loads) <= _p99(xadds))
    return Row(figure, f">= {share:.1f} of bare XADD" + (", p99 too" if share == 1 else ""), reached, beside, holds)


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
