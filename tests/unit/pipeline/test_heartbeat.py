"""A beat tells how the engine stands, and gives its breaker the chance to close."""

from pathlib import Path

from smart_support.adapters.sql.store import SqlStore
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.heartbeat import HeartbeatStep
from smart_support.pipeline.records import Beat, Refusal


class Engine:
    figures = EngineFigures(Tier.LIGHT, "light-1")
    probes = 0

    def probe(self) -> None:
        self.probes += 1


class Follow:
    refusal: Refusal | None = None


class Shadow(Follow):
    dropped = 0


def test_it_tells_how_the_engine_stands_until_it_ends(tmp_path: Path):
    store, engine = SqlStore.open(f"sqlite:///{tmp_path}/store.db", durable=False), Engine()
    follow, shadow = Follow(), Shadow()
    step = HeartbeatStep(store, lambda: engine, follow, shadow, "worker-1")
    assert step.run_once(["notify", "triage"]) == 0
    engine.figures = EngineFigures(Tier.TRANSFORMER, "transformer-1", runs=3)
    follow.refusal, shadow.refusal = Refusal("light-1", "is damaged"), Refusal("light-2", "is missing")
    shadow.dropped = 4
    step.run_once(["notify", "triage"])
    (worker,) = store.workers()
    assert worker.beat == Beat("worker-1", ("notify", "triage"), engine.figures, 4, (follow.refusal, shadow.refusal))
    assert engine.probes == 2
    step.end()
    assert store.workers() == []
    store.close()
