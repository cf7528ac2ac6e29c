"""One ticket, end to end, 500 times: accepted, processed, claimed in order; then the same through a kill -9.

A real HTTP client (httpx) at 32 connections against a real process on the embedded default.
"""

import asyncio
import itertools
import random
import time
from pathlib import Path

import httpx

from bench.rows import Row, tickets28k
from bench.system import System

TICKETS, CONNECTIONS = 500, 32
PROCESSED_SECONDS = 10.0
_GIVE_UP_SECONDS = 60.0


async def _post(client: httpx.AsyncClient, tickets: list[dict[str, str]]) -> dict[str, int]:
    """Status by ticket id of every request that was answered; requests cut off by a crash are missing."""
    answers: dict[str, int] = {}
    waiting = iter(tickets)

    async def sender() -> None:
        for ticket in waiting:
            try:
                answer = await client.post("/v2/tickets", json=ticket)
            except httpx.TransportError:
                return
            answers[ticket["ticket_id"]] = answer.status_code

    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    return answers


async def _processed(client: httpx.AsyncClient, number: int) -> float:
    """Seconds until so many tickets wait in the queue."""
    start = time.perf_counter()
    while time.perf_counter() - start < _GIVE_UP_SECONDS:
        status = (await client.get("/v2/tickets/status")).json()
        if status["waiting"] >= number:
            break
        await asyncio.sleep(0.02)
    return time.perf_counter() - start


async def _claim_all(client: httpx.AsyncClient) -> list[tuple[str, float]]:
    claimed = []
    while (answer := await client.get("/v2/tickets/next")).status_code == httpx.codes.OK:
        ticket = answer.json()
        claimed.append((ticket["ticket_id"], ticket["urgency_score"]))
    return claimed


def _client(system: System) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CONNECTIONS)
    return httpx.AsyncClient(base_url=system.url, limits=limits, timeout=30.0, trust_env=False)


async def _whole(system: System, tickets: list[dict[str, str]]) -> list[Row]:
    async with _client(system) as client:
        start = time.perf_counter()
        answers = await _post(client, tickets)
        posted = time.perf_counter() - start
        after = await _processed(client, len(tickets))
        claimed = await _claim_all(client)
    accepted = sum(status == httpx.codes.ACCEPTED for status in answers.values())
    once = len({ticket_id for ticket_id, _ in claimed}) == len(claimed) == len(tickets)
    ordered = all(a[1] >= b[1] for a, b in itertools.pairwise(claimed))
    n = len(tickets)
    return [
        Row(
            f"{n} tickets at {CONNECTIONS} connections: 202", f"{n}", f"{accepted}", f"in {posted:.2f} s", accepted == n
        ),
        Row(
            "  all processed and queued, after the last 202",
            f"< {PROCESSED_SECONDS:.0f} s",
            f"{after:.2f} s",
            "peer: 10.8 s for 500",
            after < PROCESSED_SECONDS,
        ),
        Row("  next: each once", f"{n}", f"{len(claimed)}", f"distinct: {once}", once),
        Row("  next: highest S first", "always", "always" if ordered else "not always", "", ordered),
    ]


async def _crashed(system: System, tickets: list[dict[str, str]]) -> list[Row]:
    """Kill the process in the middle of the load, start it again, and look for every ticket that was promised."""
    async with _client(system) as client:
        posting = asyncio.create_task(_post(client, tickets))
        await asyncio.sleep(0.35)
        system.kill()
        answers = await posting
    accepted = {ticket_id for ticket_id, status in answers.items() if status == httpx.codes.ACCEPTED}
    await asyncio.to_thread(system.start)
    async with _client(system) as client:
        recovery = await _processed(client, len(accepted))
        missing = [t for t in accepted if (await client.get(f"/v2/tickets/{t}")).status_code != httpx.codes.OK]
        again = await _post(client, tickets)  # the senders do what senders do: send everything again
        await _processed(client, len(tickets))
        claimed = [ticket_id for ticket_id, _ in await _claim_all(client)]
    doubled = len(claimed) - len(set(claimed))
    return [
        Row("kill -9 in the middle: promised (202) before it", "-", f"{len(accepted)} of {len(tickets)}"),
        Row("  missing after the restart", "0", f"{len(missing)}", f"all queued after {recovery:.2f} s", not missing),
        Row(
            "  all sent again with their ids: tickets in the end, doubled",
            f"{len(tickets)}, 0",
            f"{len(set(claimed))}, {doubled}",
            f"{sum(status == httpx.codes.ACCEPTED for status in again.values())} x 202",
            len(set(claimed)) == len(tickets) and not doubled,
        ),
    ]


def run(data_dir: Path) -> list[Row]:
    """The figures of the first run; raises DataAbsent."""
    texts = random.Random(1).sample(tickets28k(data_dir), 2 * TICKETS)
    tickets = [{"ticket_id": f"t{number}", **text} for number, text in enumerate(texts)]
    with System() as system:
        rows = asyncio.run(_whole(system, tickets[:TICKETS]))
    with System() as system:
        rows += asyncio.run(_crashed(system, tickets[TICKETS:]))
    return rows
