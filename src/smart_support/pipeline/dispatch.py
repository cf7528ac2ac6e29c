"""Dispatch: one place decides in one order what becomes of triaged tickets."""

from smart_support.domain.alert import Alert, urgent_ticket
from smart_support.domain.ticket import Action, State, Ticket, TicketKey
from smart_support.pipeline.consume import Consumer
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.ports import Broker, Clock, PipelineStore
from smart_support.pipeline.records import Dispatched, Lease, LeaseLost, Reviewed, Step

ACTOR = "dispatcher"


class DispatchStep:
    """While it leads, takes triaged tickets up in order: each enters the queue, and an urgent one is told to somebody.

    Imported history is over: it is archived, and nobody is told. A ticket that was scored again since keeps its place;
    if it turns out to be urgent, and nobody was told yet, somebody is. The step keeps nothing in memory: the order,
    the queue and the alerts are in the store, so that another leader goes on where this one ended.
    """

    def __init__(
        self,
        store: PipelineStore,
        broker: Broker,
        clock: Clock,
        lead: LeadStep,
        alert_threshold: float,
        batch: int = 256,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead
        self._alert_threshold = alert_threshold
        self._batch = batch
        self._consumer = Consumer(Step.DISPATCH, store, broker, clock, ACTOR, self._dispatch, self._held)

    def run_once(self, wait: float) -> int:
        """One batch, waiting at most `wait` seconds for it; how many messages it had. 0 where another leads."""
        if self._lead.lease(wait) is None:
            return 0
        try:
            return self._consumer.run_once(self._batch, wait)
        except LeaseLost:  # what was read is given back, and is the next leader's
            return 0

    def _dispatch(self, keys: list[TicketKey]) -> None:
        lease = self._held()
        found = self._store.find_many(keys)
        ready = [found[key] for key in dict.fromkeys(keys) if key in found]
        now = self._clock.now()
        decisions = [self._decide(t, now) for t in ready if t.state is State.ACCEPTED and t.triage is not None]
        if decisions:
            self._store.record_dispatch(decisions, now, ACTOR, lease)
        again = [Reviewed(t.key, self._alert(t, now)) for t in ready if t.dispatch_order is not None]
        if again:
            self._store.record_review(again, lease)

    def _held(self) -> Lease:
        lease = self._lead.lease(0)
        if lease is None:
            raise LeaseLost("another process dispatches now")
        return lease

    def _decide(self, ticket: Ticket, now: float) -> Dispatched:
        if ticket.history:
            return Dispatched(ticket.key, Action.ARCHIVE)
        return Dispatched(ticket.key, alert=self._alert(ticket, now))

    def _alert(self, ticket: Ticket, now: float) -> Alert | None:
        return urgent_ticket(ticket, self._alert_threshold, now)
