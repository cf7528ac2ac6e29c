"""Sweep: what SQL holds and the broker lost is enqueued again; old answers to repeated requests are let go,
and sessions that are over; and what changed the counts of tickets is added up."""

from typing import Protocol

import structlog

from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.access import SessionStore
from smart_support.pipeline.ports import Broker, Clock, IdempotencyStore, StepStore, TicketStore
from smart_support.pipeline.records import OutboxEntry, Step

log = structlog.get_logger(__name__)

ANSWERS_KEPT = 86_400.0

FOLD_SECONDS = 60.0
"""How often it is looked where changes of counts have piled up: that reads all of them."""


class SweepStore(StepStore, IdempotencyStore, SessionStore, TicketStore, Protocol):
    """What the step needs of a store."""


class SweepStep:
    """Looks through the outbox for tickets whose time has come. Any number of processes may do so at once.

    `grace` is the seconds that a ticket may be underway in the broker before it is enqueued again; the broker leaves
    out what it still holds. A broker that has lost everything is given all that waits, at once.
    """

    def __init__(self, store: SweepStore, broker: Broker, clock: Clock, grace: float, batch: int = 1_000) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._grace = grace
        self._batch = batch
        self._refill_before: float | None = None
        self._fold_at = 0.0

    def run_once(self) -> int:
        """Enqueue what is due; how many tickets that were."""
        now = self._clock.now()
        if not 0.0 < self._fold_at - now <= FOLD_SECONDS:
            self._store.fold_counts()
            self._fold_at = now + FOLD_SECONDS
        if not self._broker.is_refilled():
            return self._refill(now)
        entries = self._store.due(now, now + self._grace, self._batch)
        self._enqueue(entries)
        if not entries:
            self._store.purge_answers(now - ANSWERS_KEPT)
            self._store.purge_sessions(now)
        return len(entries)

    def _refill(self, now: float) -> int:
        """One batch of all that is underway. What waits long for another try goes on waiting: it is due later."""
        if self._refill_before is None:
            self._refill_before = now + self._grace
        # What is enqueued here is due again at that very time, and so is not found twice.
        entries = self._store.due(self._refill_before - 1e-3, self._refill_before, self._batch)
        self._enqueue(entries)
        if len(entries) < self._batch:
            self._refill_before = None
            self._broker.set_refilled()
            log.info("broker_refilled")
        return len(entries)

    def _enqueue(self, entries: list[OutboxEntry]) -> None:
        keys: dict[Step, list[TicketKey]] = {}
        for entry in entries:
            keys.setdefault(entry.step, []).append(entry.key)
        for step, waiting in keys.items():
            self._broker.publish(step, waiting)
