"""Sweep: what SQL holds and the broker lost is enqueued again; old answers to repeated requests are let go."""

from typing import Protocol

from smart_support.domain.ticket import TicketKey
from smart_support.pipeline.ports import BROKER_GRACE, Broker, Clock, IdempotencyStore, Step, StepStore

ANSWERS_KEPT = 86_400.0


class SweepStore(StepStore, IdempotencyStore, Protocol):
    """What the step needs of a store."""


class SweepStep:
    """Looks through the outbox for tickets whose time has come."""

    def __init__(self, store: SweepStore, broker: Broker, clock: Clock, batch: int = 1_000) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._batch = batch

    def run_once(self) -> int:
        """Enqueue what is due; how many tickets that were."""
        now = self._clock.now()
        entries = self._store.due(now, now + BROKER_GRACE, self._batch)
        keys: dict[Step, list[TicketKey]] = {}
        for entry in entries:
            keys.setdefault(entry.step, []).append(entry.key)
        for step, waiting in keys.items():
            self._broker.publish(step, waiting)
        if not entries:
            self._store.purge_answers(now - ANSWERS_KEPT)
        return len(entries)
