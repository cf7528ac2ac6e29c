"""What 100,000 waiting tickets cost in memory: where they wait for triage, and where they wait for an agent."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.rows import Row, tickets28k
from bench.system import System, come_through, part, post_all, resident
from tests import servers

TICKETS, CONNECTIONS, MOST_MB = 100_000, 32, 200.0
_WARM, _SETTLE_SECONDS = 5_000, 900.0


def run(data_dir: Path) -> list[Row]:
    """Growth of resident memory in MB, beyond what a few thousand tickets need; raises DataAbsent."""
    texts = tickets28k(data_dir)
    with System("bench.api_alone", "sqlite", LAG_LIMIT=str(2 * TICKETS)) as system:
        _post(system, texts, _WARM)
        base = system.memory()
        _post(system, texts, TICKETS)
        untriaged = system.memory() - base
    with (
        servers.postgres() as postgres,
        servers.postgres_database(postgres, "memory") as database,
        servers.redis() as redis,
    ):
        given = {"DATABASE_URL": database, "REDIS_URL": redis, "LAG_LIMIT": str(2 * TICKETS)}
        with System(command="api", **given) as system, part("worker", **given) as worker, part("dispatcher", **given):
            _post(system, texts, _WARM)
            _settle(system, _WARM)
            base = system.memory() + resident(worker.pid)
            _post(system, texts, TICKETS)
            _settle(system, _WARM + TICKETS)
            waiting = system.memory() + resident(worker.pid) - base
    asked = f"<= {MOST_MB:.0f} MB"
    return [
        Row(f"{TICKETS:,} tickets untriaged in one process", asked, f"{untriaged:.0f} MB", "", untriaged <= MOST_MB),
        Row(f"{TICKETS:,} tickets waiting: API and worker", asked, f"{waiting:.0f} MB", "", waiting <= MOST_MB),
    ]


def _post(system: System, texts: list[dict[str, str]], number: int) -> None:
    load = asyncio.run(post_all(system.port, "/v2/tickets", _some(texts, number), CONNECTIONS))
    if load.statuses.count(202) != number:
        raise RuntimeError(f"{load.statuses.count(202)} of {number} accepted")


def _some(texts: list[dict[str, str]], number: int) -> Iterator[dict[str, str]]:
    return itertools.islice(itertools.cycle(random.Random(3).sample(texts, len(texts))), number)


def _settle(system: System, number: int) -> None:
    end = time.monotonic() + _SETTLE_SECONDS
    while come_through(httpx.get(f"{system.url}/v2/tickets/status", trust_env=False).json()) < number:
        if time.monotonic() > end:
            raise RuntimeError("the tickets did not come through")
        time.sleep(0.5)
