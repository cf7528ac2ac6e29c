"""What a store promises about workers and their beats, on both databases."""

from pathlib import Path

import sqlalchemy as sa

from smart_support.adapters.sql.schema import workers
from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.records import Beat, Refusal

CLOSED = EngineFigures(Tier.TRANSFORMER, "transformer-1", streak=2, runs=7, run_seconds=0.75, echoes=3)
OPEN = EngineFigures(Tier.LIGHT, "light-1", True, 4, 5_000.5, 9, 4.5, 12, 3, 40, 0.25, BreakerLimits(1.5, 2, 0.5, 4))


def test_a_worker_is_known_by_its_last_beat(store: SqlStore):
    store.beat(Beat("b", ("triage", "notify"), CLOSED))
    store.beat(Beat("a", ("triage",), CLOSED))
    first = {worker.beat.worker: worker for worker in store.workers()}
    now = Beat("b", ("triage", "notify"), OPEN, 7, (Refusal("light-1", "is damaged"), Refusal(None, "is \N{SNOWMAN}")))
    store.beat(now)
    a, b = store.workers()
    assert (a.beat, b.beat) == (Beat("a", ("triage",), CLOSED), now)
    assert (a.started_at, a.beat_at) == (first["a"].started_at, first["a"].beat_at)
    assert b.started_at == first["b"].started_at <= first["b"].beat_at <= b.beat_at
    assert all(0.0 <= worker.silent < 60.0 for worker in (a, b))


def test_who_retires_is_not_missed(store: SqlStore):
    for name in ("a", "b"):
        store.beat(Beat(name, (), CLOSED))
    store.retire("a")
    store.retire("never-there")
    assert [worker.beat.worker for worker in store.workers()] == ["b"]


def test_who_is_silent_is_told_and_forgotten_after_a_day(store: SqlStore):
    store.beat(Beat("gone", (), CLOSED))
    store.beat(Beat("here", (), CLOSED))
    for silence, known in ((86_000.0, ["gone", "here"]), (86_401.0, ["here"])):
        late = sa.update(workers).where(workers.c.name == "gone").values(beat_at=store.workers()[-1].beat_at - silence)
        store._database.write(lambda connection, late=late: connection.execute(late))
        assert abs(store.workers()[0].silent - silence) < 60.0
        store.beat(Beat("here", (), CLOSED))
        assert [worker.beat.worker for worker in store.workers()] == known


def test_on_sqlite_nobody_is_there_from_before(tmp_path: Path):
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db")
    store.beat(Beat("killed", (), CLOSED))
    store.close()
    store = SqlStore.open(f"sqlite:///{tmp_path}/store.db")
    assert store.workers() == []
    store.close()
