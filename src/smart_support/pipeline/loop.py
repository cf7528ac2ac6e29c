"""A step that runs again and again in a thread of its own, through every outage of what it stands on."""

import math
import threading
import time
from collections.abc import Callable

from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.outage import Outage

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
STEADY_SECONDS = 5.0
"""For so long a part must not have failed before it is said to work again."""


def backoff(failures: int, jitter: float) -> float:
    """Seconds to wait after so many failures in a row, from 1 on; `jitter` in [0, 1) keeps processes apart."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures, 10)) * (0.5 + jitter / 2)


class Loop:
    """Calls `step` until stopped; rests `idle` seconds after a call that found nothing to do, `pace` after any other.

    A small `pace` costs a lone ticket nothing, and under load lets what arrives meanwhile share a transaction; after
    a call that did `full` or more there is nothing to wait for. A step whose calls take long is left in peace for
    `rest` times as long as the last one took.

    After a failure, foreseen or not, it tries again after growing, jittered pauses; `metrics` and the log tell of it.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        jitter: Callable[[], float],
        metrics: Metrics,
        *,
        idle: float = 0.0,
        pace: float = 0.0,
        full: float = math.inf,
        rest: float = 0.0,
    ) -> None:
        self._step = step
        self._jitter = jitter
        self._idle = idle
        self._pace = pace
        self._full = full
        self._rest = rest
        self._outage = Outage(name, metrics, steady=STEADY_SECONDS)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the loop to end after the call it is in."""
        self._stopped.set()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopped.is_set():
            start = time.monotonic()
            try:
                worked = self._step()
            except Exception as error:  # noqa: BLE001 - a loop that ends by itself would stop the product silently
                self._outage.failed(error)
                self._stopped.wait(backoff(self._outage.failures, self._jitter()))
                continue
            self._outage.over()
            pause = 0.0 if worked >= self._full else self._pace if worked else self._idle
            self._stopped.wait(max(pause, self._rest * (time.monotonic() - start)))
