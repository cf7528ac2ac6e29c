"""20,000 tickets at full speed through an API, two workers and two dispatchers; a worker and the leader are killed."""

import asyncio
import json
import os
import random
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg

from bench.rows import Row, tickets28k
from bench.system import DURABLE, Load, System, come_through, part, post_all
from tests import servers

TICKETS, CONNECTIONS = 20_000, 32
_SETTLE_SECONDS = 600.0


def run(data_dir: Path) -> list[Row]:
    """What became of the tickets; raises DataAbsent."""
    texts = random.Random(4).choices(tickets28k(data_dir), k=TICKETS)
    with ExitStack() as stack:
        server = stack.enter_context(servers.postgres_server(**DURABLE))
        database = stack.enter_context(servers.postgres_database(servers.postgres_url(server), "scale_out"))
        given = {"DATABASE_URL": database, "REDIS_URL": stack.enter_context(servers.redis())}
        system = stack.enter_context(System(command="api", **given))
        workers = [stack.enter_context(part("worker", **given)) for _ in range(2)]
        for _ in range(2):
            stack.enter_context(part("dispatcher", **given))
        url = database.replace("+psycopg", "", 1)
        leader = _leader(url)
        load, killed_at = asyncio.run(_under_fire(system, texts, [workers[0].pid, leader]))
        took_over = _take_over(url, leader, killed_at)
        ids = {json.loads(body)["ticket_id"] for body in load.bodies}
        status, seconds = _settled(system, killed_at)
    accepted, done = len(ids), come_through(status)
    return [
        Row("tickets accepted, one worker and the leader killed with -9 meanwhile", f"{TICKETS:,}", f"{accepted:,}"),
        Row("  dispatched", f"{TICKETS:,}", f"{done:,}", "", done == accepted == TICKETS),
        Row("  dead-lettered / pending", "0 / 0", f"{status['dead']} / {status['pending']}"),
        Row("  another leads after", "<= 5 s", f"{took_over:.1f} s", "", took_over <= 5),
        Row("  accepts a second; all done after the kill", "-", f"{load.rate:,.0f}; {seconds:.1f} s"),
    ]


async def _under_fire(system: System, texts: list[dict[str, str]], victims: list[int]) -> tuple[Load, float]:
    """Send all tickets; kill the victims after a third of them. The load, and when that was."""
    killed_at = 0.0

    async def shoot() -> None:
        nonlocal killed_at
        async with httpx.AsyncClient(base_url=system.url, trust_env=False) as client:
            while True:
                status = (await client.get("/v2/tickets/status")).json()
                if sum(status[name] for name in ("pending", "processed")) >= TICKETS / 3:
                    break
                await asyncio.sleep(0.05)
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        killed_at = time.time()

    load, _ = await asyncio.gather(post_all(system.port, "/v2/tickets", texts, CONNECTIONS), shoot())
    return load, killed_at


def _leader(url: str) -> int:
    """The process that leads: a holder is HOST-PID-RANDOM."""
    end = time.monotonic() + 30.0
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < end:
            row = connection.execute("SELECT holder FROM leases WHERE expires_at > 0").fetchone()
            if row is not None:
                return int(row[0].rsplit("-", 2)[1])
            time.sleep(0.05)
    raise RuntimeError("nobody leads")


def _take_over(url: str, leader: int, killed_at: float) -> float:
    """Seconds from the kill to the first ticket that the next leader took up."""
    end = time.monotonic() + 30.0
    while _leader(url) == leader:
        if time.monotonic() > end:
            raise RuntimeError("nobody takes over")
        time.sleep(0.05)
    return _first_after(url, killed_at) - killed_at


def _first_after(url: str, killed_at: float) -> float:
    """When a ticket was next taken up."""
    query = "SELECT min(at) FROM events WHERE kind = 'ticket.queue' AND at > %s"
    end = time.monotonic() + 30.0
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < end:
            row = connection.execute(query, (killed_at,)).fetchone()
            if row is not None and row[0] is not None:
                return float(row[0])
            time.sleep(0.05)
    raise RuntimeError("nothing is dispatched any more")


def _settled(system: System, killed_at: float) -> tuple[dict[str, int], float]:
    """How the tickets stand once none is underway, and how long after the kill that was."""
    end = time.monotonic() + _SETTLE_SECONDS
    while True:
        status: dict[str, int] = httpx.get(f"{system.url}/v2/tickets/status", trust_env=False).json()
        if come_through(status) + status["dead"] >= TICKETS or time.monotonic() > end:
            return status, time.time() - killed_at
        time.sleep(0.1)
