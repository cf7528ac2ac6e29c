"""Workers' beats in SQL and on the database's clock, so that no two processes' clocks are compared."""

from dataclasses import asdict, fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.functions import ClockTime
from smart_support.adapters.sql.rows import known
from smart_support.adapters.sql.schema import workers
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.records import Beat, Refusal, Worker

KEPT = 86_400.0
"""Seconds of silence after which a worker is forgotten."""

_FIGURES = [field.name for field in fields(EngineFigures)]


class SqlWorkers:
    """The port WorkerStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, beat: Beat) -> None:
        told = asdict(beat.figures) | {
            "tier": beat.figures.tier.value,
            "parts": list(beat.parts),
            "shadow_dropped": beat.shadow_dropped,
            "refusals": [asdict(refusal) for refusal in beat.refusals],
        }
        again = sa.update(workers).where(workers.c.name == beat.worker).values(beat_at=ClockTime(), **told)
        first = sa.insert(workers).values(name=beat.worker, started_at=ClockTime(), beat_at=ClockTime(), **told)
        forgotten = sa.delete(workers).where(workers.c.beat_at < ClockTime() - KEPT)

        def unit(connection: Connection) -> None:
            if not connection.execute(again).rowcount:
                connection.execute(first)
            connection.execute(forgotten)

        self._database.write(unit)

    def retire(self, worker: str) -> None:
        statement = sa.delete(workers).where(workers.c.name == worker)
        self._database.write(lambda connection: connection.execute(statement))

    def workers(self) -> list[Worker]:
        return self._database.read(select_workers)


def select_workers(connection: Connection) -> list[Worker]:
    """All workers that are known, by name."""
    query = sa.select(workers, (ClockTime() - workers.c.beat_at).label("silent")).order_by(workers.c.name)
    return [_worker_of(row) for row in connection.execute(query).mappings()]


def _worker_of(row: RowMapping) -> Worker:
    typed = {"tier": Tier(row["tier"]), "limits": BreakerLimits(**known(BreakerLimits, row["limits"]))}
    figures = EngineFigures(**{name: row[name] for name in _FIGURES} | typed)
    refusals = tuple(Refusal(**known(Refusal, refusal)) for refusal in row["refusals"])
    beat = Beat(row["name"], tuple(row["parts"]), figures, row["shadow_dropped"], refusals)
    return Worker(beat, row["started_at"], row["beat_at"], max(0.0, row["silent"]))
