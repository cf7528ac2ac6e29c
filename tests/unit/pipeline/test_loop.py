"""A loop outlives every failure of its step and reports an outage once."""

import threading
import time

import pytest
import structlog

from smart_support.pipeline import loop as loops
from smart_support.pipeline.loop import Loop
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.outage import Outage
from smart_support.pipeline.records import Unavailable


@pytest.mark.parametrize(("error", "line"), [(Unavailable("down"), "unavailable"), (ArithmeticError("bug"), "failed")])
def test_an_outage_is_one_line_and_its_end_another(error, line, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loops, "STEADY_SECONDS", 0.0)
    calls, done, metrics = [], threading.Event(), Metrics()

    def failing() -> float | None:
        return metrics.registry.get_sample_value("smart_support_loop_failing", {"part": "part"})

    def step() -> int:
        calls.append(failing())
        if len(calls) in {2, 3, 4}:
            raise error
        if len(calls) == 6:
            done.set()
        return 1

    with structlog.testing.capture_logs() as lines:
        loop = Loop("part", step, lambda: 0.0, metrics)
        loop.start()
        assert done.wait(10)
        loop.stop()
        loop.join(10)
    assert [entry["event"] for entry in lines] == [line, "recovered"]
    assert lines[1]["failures"] == 3
    assert calls[:6] == [0, 0, 1, 1, 1, 0]
    counted = {"part": "part", "reason": type(error).__name__}
    assert metrics.registry.get_sample_value("smart_support_loop_failures_total", counted) == 3


def test_who_works_now_and_then_is_said_to_fail_until_he_has_worked_for_a_while(monkeypatch: pytest.MonkeyPatch):
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with structlog.testing.capture_logs() as lines:
        outage = Outage("part", Metrics(), steady=5.0)
        for _ in range(4):
            outage.failed(Unavailable("full"))
            assert outage.failures == 1
            now += 4.0
            outage.over()
            assert outage.failures == 0
        now += 1.0
        outage.over()
        outage.over()
    assert [(entry["event"], entry.get("failures")) for entry in lines] == [("unavailable", None), ("recovered", 4)]


def test_what_nobody_foresaw_is_told_of_in_an_outage_of_another_kind_too():
    errors = [Unavailable("full"), KeyError("bug"), Unavailable("full"), KeyError("bug")]
    done = threading.Event()

    def step() -> int:
        if not errors:
            done.set()
            return 1
        error, errors[0] = errors[0], None
        if error is None:
            errors.pop(0)
            return 1
        raise error

    with structlog.testing.capture_logs() as lines:
        loop = Loop("part", step, lambda: 0.0, Metrics())
        loop.start()
        assert done.wait(10)
        loop.stop()
        loop.join(10)
    assert [entry["event"] for entry in lines] == ["unavailable", "failed"]  # and not yet that it works


def test_stop_ends_a_loop_that_rests():
    loop = Loop("part", lambda: 0, lambda: 0.0, Metrics(), idle=60.0)
    loop.start()
    loop.stop()
    loop.join(5)
    assert not loop._thread.is_alive()
