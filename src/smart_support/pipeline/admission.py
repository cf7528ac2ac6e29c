"""Admission: above a limit new tickets are turned away for a while, instead of making everybody wait for ever."""

import threading

import structlog

from smart_support.pipeline.ports import StepStore

log = structlog.get_logger(__name__)

_HISTORY_SHARE = 100


class Overloaded(Exception):
    """More tickets wait than are let in; trying again later helps."""


class Admission:
    """Lets tickets in while fewer than `limit` wait for a step, and those of the past while fewer than a hundredth of
    that do: triage takes them in order, and nobody's new ticket is to wait behind all of them.

    What waits is counted now and then (`refresh`), and what this process lets in meanwhile is added to it. Those that
    are being stored in that moment are not seen, and may come on top of the limit.
    """

    def __init__(self, store: StepStore, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._waiting = 0
        self._let_in = 0
        self._lock = threading.Lock()
        self._full = False

    def refresh(self) -> int:
        """Count anew; always 0, because there is nothing to hurry for. Raises Unavailable."""
        let_in_before = self._let_in
        waiting = self._store.backlog(self._limit)
        with self._lock:
            self._waiting = waiting + self._let_in - let_in_before
        if (full := waiting >= self._limit) != self._full:
            self._full = full
            log.warning("overloaded", waiting=waiting) if full else log.info("admitting", waiting=waiting)
        return 0

    def admit(self, tickets: int = 1) -> None:
        """Raises Overloaded where so many more are too many."""
        with self._lock:
            if self._waiting and self._waiting + tickets > self._limit:
                raise Overloaded(f"{self._waiting} tickets wait for triage or dispatch already")
            self._waiting += tickets
            self._let_in += tickets

    def admit_history(self, tickets: int) -> None:
        """The same for tickets of the past."""
        with self._lock:
            waiting = self._waiting
        if waiting and waiting >= self._limit // _HISTORY_SHARE:
            raise Overloaded(f"{waiting} tickets wait for triage or dispatch already, and those of the past come last")
        self.admit(tickets)

    def withdraw(self, tickets: int = 1) -> None:
        """So many that were admitted did not come to wait: they were known already, or could not be stored."""
        with self._lock:
            self._waiting = max(0, self._waiting - tickets)
            self._let_in -= tickets
