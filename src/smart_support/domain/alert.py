"""When somebody must be told at once."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from smart_support.domain.sla import Promise, SlaState
from smart_support.domain.ticket import Ticket


class AlertKind(StrEnum):
    """Why an alert is sent."""

    URGENT_TICKET = "urgent_ticket"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_REOPENED = "incident_reopened"
    EXCEPTION = "exception"
    SLA_DUE_SOON = "sla_due_soon"
    SLA_BREACHED = "sla_breached"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to tell, decided at a time (UTC epoch seconds).

    The id follows from what the alert is about, so that deciding twice is still one alert, and a receiver can
    recognise a repeated delivery. An alert about an incident names it, and in `ticket_id` the ticket that stands for
    it.
    """

    id: str
    workspace: str
    kind: AlertKind
    at: float
    ticket_id: str
    incident_id: str | None = None


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
    return Alert(_name(workspace, kind, f"{ticket_id}:{promise}"), workspace, kind, at, ticket_id)


def _name(workspace: str, kind: AlertKind, about: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"smart-support:{workspace}:{kind}:{about}"))
