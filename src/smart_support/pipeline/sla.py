"""SLA clocks: what is promised to a ticket when it is dispatched, and who is told when time runs out."""

from collections.abc import Sequence
from functools import partial

from smart_support.domain.alert import promise_at_risk
from smart_support.domain.event import Event
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.routing import Routing
from smart_support.domain.sla import Progress, SlaClock, SlaState, clocks
from smart_support.domain.ticket import TRANSITIONS, Action, State, Ticket
from smart_support.pipeline.agents import Act, Handling
from smart_support.pipeline.lead import LeadStep
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.promises import Judged, SlaStore
from smart_support.pipeline.records import LeaseLost

ACTOR = "sla"


class SlaStep:
    """While this process leads, tells each promise that comes to be due soon, or breached: once, by an event and an
    alert. What was told is stored with them, so that another leader goes on where this one ended."""

    def __init__(self, store: SlaStore, clock: Clock, lead: LeadStep, batch: int = 256) -> None:
        self._store = store
        self._clock = clock
        self._lead = lead
        self._batch = batch

    def run_once(self) -> int:
        """One batch; how many tickets were looked at. 0 where another leads."""
        lease = self._lead.lease(0)
        if lease is None:
            return 0
        now = self._clock.now()
        due = self._store.due_clocks(now, self._batch)
        if due:
            try:
                self._store.record_look(due, partial(judged, now=now), lease)
            except LeaseLost:
                return 0
        return len(due)


def judged(ticket: Ticket, promises: Sequence[SlaClock], now: float) -> Judged:
    """What there is to tell of a ticket at a moment. Of one that is suppressed its incident tells."""
    if ticket.state is State.SUPPRESSED:
        return Judged(tuple(clock.silent() for clock in promises))
    progress = progress_of(ticket)
    looks = [(before, *before.looked(progress, now)) for before in promises]
    crossed = [(clock, state) for clock, _, reached in looks for state in reached]
    breached = [clock for clock, state in crossed if state is SlaState.BREACHED]
    # Nobody can do anything about what was kept in the meantime, and of two states of one promise the worse counts.
    running = [
        (clock, reached[-1]) for clock, _, reached in looks if reached and progress.kept_at(clock.promise) is None
    ]
    return Judged(
        tuple(after for _, after, _ in looks),
        tuple(_event(ticket, clock, state, now) for clock, state in crossed),
        tuple(promise_at_risk(ticket.workspace, ticket.id, clock.promise, state, now) for clock, state in running),
        _escalation(ticket, breached, now),
    )


def promised(ticket: Ticket, routing: Routing) -> tuple[SlaClock, ...]:
    """What a triaged ticket is promised by the rules as they are now; nothing to imported history."""
    triage = ticket.triage
    if ticket.history or triage is None or not (routing.slas or routing.promised):
        return ()
    routed = routing.demand(Case.of(ticket, triage), ticket.accepted_at)
    return () if routed.target is None else clocks(routed.target, ticket.accepted_at, routed.escalation)


def progress_of(ticket: Ticket) -> Progress:
    """How far a ticket has come."""
    return Progress(ticket.accepted_at, ticket.answered_at, ticket.resolved_at)


def _event(ticket: Ticket, clock: SlaClock, state: SlaState, now: float) -> Event:
    data = {"promise": clock.promise.value, "due_at": clock.due_at}
    return Event(
        ticket.workspace, f"sla.{state}", now, ACTOR, ticket.id, ticket.incident_id, ticket.agent_id, data=data
    )


def _escalation(ticket: Ticket, breached: Sequence[SlaClock], now: float) -> Act | None:
    """Unless somebody did so before: where it went then is not for a clock to change. Who works on it goes on."""
    wanted = next((clock.escalation for clock in breached if clock.escalation is not None), None)
    may = ticket.escalated_at is None and ticket.state in TRANSITIONS[Action.ESCALATE].sources
    return Act(ticket.key, Handling.ESCALATE, now, ACTOR, team=wanted.team, keeps=True) if wanted and may else None
