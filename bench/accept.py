"""Durable accept (SQL committed, then 202) at 32 connections, beside requests that the same server refuses."""

import asyncio
import json
import random
from pathlib import Path

from bench.rows import Row, tickets28k
from bench.system import Load, System, post_all

TICKETS, CONNECTIONS = 6_000, 32


def run(data_dir: Path) -> list[Row]:
    """Accepts a second and their latency; raises DataAbsent."""
    texts = random.Random(2).choices(tickets28k(data_dir), k=TICKETS)
    with System() as system:
        # Warm the server, then measure; an invalid ticket costs all of HTTP and validation, and stores nothing.
        asyncio.run(post_all(system.port, "/v2/tickets", texts[:500], CONNECTIONS))
        refused = asyncio.run(post_all(system.port, "/v2/tickets", [{"no": "ticket"}] * TICKETS, CONNECTIONS))
        load = asyncio.run(post_all(system.port, "/v2/tickets", texts, CONNECTIONS))
        ids = {json.loads(body)["ticket_id"] for body in load.bodies}
    stored = load.statuses.count(202) == len(ids) == TICKETS
    return [
        Row(
            f"durable accepts a second, {CONNECTIONS} connections, triage beside it",
            "-",
            f"{_rate(load):,.0f}",
            f"refused as invalid: {_rate(refused):,.0f}",
            stored,
        ),
        Row(
            "  p50 / p99",
            "-",
            f"{1e3 * load.quantile(0.5):.0f} / {1e3 * load.quantile(0.99):.0f} ms",
            f"{1e3 * refused.quantile(0.5):.0f} / {1e3 * refused.quantile(0.99):.0f} ms",
        ),
    ]


def _rate(load: Load) -> float:
    return len(load.statuses) / load.seconds
