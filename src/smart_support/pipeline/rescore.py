"""Rescore: what the light model said in place of the transformer is said again, once the breaker has closed."""

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from smart_support.domain.ticket import DEFAULT_WORKSPACE, Ticket, TicketKey
from smart_support.domain.triage import Model, Tier, Triage
from smart_support.pipeline.ports import Broker, Clock, DegradedStore, LeaseStore
from smart_support.pipeline.publish import PublishStep
from smart_support.pipeline.records import Step, Triaged
from smart_support.pipeline.triage import by_workspace

log = structlog.get_logger(__name__)

ACTOR = "rescore"
LEASE = "rescore"
LEASE_SECONDS = 30.0
"""Longer than a batch takes; whoever dies in the middle of one holds up the others for so long."""

_QUIET = 32  # fresh tickets underway that are a moment's work
_MOST_LEFT_OUT = 256


class RescoreStore(DegradedStore, LeaseStore, Protocol):
    """What the step needs of a store."""


class RescoreStep:
    """While the transformer answers and few fresh tickets are underway, triages those again that wait with a degraded
    result, the oldest first, and hands them to the dispatcher once more: who is told of a ticket is its decision.

    Any number of processes may do so; by a lease one of them does at a time. A result is stored only where the ticket
    still waits with a degraded one, so that it is replaced once, whatever happens.
    """

    def __init__(
        self,
        store: RescoreStore,
        broker: Broker,
        publish: PublishStep,
        models: Callable[[str], Model],
        clock: Clock,
        worker: str,
        batch: int = 32,
    ) -> None:
        self._store = store
        self._broker = broker
        self._publish = publish
        self._models = models
        self._clock = clock
        self._worker = worker
        self._batch = batch
        self._left_out: set[TicketKey] = set()

    def run_once(self) -> int:
        """One batch; how many tickets have a better result now."""
        if not self._answers() or self._broker.lag(Step.TRIAGE) > _QUIET or not self._waiting():
            return 0
        lease = self._store.take_lease(LEASE, self._worker, LEASE_SECONDS)
        if lease is None:
            return 0
        try:
            return self._rescore(self._waiting())
        finally:
            self._store.give_up_lease(lease)

    def _answers(self) -> bool:
        return self._models(DEFAULT_WORKSPACE).tier is Tier.TRANSFORMER  # as it does in all of them

    def _waiting(self) -> list[Ticket]:
        found = self._store.degraded(self._batch + len(self._left_out))
        return [ticket for ticket in found if ticket.key not in self._left_out][: self._batch]

    def _rescore(self, tickets: Sequence[Ticket]) -> int:
        better = [
            Triaged(ticket.key, result)
            for workspace, own in by_workspace(tickets).items()
            for ticket, result in zip(own, self._triage(self._models(workspace), own), strict=True)
            if not result.degraded
        ]
        changed = self._store.record_rescore(better, self._clock.now(), ACTOR)
        self._publish.add(Step.DISPATCH, changed)
        return len(changed)

    def _triage(self, model: Model, tickets: Sequence[Ticket]) -> list[Triage]:
        """A result for each. Those that share a failing run are tried alone, and what fails alone is left out from then
        on, so that one ticket can neither open the breaker again and again nor stand in the way of others."""
        results = model.triage([ticket.text for ticket in tickets])
        for place, ticket in enumerate(tickets):
            if _stood_in(results[place]) and self._answers():
                results[place : place + 1] = model.triage([ticket.text])
        if self._answers():
            failed = {ticket.key for ticket, result in zip(tickets, results, strict=True) if _stood_in(result)}
            if len(self._left_out) + len(failed) > _MOST_LEFT_OUT:
                self._left_out.clear()
            self._left_out |= failed
            for key in failed:
                log.warning("rescore_failed", ticket_id=key.ticket_id)
        return results


def _stood_in(result: Triage) -> bool:
    """Whether the light model spoke in place of the transformer; what is degraded otherwise only comes too early."""
    return result.degraded and result.tier is Tier.LIGHT
