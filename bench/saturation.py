"""Where each part saturates by itself: what docs/scaling.md reckons with.

Each part works alone, on what the others left for it. The API's share is measured by `accept`, the models' by
`triage_speed` and `light_speed`, a worker's beside its model by `dispatch`.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import redis as redis_client
import sqlalchemy as sa

from bench.rows import Row
from bench.system import DURABLE
from smart_support import bootstrap
from smart_support.adapters.sql.database import Database
from smart_support.domain.ticket import DEFAULT_WORKSPACE, Ticket
from smart_support.pipeline.records import Step, Triaged
from smart_support.settings import load
from smart_support.simulator.texts import everyday
from tests import servers
from tests.recorder import Recorder

TICKETS, COMMITS, PUSHED, ROUNDS = 2_000, 500, 20_000, 3
_CHUNK, _URGENT = 200, 0.95


def run(_data_dir: Path) -> list[Row]:
    """Medians of a few rounds, the databases in turn."""
    seen: dict[str, list[float]] = {}
    with servers.postgres_server(**DURABLE) as server:
        for number in range(ROUNDS):
            with (
                tempfile.TemporaryDirectory(prefix="saturation-") as folder,
                servers.redis() as redis,
                servers.postgres_database(servers.postgres_url(server), f"round_{number}") as database,
            ):
                given = {"database_url": database, "redis_url": redis}
                for name, more in (("SQLite", {}), ("PostgreSQL, Redis", given)):
                    for figure, rate in _parts(Path(folder), more):
                        seen.setdefault(f"{figure}: {name}", []).append(rate)
                seen.setdefault("XADD of a ticket's key, 16 at once: Redis", []).append(_xadd(redis))
    return [Row(f"{figure}, a second", "-", f"{median(rates):,.0f}", _spread(rates)) for figure, rates in seen.items()]


def _spread(rates: list[float]) -> str:
    return f"{min(rates):,.0f} to {max(rates):,.0f} in {len(rates)} rounds"


def _parts(folder: Path, given: dict[str, str]) -> Iterator[tuple[str, float]]:
    with _pipeline(folder, given) as pipeline:
        database: Database = pipeline.store._database  # type: ignore[attr-defined]
        yield "commits of one row, one after the other", _rate(COMMITS, lambda: _commits(database))
        texts = everyday(np.random.default_rng(3), TICKETS)
        now = time.time()
        tickets = [Ticket(DEFAULT_WORKSPACE, f"t{n}", one.subject, one.body, now) for n, one in enumerate(texts)]
        chunks = [tickets[first : first + _CHUNK] for first in range(0, TICKETS, _CHUNK)]
        said = [pipeline.model.triage([one.text for one in chunk]) for chunk in chunks]
        said = [[replace(one, urgency=_URGENT) for one in triages] for triages in said]  # each is told

        def accept() -> None:
            for chunk in chunks:
                pipeline.store.accept(chunk, ["bench"] * len(chunk))

        def triaged() -> None:
            for chunk, triages in zip(chunks, said, strict=True):
                done = [Triaged(one.key, triage) for one, triage in zip(chunk, triages, strict=True)]
                pipeline.broker.publish(Step.DISPATCH, pipeline.store.record_triage(done, now, "bench"))

        yield f"tickets stored, {_CHUNK} a commit", _rate(TICKETS, accept)
        yield f"results of triage stored, {_CHUNK} a commit", _rate(TICKETS, triaged)
        pipeline.broker.set_refilled()
        pipeline.lead.run_once()
        yield "dispatcher: storms, order, alerts", _rate(TICKETS, lambda: _all(lambda: pipeline.dispatch.run_once(0)))
        if pipeline.store.incidents(DEFAULT_WORKSPACE, (), None, 1):
            raise RuntimeError("a storm was seen in everyday tickets")
        alerts = pipeline.alerting
        began = time.perf_counter()
        _all(alerts.run_once)
        taken = time.perf_counter() - began
        yield "alerts made messages", TICKETS / taken
        yield "tickets claimed, one after the other", _rate(COMMITS, lambda: _claims(pipeline, now))


@contextmanager
def _pipeline(folder: Path, given: dict[str, str]) -> Iterator[bootstrap.Pipeline]:
    # Storms are looked for by meaning; copies, of which there are some, are none.
    settings = load(data_dir=folder, model_fallback=True, storm_ticket_threshold=10**6, **given)
    with ExitStack() as stack:
        yield stack.enter_context(bootstrap.open_pipeline(settings, senders={"bench": Recorder()}))


def _rate(number: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return number / (time.perf_counter() - began)


def _all(step: Callable[[], int]) -> None:
    while step():
        pass


def _commits(database: Database) -> None:
    put = sa.text("INSERT INTO cursors (name, value) VALUES (:name, '0')")
    for number in range(COMMITS):
        database.write(lambda connection, name=f"bench-{number}": connection.execute(put, {"name": name}))  # type: ignore[misc]


def _claims(pipeline: bootstrap.Pipeline, now: float) -> None:
    for _ in range(COMMITS):
        if pipeline.store.claim_next(DEFAULT_WORKSPACE, now, "bench") is None:
            raise RuntimeError("fewer tickets wait than were dispatched")


def _xadd(url: str) -> float:
    with redis_client.Redis.from_url(url) as client:

        def push() -> None:
            for _ in range(PUSHED // 16):
                pipe = client.pipeline(transaction=False)
                for _ in range(16):
                    pipe.xadd("bench", {"key": "default t123456"})
                pipe.execute()

        return _rate(PUSHED, push)
