"""An hour at 70 % of what the system can do: memory, latency, files, threads and the log stay as they were, nothing is
lost.

The capacity is measured first. Then tickets come at their times, whether the system keeps up or not, and are claimed
with `/v2/tickets/next` as they become ready, all by one client beside the system. Their sentences are those of everyday
tickets, put together anew, so that the search for storms works and has nothing to find. There are no agents and no
destinations. SOAK_MINUTES says how long;
SOAK_PARTS=1 takes an API, a worker and a dispatcher on PostgreSQL and Redis instead of `up`; SOAK_CSV names a file for
what was seen, a row every five seconds.
"""

import asyncio
import csv
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

import httpx
import numpy as np

from bench.rows import Row
from bench.soak_watch import WARM_SHARE, Process, Seen, flat, spark, watching
from bench.system import DURABLE, System, part
from smart_support.domain.storm.rule import Rule
from smart_support.simulator.texts import everyday
from tests import servers

MINUTES, SHARE = 60.0, 0.7
MOST_GROWTH_MB, MOST_SLOWER, MOST_SLOWER_P95, MOST_WAL_MB, MOST_HELD = 32.0, 1.5, 2.0, 64.0, 0.02
_CAPACITY_SECONDS, _WARM, _SENDERS, _CLAIMERS, _SETTLE_SECONDS = 12.0, 100, 32, 4, 120.0
_IDLE_SECONDS = 0.05
_SENTENCES, _SHORTEST = 4, 20
# Who looks for storms remembers as many tickets, and up to as many again before it lets some go.
_LEADERS, _REMEMBERED, _REMEMBERED_MB = ("up", "dispatcher"), 2 * Rule().most, 1_700 / 1e6


@dataclass(slots=True)
class Told:
    """What the client met. Latencies are (seconds since the soak began, seconds taken). `held` are tickets that an
    incident keeps out of the queue."""

    accepted: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    claimed: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    latencies: list[tuple[float, float]] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    accepted_at: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Soaked:
    """A whole run: minutes of load, the capacity in tickets a second, what the client met and what was seen."""

    minutes: float
    capacity: float
    told: Told
    seen: Seen

    @property
    def lost(self) -> int:
        """Tickets that were accepted and never came back."""
        return len(self.told.accepted - self.told.claimed.keys() - self.told.held)

    @property
    def doubled(self) -> int:
        """Tickets that were claimed more than once."""
        return sum(times > 1 for times in self.told.claimed.values())


def run(_data_dir: Path) -> list[Row]:
    """The figures of one soak."""
    minutes = float(os.environ.get("SOAK_MINUTES", MINUTES))
    return rows_of(soak(minutes, in_parts=os.environ.get("SOAK_PARTS") == "1"))


def soak(minutes: float, *, in_parts: bool = False) -> Soaked:
    """Run the system for so long at its share of the capacity; every ticket is claimed in the end, or is lost."""
    with _parts() if in_parts else _up() as (url, processes, log):
        told = Told()
        capacity = asyncio.run(_capacity(url, min(_CAPACITY_SECONDS, 8.0 * minutes)))
        with watching(processes, log) as seen:
            asyncio.run(_load(url, SHARE * capacity, 60.0 * minutes, told))
    soaked = Soaked(minutes, capacity, told, seen)
    if file := os.environ.get("SOAK_CSV"):
        _write(Path(file), seen)
    return soaked


def rows_of(soaked: Soaked) -> list[Row]:
    """The figures of a run: what is asked of it holds or not."""
    told, seen = soaked.told, soaked.seen
    name = f"{soaked.minutes:g} minutes at {SHARE:.0%} of {soaked.capacity:,.0f} tickets a second"
    claimed, log = f"{len(told.claimed):,} claimed", max(seen.log_mb)
    held = len(told.held) / max(1, len(told.accepted))
    once = soaked.lost == soaked.doubled == 0
    return [
        Row(f"{name}: accepted", "-", f"{len(told.accepted):,}"),
        Row("  refused or failed", "0", str(told.refused), "", told.refused == 0),
        Row("  lost, and finished twice", "0, 0", f"{soaked.lost}, {soaked.doubled}", claimed, once),
        Row(
            "  kept out of the queue by incidents",
            f"<= {MOST_HELD:.0%}",
            f"{held:.1%}",
            "there was no storm",
            held <= MOST_HELD,
        ),
        *(_memory(process, seen, len(told.accepted)) for process in seen.processes),
        *(_steady(process, seen) for process in seen.processes),
        _latency("accept", told.latencies),
        _latency("202 to claim", told.waits),
        Row(
            "  write-ahead log of SQLite, at most",
            f"<= {MOST_WAL_MB:.0f} MB",
            f"{log:.0f} MB",
            spark(seen.log_mb),
            log <= MOST_WAL_MB,
        ),
    ]


def _memory(process: Process, seen: Seen, tickets: int) -> Row:
    mb = seen.memory[process]
    growth, slope = flat(seen.at, mb)
    # What storms are looked for in fills by design, and then is full.
    after = min(tickets, _REMEMBERED) - min(WARM_SHARE * tickets, _REMEMBERED)
    limit = MOST_GROWTH_MB + (_REMEMBERED_MB * after if process.name in _LEADERS else 0.0)
    return Row(
        f"  memory of {process.name}, growth after warm-up", f"<= {limit:.0f} MB", f"{growth:+.1f} MB",
        f"{slope:+.1f} MB an hour, {max(mb):.0f} MB at most {spark(mb)}", growth <= limit,
    )  # fmt: skip


def _steady(process: Process, seen: Seen) -> Row:
    files, threads = seen.files[process], seen.threads[process]
    third = max(1, len(files) // 3)
    early, late = median(files[third : 2 * third] or files), median(files[-third:])  # connections come and go
    more = max(threads[-third:]) - max(threads[third : 2 * third] or threads)
    return Row(
        f"  open files and threads of {process.name}, last third against the second", "flat",
        f"{late:.0f} against {early:.0f}, {more:+d} threads", f"{max(threads)} threads at most",
        late <= early + 8 and more <= 4,
    )  # fmt: skip


def _latency(name: str, taken: Sequence[tuple[float, float]]) -> Row:
    """In the last third against the first one."""
    seconds = [one for _, one in sorted(taken)]
    third = max(1, len(seconds) // 3)
    first, last = sorted(seconds[:third]), sorted(seconds[-third:])
    told = " against ".join(f"{1e3 * _at(part, 0.5):.0f} / {1e3 * _at(part, 0.95):.0f} ms" for part in (last, first))
    # A few more milliseconds are the machine's.
    holds = (
        _at(last, 0.5) <= MOST_SLOWER * _at(first, 0.5) + 0.02
        and _at(last, 0.95) <= MOST_SLOWER_P95 * _at(first, 0.95) + 0.05
    )
    asked = f"<= {MOST_SLOWER}x + 20 ms / {MOST_SLOWER_P95:g}x + 50 ms"
    return Row(f"  {name}, p50 / p95, last third against the first", asked, told, "", holds)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


@contextmanager
def _up() -> Iterator[tuple[str, list[Process], Path]]:
    with System() as system:
        log = next(system.data_dir.glob("*.db")).with_name("smart-support.db-wal")
        yield system.url, [Process("up", system.pid)], log


@contextmanager
def _parts() -> Iterator[tuple[str, list[Process], None]]:
    with ExitStack() as stack:
        server = stack.enter_context(servers.postgres_server(**DURABLE))
        database = stack.enter_context(servers.postgres_database(servers.postgres_url(server), "soak"))
        given = {"DATABASE_URL": database, "REDIS_URL": stack.enter_context(servers.redis())}
        system = stack.enter_context(System(command="api", **given))
        others = [Process(name, stack.enter_context(part(name, **given)).pid) for name in ("worker", "dispatcher")]
        yield system.url, [Process("api", system.pid), *others], None


def _client(url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=2 * _SENDERS)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=60.0, trust_env=False)


def _texts() -> Iterator[dict[str, str]]:
    """No two are about the same."""
    draw = np.random.default_rng(11)
    said = [part for text in everyday(draw, 1_000) for part in re.split(r"(?<=[.!?])\s+", text.body)]
    long_ones = [part for part in said if len(part) >= _SHORTEST]
    while True:
        first, *others = (long_ones[place] for place in draw.integers(len(long_ones), size=_SENTENCES))
        yield {"subject": first[:60], "body": " ".join(others)}


async def _capacity(url: str, seconds: float) -> float:
    """Tickets a second, from the first one accepted to the last one claimed, as fast as they can be sent."""
    told, texts = Told(), _texts()
    before, began = 0, time.perf_counter()
    async with _client(url) as client:
        for lasting in (0.0, seconds):  # what comes first finds everything cold
            before, began = len(told.claimed), time.perf_counter()
            sending = asyncio.Event()
            claiming = _claiming(client, told, began, sending)
            sent = count()

            async def send(seconds: float = lasting, began: float = began, sent: Iterator[int] = sent) -> None:
                while (next(sent) < _WARM) or time.perf_counter() - began < seconds:
                    # No more ahead than it can do soon: the end is waited for.
                    if len(told.accepted) - len(told.claimed) > 4 * _SENDERS:
                        await asyncio.sleep(0.01)
                    else:
                        await _send(client, told, next(texts), began)

            await asyncio.gather(*(send() for _ in range(_SENDERS)))
            sending.set()
            await claiming
        return (len(told.claimed) - before) / (time.perf_counter() - began)


async def _load(url: str, rate: float, seconds: float, told: Told) -> None:
    """So many tickets a second, each at its time."""
    texts, began, sending = _texts(), time.perf_counter(), asyncio.Event()
    async with _client(url) as client:
        claiming = _claiming(client, told, began, sending)
        underway: set[asyncio.Task[None]] = set()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            task = asyncio.create_task(_send(client, told, next(texts), began))
            underway.add(task)
            task.add_done_callback(underway.discard)
        await asyncio.gather(*underway)
        sending.set()
        await claiming


async def _send(client: httpx.AsyncClient, told: Told, ticket: dict[str, str], began: float) -> None:
    start = time.perf_counter()
    try:
        answer = await client.post("/v2/tickets", json=ticket)
    except httpx.TransportError:
        told.refused += 1
        return
    now = time.perf_counter()
    if answer.status_code != httpx.codes.ACCEPTED:
        told.refused += 1
        return
    name = answer.json()["ticket_id"]
    told.accepted.add(name)
    told.accepted_at[name] = now
    told.latencies.append((start - began, now - start))


def _claiming(client: httpx.AsyncClient, told: Told, began: float, sent: asyncio.Event) -> asyncio.Future[list[None]]:
    """Several callers, so that what is ready is claimed as fast as the system answers."""
    return asyncio.gather(*(_claim(client, told, began, sent) for _ in range(_CLAIMERS)))


async def _claim(client: httpx.AsyncClient, told: Told, began: float, sent: asyncio.Event) -> None:
    """Claim what is ready, until all that was accepted is claimed or kept out of the queue, or nothing more comes."""
    last = time.perf_counter()

    def is_over() -> bool:
        may_be_all = len(told.claimed) + len(told.held) >= len(told.accepted)  # to compare them all takes milliseconds
        all_came = may_be_all and told.accepted <= told.claimed.keys() | told.held
        return sent.is_set() and (all_came or time.perf_counter() - last > _SETTLE_SECONDS)

    while not is_over():
        answer = await client.get("/v2/tickets/next")
        if answer.status_code != httpx.codes.OK:
            if sent.is_set():
                told.held = told.accepted & await _held(client)
            await asyncio.sleep(_IDLE_SECONDS)
            continue
        name, last = answer.json()["ticket_id"], time.perf_counter()
        told.claimed[name] += 1
        # A ticket may be claimed before its 202 has arrived here.
        at = told.accepted_at.pop(name, last)
        told.waits.append((at - began, last - at))


async def _held(client: httpx.AsyncClient) -> set[str]:
    """The tickets that incidents keep out of the queue."""
    found, asked = set[str](), {"state": "suppressed", "limit": "100"}
    while True:
        page = (await client.get("/v2/tickets", params=asked)).json()
        found |= {ticket["ticket_id"] for ticket in page["tickets"]}
        if page["next"] is None:
            return found
        asked["cursor"] = page["next"]


def _write(file: Path, seen: Seen) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        figures = [f"{process.name}_{what}" for process in seen.processes for what in ("mb", "files", "threads")]
        writer.writerow(["seconds", *figures, "wal_mb"])
        for n, at in enumerate(seen.at):
            values = [
                part[process][n] for process in seen.processes for part in (seen.memory, seen.files, seen.threads)
            ]
            writer.writerow([f"{at:.0f}", *values, f"{seen.log_mb[n]:.1f}"])
