"""Dispatch: one place decides in one order what becomes of triaged tickets."""

from smart_support.domain.alert import urgent_ticket
from smart_support.domain.ticket import Action, State, Ticket, TicketKey
from smart_support.pipeline.handled import handled
from smart_support.pipeline.ports import Broker, Clock, Dispatched, PipelineStore, Step

ACTOR = "dispatcher"


class DispatchStep:
    """Takes triaged tickets up in order: each enters the queue, and an urgent one is told to somebody.

    Imported history is over: it is archived, and nobody is told.
    """

    def __init__(
        self, store: PipelineStore, broker: Broker, clock: Clock, alert_threshold: float, batch: int = 256
    ) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._alert_threshold = alert_threshold
        self._batch = batch

    def run_once(self, wait: float) -> int:
        """One batch, waiting at most `wait` seconds for it; how many messages it had."""
        messages = self._broker.read(Step.DISPATCH, self._batch, wait)
        if messages:
            with handled(self._broker, Step.DISPATCH, messages):
                self._dispatch([message.key for message in messages])
        return len(messages)

    def _dispatch(self, keys: list[TicketKey]) -> None:
        found = self._store.find_many(keys)
        ready = [found[key] for key in dict.fromkeys(keys) if key in found]
        now = self._clock.now()
        decisions = [self._decide(t, now) for t in ready if t.state is State.ACCEPTED and t.triage is not None]
        if decisions:
            self._store.record_dispatch(decisions, now, ACTOR)

    def _decide(self, ticket: Ticket, now: float) -> Dispatched:
        if ticket.history:
            return Dispatched(ticket.key, Action.ARCHIVE)
        return Dispatched(ticket.key, alert=urgent_ticket(ticket, self._alert_threshold, now))
