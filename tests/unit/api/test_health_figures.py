"""The figures of the health page."""

from smart_support import __version__
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.engine import EngineFigures
from smart_support.domain.triage import Tier
from smart_support.pipeline.records import Beat, Refusal
from tests.unit.api.system import NOON, System

PATH = "/health/figures"
FIGURES = EngineFigures(Tier.LIGHT, "light-1", True, 4, NOON, 10, 2.5, 12, 5, 40, 0.75, BreakerLimits(0.6, 2, 0.1, 4))


def test_they_say_how_many_came_and_what_became_of_them(system: System):
    system.clock.set(NOON - 70.0)
    system.post(body="Help")
    system.process()
    system.clock.set(NOON)
    for _ in range(2):
        system.post(body="Help")
    found = system.http.get(PATH).json()
    assert found["at"] == "2025-10-09T09:00:00Z"
    assert found["versions"]["program"] == __version__
    assert found["versions"]["model"] == system.pipeline.model.info.version
    assert (found["versions"]["taxonomy"], found["versions"]["routing"]) == (0, 0)
    assert (found["database"], found["broker"], found["dead_tickets"]) == ("sqlite", "up", 0)
    assert found["lag"] == {"accepted": 0, "triaged": 0}
    for name, minutes, per_minute in (("accepted", [1, 0, 2], 2), ("triaged", [1, 0, 0], 0)):
        assert len(found[name]["minutes"]) == 60
        assert [minute["tickets"] for minute in found[name]["minutes"][-3:]] == minutes
        assert found[name]["per_minute"] == per_minute
    assert found["outbox"]["pending"] == 0
    assert [one["name"] for one in found["outbox"]["destinations"]] == ["log"]
    assert (found["drift"]["tickets"], found["drift"]["category_drift"]) == (1, None)
    system.pipeline.publish.run_once(1)
    assert system.http.get(PATH).json()["lag"] == {"accepted": 2, "triaged": 0}
    system.http.put("/config/routing", json={"rule": [{"name": "gold", "match": {"tier": "gold"}, "team": "key"}]})
    assert system.http.get(PATH).json()["versions"]["routing"] == 1


def test_workers_tell_their_breakers_limits_and_times(system: System):
    refusals = (Refusal("light-2", "is damaged"),)
    system.pipeline.store.beat(Beat("w1", ("triage",), FIGURES, 7, refusals))
    system.pipeline.heartbeat.run_once(["triage"])
    slow, own = sorted(system.http.get(PATH).json()["workers"], key=lambda one: one["worker"] != "w1")
    assert (slow["state"], slow["streak"], slow["opened_at"]) == ("open", 4, "2025-10-09T09:00:00Z")
    assert slow["limits"] == {"slow_ms": 600.0, "open_after": 2, "fast_ms": 100.0, "close_after": 4}
    assert (slow["runs"], slow["mean_ms"], slow["p95_ms"]) == (10, 250.0, 750.0)
    assert (slow["shadow_dropped"], slow["refusals"]) == (7, [{"version": "light-2", "reason": "is damaged"}])
    assert (own["state"], own["runs"], own["mean_ms"], own["p95_ms"]) == ("closed", 0, None, None)
    assert own["limits"]["slow_ms"] == 500.0


def test_messages_are_counted_by_state_and_destination(system: System):
    system.http.post("/alerts/test", json={})
    found = system.http.get(PATH).json()["outbox"]
    assert (found["pending"], found["failing"], found["dead"]) == (1, 0, 0)
    by_name = {one["name"]: one for one in found["destinations"]}
    assert (by_name["log"]["pending"], by_name["log"]["blocked_until"]) == (1, None)
