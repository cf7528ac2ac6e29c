"""Alerts, tickets and incidents in words, and as data for programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from smart_support.domain.alert import Alert, AlertKind
from smart_support.domain.incident import Incident
from smart_support.domain.notice import Condition
from smart_support.domain.ticket import Ticket
from smart_support.domain.triage import ReasonOf

_REASONS = 4

_WORDS = {
    AlertKind.URGENT_TICKET: "urgent by its text",
    AlertKind.NO_AGENT: "critical, and no agent has it",
    AlertKind.EXCEPTION: "says more than its incident does",
    AlertKind.TICKET_BEGUN: "somebody works on it",
    AlertKind.TICKET_RESOLVED: "resolved",
    AlertKind.INCIDENT_OPENED: "incident opened",
    AlertKind.INCIDENT_REOPENED: "incident opened again",
    AlertKind.INCIDENT_GROWN: "incident has grown",
    AlertKind.INCIDENT_QUIET: "no new report for a while",
    AlertKind.INCIDENT_RESOLVED: "incident over",
}


def conditions(alerts: Iterable[Alert]) -> tuple[Condition, ...]:
    """Why somebody is told, in the order given."""
    return tuple(Condition(alert.kind.value, alert.at, _words(alert)) for alert in alerts)


def _words(alert: Alert) -> str:
    data = alert.data
    match alert.kind:
        case AlertKind.SLA_DUE_SOON | AlertKind.SLA_BREACHED:
            promise = str(data.get("promise", "promise")).replace("_", " ")
            return f"{promise} {'due soon' if alert.kind is AlertKind.SLA_DUE_SOON else 'overdue'}"
        case AlertKind.INCIDENT_GROWN:
            return f"incident has grown to {data.get('tickets')} tickets"
        case AlertKind.BREAKER_OPENED:
            return f"breaker of {data.get('worker')} opened"
        case AlertKind.BREAKER_CLOSED:
            return f"breaker of {data.get('worker')} closed"
        case AlertKind.DEAD_LETTER if "message" in data:
            return f"message {data['message']} to {data.get('destination')} given up"
        case AlertKind.DEAD_LETTER:
            return f"ticket {alert.ticket_id} given up"
    return _WORDS.get(alert.kind, alert.kind.value)


def reasons(ticket: Ticket) -> tuple[str, ...]:
    """The words that made it urgent, the heaviest first."""
    if ticket.triage is None:
        return ()
    said = [reason for reason in ticket.triage.reasons if reason.of is ReasonOf.URGENCY and reason.weight > 0]
    return tuple(reason.quote for reason in sorted(said, key=lambda reason: -reason.weight)[:_REASONS])


def alert_data(alerts: Sequence[Alert]) -> dict[str, Any]:
    """For programs: the newest reason."""
    return {"kind": alerts[-1].kind.value}


def ticket_data(ticket: Ticket) -> Mapping[str, Any]:
    """A ticket for programs: without its text but for its subject."""
    triage = ticket.triage
    return {
        "ticket_id": ticket.id,
        "subject": ticket.subject,
        "state": ticket.state.value,
        "category": None if triage is None else triage.category,
        "urgency_score": None if triage is None else triage.urgency,
        "agent_id": ticket.agent_id,
        "incident_id": ticket.incident_id,
        "accepted_at": moment(ticket.accepted_at),
    }


def incident_data(incident: Incident) -> Mapping[str, Any]:
    """An incident for programs, as `GET /incidents` has it."""
    return {
        "id": incident.id,
        "title": incident.title,
        "severity": incident.severity.value,
        "state": incident.state.value,
        "opened_at": moment(incident.opened_at),
        "tickets": incident.tickets,
        "suppressed": incident.suppressed,
        "customers": incident.customers,
        "owner": incident.owner,
    }


def given(*facts: tuple[str, str | None]) -> list[tuple[str, str]]:
    """The facts that are known."""
    return [(name, value) for name, value in facts if value]


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 ticket`, `2 tickets`; `many` is the plural that no s makes."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def moment(at: float) -> str:
    """UTC epoch seconds as ISO 8601."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
