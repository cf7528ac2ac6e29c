"""Whether a part that runs by itself does its work: told in the log when that changes, and counted."""

import structlog

from smart_support.pipeline.metrics import Metrics
from smart_support.pipeline.records import Unavailable

log = structlog.get_logger(__name__)


class Outage:
    """That of one part. Each failure is counted by the class of its error; one line says that an outage begins, and one
    that it is over."""

    def __init__(self, part: str, metrics: Metrics) -> None:
        self._part = part
        self._counted = metrics.loop_failures
        self._shown = metrics.loop_failing.labels(part)
        self.failures = 0
        """In a row, up to now."""

    def failed(self, error: Exception) -> None:
        """Count it; what nobody foresaw is logged whole."""
        self._counted.labels(self._part, type(error).__name__).inc()
        self.failures += 1
        if self.failures > 1:
            return
        self._shown.set(1)
        if isinstance(error, Unavailable):
            log.warning("unavailable", part=self._part, reason=str(error))
        else:
            log.error("failed", part=self._part, exc_info=error)

    def over(self) -> None:
        """The part has done its work."""
        if self.failures:
            log.info("recovered", part=self._part, failures=self.failures)
            self.forget()

    def forget(self) -> None:
        """It is another process's work from now on."""
        self.failures = 0
        self._shown.set(0)
