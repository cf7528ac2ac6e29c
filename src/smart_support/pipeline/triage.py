"""Triage: any number of workers give tickets their category and urgency, in micro-batches."""

import structlog

from smart_support.domain.retry import TRIAGE_DELAYS
from smart_support.domain.ticket import State, Ticket, TicketKey
from smart_support.domain.triage import Model
from smart_support.pipeline.handled import handled
from smart_support.pipeline.ports import Broker, Clock, PipelineStore, Step, Triaged

log = structlog.get_logger(__name__)

ACTOR = "triage"


class TriageStep:
    """Reads accepted tickets, asks the model, stores what it said, hands them on to dispatch."""

    def __init__(self, store: PipelineStore, broker: Broker, model: Model, clock: Clock, batch: int = 64) -> None:
        self._store = store
        self._broker = broker
        self._model = model
        self._clock = clock
        self._batch = batch

    def run_once(self, wait: float) -> int:
        """One batch, waiting at most `wait` seconds for it; how many messages it had."""
        messages = self._broker.read(Step.TRIAGE, self._batch, wait)
        if messages:
            with handled(self._broker, Step.TRIAGE, messages):
                self.triage([message.key for message in messages])
        return len(messages)

    def triage(self, keys: list[TicketKey]) -> None:
        """Triage those of the tickets that have no result yet."""
        found = self._store.find_many(keys)
        untriaged = [ticket for ticket in found.values() if ticket.state is State.ACCEPTED and ticket.triage is None]
        results = self._ask(untriaged)
        if results:
            changed = self._store.record_triage(results, self._clock.now(), ACTOR)
            self._broker.publish(Step.DISPATCH, changed)

    def _ask(self, tickets: list[Ticket]) -> list[Triaged]:
        """The model's results; a batch that makes it fail is halved until the ticket that does so stands alone."""
        if not tickets:
            return []
        try:
            results = self._model.triage([ticket.text for ticket in tickets])
        except Exception as error:  # noqa: BLE001 - whatever a ticket does to a model must not stop the others
            if len(tickets) == 1:
                self._fail(tickets[0], error)
                return []
            middle = len(tickets) // 2
            return self._ask(tickets[:middle]) + self._ask(tickets[middle:])
        return [Triaged(ticket.key, triage) for ticket, triage in zip(tickets, results, strict=True)]

    def _fail(self, ticket: Ticket, error: Exception) -> None:
        log.warning("triage_failed", ticket_id=ticket.id, error=type(error).__name__)
        reason = f"{type(error).__name__}: {error}"
        self._store.record_failure(ticket.key, Step.TRIAGE, reason, self._clock.now(), TRIAGE_DELAYS, ACTOR)
