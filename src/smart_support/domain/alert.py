"""When somebody must be told at once."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import NAMESPACE_URL, uuid5

from smart_support.domain.ticket import Ticket


class AlertKind(StrEnum):
    """Why an alert is sent."""

    URGENT_TICKET = "urgent_ticket"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to tell, decided at a time (UTC epoch seconds).

    The id follows from what the alert is about, so that deciding twice is still one alert, and a receiver can
    recognise a repeated delivery.
    """

    id: str
    workspace: str
    kind: AlertKind
    at: float
    ticket_id: str


def urgent_ticket(ticket: Ticket, threshold: float, at: float) -> Alert | None:
    """The alert for a triaged ticket whose urgency S is above `threshold`; imported history alerts nobody."""
    if ticket.history or ticket.triage is None or ticket.triage.urgency <= threshold:
        return None
    kind = AlertKind.URGENT_TICKET
    name = uuid5(NAMESPACE_URL, f"smart-support:{ticket.workspace}:{kind}:{ticket.id}")
    return Alert(str(name), ticket.workspace, kind, at, ticket.id)
