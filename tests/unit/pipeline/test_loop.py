"""A loop outlives every failure of its step and reports an outage once."""

import threading

import pytest
import structlog

from smart_support.pipeline.loop import Loop
from smart_support.pipeline.records import Unavailable


@pytest.mark.parametrize(("error", "line"), [(Unavailable("down"), "unavailable"), (ArithmeticError("bug"), "failed")])
def test_an_outage_is_one_line_and_its_end_another(error, line):
    calls, done = [], threading.Event()

    def step() -> int:
        calls.append(1)
        if len(calls) in {2, 3, 4}:
            raise error
        if len(calls) == 6:
            done.set()
        return 1

    with structlog.testing.capture_logs() as lines:
        loop = Loop("part", step, lambda: 0.0)
        loop.start()
        assert done.wait(10)
        loop.stop()
        loop.join(10)
    assert [entry["event"] for entry in lines] == [line, "recovered"]
    assert lines[1]["failures"] == 3


def test_stop_ends_a_loop_that_rests():
    loop = Loop("part", lambda: 0, lambda: 0.0, idle=60.0)
    loop.start()
    loop.stop()
    loop.join(5)
    assert not loop._thread.is_alive()
