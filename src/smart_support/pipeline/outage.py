"""Whether a part that runs by itself does its work: told in the log when that changes, and counted."""

import time

import structlog

from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.records import Unavailable

log = structlog.get_logger(__name__)


class Outage:
    """That of one part. Each failure is counted by the class of its error. Each class is told of once in an outage, and
    one line says that it is over: the part has worked, and the last failure is `steady` seconds ago. On a full disk
    every other try may find something small enough to do."""

    def __init__(self, part: str, metrics: Metrics, *, steady: float = 0.0) -> None:
        self._part = part
        self._steady = steady
        self._counted = metrics.loop_failures
        self._shown = metrics.loop_failing.labels(part)
        self._all, self._last = 0, 0.0
        self._told: set[type[Exception]] = set()
        self.failures = 0
        """In a row, up to now."""

    def failed(self, error: Exception) -> None:
        """Count it; what nobody foresaw is logged whole."""
        self._counted.labels(self._part, type(error).__name__).inc()
        self.failures += 1
        self._all, self._last = self._all + 1, time.monotonic()
        self._shown.set(1)
        if type(error) in self._told:
            return
        self._told.add(type(error))
        if isinstance(error, Unavailable):
            log.warning("unavailable", part=self._part, reason=str(error))
        else:
            log.error("failed", part=self._part, exc_info=error)

    def over(self) -> None:
        """The part has done its work."""
        self.failures = 0
        if self._all and time.monotonic() - self._last >= self._steady:
            log.info("recovered", part=self._part, failures=self._all)
            self.forget()

    def forget(self) -> None:
        """It is another process's work from now on."""
        self.failures = self._all = 0
        self._told.clear()
        self._shown.set(0)
