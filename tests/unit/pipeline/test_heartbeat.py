"""A beat tells how the engine stands, and gives its breaker the chance to close."""

from pathlib import Path

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.heartbeat import HeartbeatStep
from smart_support.pipeline.records import Beat


class Engine:
    figures = EngineFigures(Tier.LIGHT, "light-1")
    probes = 0

    def probe(self) -> None:
        self.probes += 1


def test_it_tells_how_the_engine_stands_until_it_ends(tmp_path: Path):
    store, engine = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False), Engine()
    step = HeartbeatStep(store, lambda: engine, "worker-1")
    assert step.run_once(["notify", "triage"]) == 0
    engine.figures = EngineFigures(Tier.TRANSFORMER, "transformer-1", runs=3)
    step.run_once(["notify", "triage"])
    (worker,) = store.workers()
    assert worker.beat == Beat("worker-1", ("notify", "triage"), engine.figures)
    assert engine.probes == 2
    step.end()
    assert store.workers() == []
    store.close()
