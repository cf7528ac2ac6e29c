"""When somebody must be told at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from smart_support.domain.event import Datum
from smart_support.domain.incident import Incident
from smart_support.domain.sla import Promise, SlaState
from smart_support.domain.ticket import Ticket


class AlertKind(StrEnum):
    """Why an alert is sent."""

    URGENT_TICKET = "urgent_ticket"
    NO_AGENT = "no_agent"
    EXCEPTION = "exception"
    SLA_DUE_SOON = "sla_due_soon"
    SLA_BREACHED = "sla_breached"
    TICKET_BEGUN = "ticket_begun"
    TICKET_RESOLVED = "ticket_resolved"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_REOPENED = "incident_reopened"
    INCIDENT_GROWN = "incident_grown"
    INCIDENT_QUIET = "incident_quiet"
    INCIDENT_RESOLVED = "incident_resolved"
    BREAKER_OPENED = "breaker_opened"
    BREAKER_CLOSED = "breaker_closed"
    DEAD_LETTER = "dead_letter"
    TEST = "test"


FOLLOW_UPS = frozenset({AlertKind.TICKET_BEGUN, AlertKind.TICKET_RESOLVED})
"""What is told only to those who keep one message up to date and were told of the ticket before."""

DEAD_LETTERS = "dead_letters"
BREAKER = "breaker"
"""The topics of what is neither a ticket's nor an incident's."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A reason to tell somebody something, decided at a time (UTC epoch seconds).

    The id follows from what the alert is about, so that deciding twice is still one alert. An alert about an incident
    names it, and in `ticket_id` the ticket that stands for it. All alerts of one topic are told in one thread: further
    ones are further conditions of the first. `data` holds ids, codes and numbers. `trace` is where the trace goes on in
    which it was decided; it is no part of what the alert says.
    """

    id: str
    workspace: str
    kind: AlertKind
    at: float
    ticket_id: str | None = None
    incident_id: str | None = None
    data: Mapping[str, Datum] = field(default_factory=dict)
    trace: str | None = field(default=None, compare=False)

    @property
    def topic(self) -> str:
        """What it is about: a ticket, an incident, or a part of the system."""
        if self.kind in {AlertKind.BREAKER_OPENED, AlertKind.BREAKER_CLOSED}:
            return BREAKER
        if self.kind is AlertKind.DEAD_LETTER:
            return DEAD_LETTERS
        if self.kind.startswith("incident_"):
            return incident_topic(str(self.incident_id))
        return ticket_topic(str(self.ticket_id))


def ticket_topic(ticket_id: str) -> str:
    """The topic of all that is told about a ticket."""
    return f"ticket:{ticket_id}"


def incident_topic(incident_id: str) -> str:
    """The topic of all that is told about an incident."""
    return f"incident:{incident_id}"


def urgent_ticket(ticket: Ticket, threshold: float, at: float) -> Alert | None:
    """The alert for a triaged ticket whose urgency S is above `threshold`; imported history alerts nobody."""
    if ticket.history or ticket.triage is None or ticket.triage.urgency <= threshold:
        return None
    kind = AlertKind.URGENT_TICKET
    return Alert(_name(ticket.workspace, kind, ticket.id), ticket.workspace, kind, at, ticket.id)


def exceptional(ticket: Ticket, incident_id: str, at: float) -> Alert:
    """The alert for a duplicate that says more than the incident it belongs to, whatever its urgency."""
    kind = AlertKind.EXCEPTION
    return Alert(_name(ticket.workspace, kind, ticket.id), ticket.workspace, kind, at, ticket.id, incident_id)


def incident_opened(workspace: str, incident_id: str, stands: str, at: float) -> Alert:
    """The alert for a new incident, for which the ticket `stands` stands in the queue."""
    kind = AlertKind.INCIDENT_OPENED
    return Alert(_name(workspace, kind, incident_id), workspace, kind, at, stands, incident_id)


def incident_reopened(workspace: str, incident_id: str, stands: str, opener: str, at: float) -> Alert:
    """The same for one that was closed and is open again since the ticket `opener`."""
    kind = AlertKind.INCIDENT_REOPENED
    return Alert(_name(workspace, kind, f"{incident_id}:{opener}"), workspace, kind, at, stands, incident_id)


def promise_at_risk(workspace: str, ticket_id: str, promise: Promise, state: SlaState, at: float) -> Alert:
    """The alert for a promise to a ticket that is due soon, or breached."""
    kind = AlertKind.SLA_BREACHED if state is SlaState.BREACHED else AlertKind.SLA_DUE_SOON
    data = {"promise": promise.value}
    return Alert(_name(workspace, kind, f"{ticket_id}:{promise}"), workspace, kind, at, ticket_id, data=data)


def no_agent(ticket: Ticket, at: float) -> Alert:
    """The alert for a critical ticket that waits, though there are agents."""
    kind = AlertKind.NO_AGENT
    return Alert(_name(ticket.workspace, kind, ticket.id), ticket.workspace, kind, at, ticket.id)


SIZES_TOLD = tuple(step * 10**power for power in range(1, 7) for step in (1, 2.5, 5) if step * 10**power >= 25)
"""Members of an incident at which somebody is told that it has grown: 25, 50, 100, 250, 500, ..."""


def incident_grown(incident: Incident, at: float) -> Alert | None:
    """The alert for an incident that is open, by the largest of these sizes that it has reached."""
    reached = [size for size in SIZES_TOLD if size <= incident.tickets]
    if not reached or incident.state.closed:
        return None
    name = _name(incident.workspace, AlertKind.INCIDENT_GROWN, f"{incident.id}:{reached[-1]:g}:{incident.reopened_at}")
    return _of_incident(name, incident, AlertKind.INCIDENT_GROWN, at)


def incident_ended(incident: Incident, kind: AlertKind, at: float) -> Alert:
    """The alert for an incident that is quiet or over since `at`."""
    return _of_incident(_name(incident.workspace, kind, f"{incident.id}:{at!r}"), incident, kind, at)


def follow_up(workspace: str, ticket_id: str, kind: AlertKind, at: float) -> Alert:
    """What became of a ticket that somebody was told of."""
    return Alert(_name(workspace, kind, f"{ticket_id}:{at!r}"), workspace, kind, at, ticket_id)


def breaker(workspace: str, worker: str, kind: AlertKind, opened_at: float, at: float) -> Alert:
    """The alert for a worker whose breaker opened at `opened_at`, or is closed again."""
    data: dict[str, Datum] = {"worker": worker, "opened_at": opened_at}
    return Alert(_name(workspace, kind, f"{worker}:{opened_at!r}"), workspace, kind, at, data=data)


def dead_letter(workspace: str, what: str, at: float, ticket_id: str | None, data: Mapping[str, Datum]) -> Alert:
    """The alert for a ticket or a message that was given up; `what` names that it was."""
    kind = AlertKind.DEAD_LETTER
    return Alert(_name(workspace, kind, what), workspace, kind, at, ticket_id, data=data)


def _of_incident(name: str, incident: Incident, kind: AlertKind, at: float) -> Alert:
    data = {"tickets": incident.tickets}
    return Alert(name, incident.workspace, kind, at, incident.representative, incident.id, data)


def _name(workspace: str, kind: AlertKind, about: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"smart-support:{workspace}:{kind}:{about}"))
