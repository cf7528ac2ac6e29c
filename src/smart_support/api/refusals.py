"""The log of calls that were refused: who floods us must not flood the log."""

import threading
import time

import structlog

log = structlog.get_logger(__name__)

_SECONDS = 10.0


class Refusals:
    """Says why calls to a source were refused, for each at most every few seconds. None stands for all names that are
    no source's, so that what is kept stays small."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str | None, tuple[float, int]] = {}

    def add(self, source: str | None, reason: str) -> None:
        now = time.monotonic()
        with self._lock:
            at, untold = self._told.get(source, (now - _SECONDS, 0))
            tells = now - at >= _SECONDS
            self._told[source] = (now, 0) if tells else (at, untold + 1)
        if tells:
            log.info("webhook_refused", source=source, reason=reason, more=untold)
