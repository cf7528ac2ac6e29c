"""What the workers tell of their breakers is what `/breaker`, `/health` and `/metrics` answer."""

import sqlalchemy as sa

from smart_support import running
from smart_support.adapters.sql.schema import workers
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.records import Beat
from tests.unit.api.system import System, refused
from tests.unit.api.test_health import metrics
from tests.waiting import until

CLOSED = EngineFigures(Tier.TRANSFORMER, "transformer-1", streak=2, runs=7, run_seconds=0.75, echoes=3)
OPEN = EngineFigures(Tier.LIGHT, "light-1", True, 4, 1_760_000_000.0, 9, 4.5, 12, 5, 40)


def silence(system: System, worker: str) -> None:
    """The worker was last heard of a minute ago."""
    past = sa.update(workers).where(workers.c.name == worker).values(beat_at=workers.c.beat_at - 60.0)
    system.database.write(lambda connection: connection.execute(past))


def test_without_a_worker_there_is_none(system: System):
    assert system.http.get("/breaker").json() == []
    body = system.http.get("/health").json()
    assert body["breakers"] == []
    assert body["m2"] == {"ready": False, "tier": "light"}


def test_every_worker_is_listed_as_it_stands(system: System):
    for name, figures in (("b", OPEN), ("a", CLOSED)):
        system.pipeline.store.beat(Beat(name, ("triage",), figures))
    listed = system.http.get("/breaker").json()
    for breaker in listed:
        assert breaker.pop("beat_at").endswith("Z")
    assert listed == [
        {
            "worker": "a",
            "state": "closed",
            "streak": 2,
            "opened_at": None,
            "tier": "transformer",
            "model_version": "transformer-1",
            "stale": False,
        },
        {
            "worker": "b",
            "state": "open",
            "streak": 4,
            "opened_at": "2025-10-09T08:53:20Z",
            "tier": "light",
            "model_version": "light-1",
            "stale": False,
        },
    ]
    body = system.http.get("/health").json()
    assert body["breakers"] == system.http.get("/breaker").json()
    assert body["m2"] == {"ready": True, "tier": "light"}
    silence(system, "b")
    assert [breaker["stale"] for breaker in system.http.get("/breaker").json()] == [False, True]
    assert system.http.get("/health").json()["m2"] == {"ready": True, "tier": "transformer"}


def test_an_api_on_its_own_beats_and_is_no_worker(system: System):
    system.pipeline.store.beat(Beat("~", ("triage",), CLOSED))
    with running.running(system.pipeline, running.API):
        until(lambda: len(system.http.get("/breaker").json()) == 2, "it beats")
        own, _ = system.http.get("/breaker").json()
        assert own["tier"] == "light"
        assert system.http.get("/health").json()["m2"] == {"ready": True, "tier": "transformer"}
        assert metrics(system)["smart_support_breaker_open", own["worker"]] == 0
        system.pipeline.store.retire("~")
        health = system.http.get("/health").json()
        assert [breaker["worker"] for breaker in health["breakers"]] == [own["worker"]]
        assert health["m2"] == {"ready": False, "tier": "light"}


def test_metrics_count_what_the_living_have_done(system: System):
    for name, figures in (("a", CLOSED), ("b", OPEN), ("gone", OPEN)):
        system.pipeline.store.beat(Beat(name, ("triage",), figures, len(name) + figures.streak))
    silence(system, "gone")
    found = metrics(system)
    assert found["smart_support_breaker_open", "a"] == 0
    assert found["smart_support_breaker_open", "b"] == 1
    assert found["smart_support_inference_runs_total", "a"] == 7
    assert found["smart_support_inference_seconds_total", "b"] == 4.5
    assert found["smart_support_breaker_probes_total", "b"] == 12
    assert found["smart_support_echoes_total", "a"] == 3
    assert found["smart_support_degraded_total", "b"] == 40
    assert found["smart_support_shadow_dropped_total", "a"] == 3
    assert found["smart_support_shadow_dropped_total", "b"] == 5
    assert not any("gone" in labels for labels in found)


def test_without_the_database_nothing_is_known_of_them(system: System):
    system.database.down = True
    refused(system.http.get("/breaker"), 503)
    assert system.http.get("/health").json()["breakers"] == []
    assert metrics(system)["smart_support_store_up",] == 0


def test_what_runs_beats_until_it_is_stopped(system: System):
    with running.running(system.pipeline):
        until(lambda: system.http.get("/breaker").json(), "it beats")
        (breaker,) = system.http.get("/breaker").json()
        assert breaker["model_version"] == system.pipeline.model.version
    assert system.http.get("/breaker").json() == []
