"""Dispatch: one place decides in one order what becomes of triaged tickets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from smart_support.domain.alert import Alert, exceptional, urgent_ticket
from smart_support.domain.incident import Link
from smart_support.domain.routing.routing import Routing
from smart_support.domain.ticket import Action, State, Ticket, TicketKey
from smart_support.pipeline.consume import Consumer
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.ports import Broker, Clock, PipelineStore
from smart_support.pipeline.records import Dispatched, Lease, LeaseLost, Reviewed, Step
from smart_support.pipeline.sla import promised
from smart_support.pipeline.storms import Judged, Storms
from smart_support.pipeline.watch import Watch

ACTOR = "dispatcher"

_BATCH = 256


class DispatchStep:
    """While it leads, takes triaged tickets up in order: each enters the queue, and an urgent one is told to somebody.
    One that reports what an incident is about is linked to that instead, unless it says more (`Storms`). Each is
    promised what the rules of its workspace say then (`routing(workspace)`), a duplicate too: it may be parted again.

    Imported history is over: it is archived, and nobody is told. A ticket that was scored again since keeps its place;
    if it turns out to be urgent, nobody was told yet and it is no duplicate, somebody is. The order, the queue, the
    incidents and the alerts are in the store, so that another leader goes on where this one ended. After each look
    it says what it sees (`tell`), once it has seen a ticket.
    """

    def __init__(  # noqa: PLR0913 - how it is watched stands beside what it needs
        self,
        store: PipelineStore,
        broker: Broker,
        clock: Clock,
        lead: LeadStep,
        storms: Storms,
        alert_threshold: float,
        routing: Callable[[str], Routing],
        tell: Callable[[Lease], None] = lambda _: None,
        watch: Watch | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead
        self._storms = storms
        self._alert_threshold = alert_threshold
        self._routing = routing
        self._tell = tell
        self._watch = watch or Watch()
        self._token: int | None = None
        self._consumer = Consumer(Step.DISPATCH, store, broker, clock, ACTOR, self._dispatch, self._held, self._watch)

    def run_once(self, wait: float) -> int:
        """One batch, waiting at most `wait` seconds for it; how many messages it had. 0 where another leads."""
        if self._lead.lease(wait) is None:
            return 0
        try:
            done = self._consumer.run_once(_BATCH, wait)
            lease = self._held()
            if lease.token == self._token:  # else it has seen nothing yet, or what it saw when it led before
                self._tell(lease)
            return done
        except LeaseLost:  # what was read is given back, and is the next leader's
            return 0

    def _dispatch(self, keys: list[TicketKey]) -> None:
        lease = self._held()
        found = self._store.find_many(keys)
        known = [found[key] for key in dict.fromkeys(keys) if key in found]
        now = self._clock.now()
        ready = [ticket for ticket in known if ticket.state is State.ACCEPTED and ticket.triage is not None]
        if ready:
            if lease.token != self._token:
                self._storms.forget()
                self._token = lease.token
            routings = {name: self._routing(name) for name in {ticket.workspace for ticket in ready}}
            with self._watch.batch(Step.DISPATCH, ready, now, self._store.traces) as places:
                for judged in self._storms.judge(ready):
                    self._record(judged, routings, now, lease, places)
        again = [Reviewed(t.key, self._review(t, now)) for t in known if t.dispatch_order is not None]
        if again:
            self._store.record_review(again, lease)

    def _record(
        self,
        judged: Judged,
        routings: Mapping[str, Routing],
        now: float,
        lease: Lease,
        places: Mapping[TicketKey, str],
    ) -> None:
        """Decide about tickets that were judged together. An alert goes on in the trace of its ticket (`places`)."""
        decisions = [
            replace(
                self._decide(ticket, link, now, told=ticket.key not in judged.crowded),
                clocks=promised(ticket, routings[ticket.workspace]),
            )
            for ticket, link in zip(judged.tickets, judged.links, strict=True)
        ]
        gathered = judged.gathered
        if places:
            decisions = [
                one if one.alert is None else replace(one, alert=replace(one.alert, trace=places.get(one.key)))
                for one in decisions
            ]
            gathered = tuple(
                replace(one, alerts=tuple(replace(alert, trace=places.get(one.opener)) for alert in one.alerts))
                for one in gathered
            )
        changed = set(self._store.record_dispatch(decisions, now, ACTOR, lease, gathered))
        self._count(judged, [one for one in decisions if one.key in changed])

    def _count(self, judged: Judged, decisions: Sequence[Dispatched]) -> None:
        metrics, after = self._watch.metrics, self._clock.now()
        accepted = {ticket.key: ticket.accepted_at for ticket in judged.tickets if not ticket.history}
        for one in decisions:
            metrics.dispatched.labels(one.action.value).inc()
            if one.key in accepted:
                metrics.dispatched_after.observe(max(0.0, after - accepted[one.key]))
        changed = {one.key for one in decisions}
        opened = [one for one in judged.gathered if one.opener in changed]
        metrics.incidents_opened.inc(sum(one.incident is not None or one.reopened is not None for one in opened))

    def _held(self) -> Lease:
        lease = self._lead.lease(0)
        if lease is None:
            raise LeaseLost("another process dispatches now")
        return lease

    def _decide(self, ticket: Ticket, link: Link | None, now: float, *, told: bool) -> Dispatched:
        if ticket.history:
            return Dispatched(ticket.key, Action.ARCHIVE)
        if link is None or link.recurrence:
            return Dispatched(ticket.key, alert=self._urgent(ticket, now), link=link)
        if link.exception is not None:
            alert = exceptional(ticket, link.incident_id, now) if told else None
            return Dispatched(ticket.key, alert=alert, link=link)
        return Dispatched(ticket.key, Action.SUPPRESS, link=link)

    def _review(self, ticket: Ticket, now: float) -> Alert | None:
        return None if ticket.incident_id is not None else self._urgent(ticket, now)

    def _urgent(self, ticket: Ticket, now: float) -> Alert | None:
        return urgent_ticket(ticket, self._alert_threshold, now)
