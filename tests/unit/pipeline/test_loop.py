"""A loop outlives every failure of its step and reports an outage once."""

import threading

import pytest
import structlog

from smart_support.pipeline.loop import Loop
from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.records import Unavailable


@pytest.mark.parametrize(("error", "line"), [(Unavailable("down"), "unavailable"), (ArithmeticError("bug"), "failed")])
def test_an_outage_is_one_line_and_its_end_another(error, line):
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


def test_stop_ends_a_loop_that_rests():
    loop = Loop("part", lambda: 0, lambda: 0.0, Metrics(), idle=60.0)
    loop.start()
    loop.stop()
    loop.join(5)
    assert not loop._thread.is_alive()
