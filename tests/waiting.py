"""Waiting for something to come true."""

import time
from collections.abc import Callable

SECONDS = 30.0


def until(met: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Look until `met()` is true; raises AssertionError once the time is over."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
