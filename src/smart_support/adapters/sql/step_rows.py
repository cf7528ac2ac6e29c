"""The rows and the events of what a step has done with tickets."""

from dataclasses import replace
from typing import Any

from smart_support.adapters.sql.incident_rows import link_data
from smart_support.adapters.sql.statements import ticket_event, ticket_key
from smart_support.domain.event import Event
from smart_support.domain.ticket import TRANSITIONS, Action, Ticket
from smart_support.pipeline.records import Dispatched, Step, Triaged


def outbox_row(ticket: Ticket, grace: float) -> dict[str, Any]:
    return {
        "workspace": ticket.workspace,
        "ticket_id": ticket.id,
        "step": Step.TRIAGE.value,
        "due_at": ticket.accepted_at + grace,
        "failures": 0,
    }


def accepted(ticket: Ticket, actor: str) -> Event:
    return Event(ticket.workspace, "ticket.accept", ticket.accepted_at, actor, ticket_id=ticket.id)


def triaged(result: Triaged, at: float, actor: str) -> Event:
    triage = result.triage
    return ticket_event(
        Action.TRIAGE,
        result.key,
        at,
        actor,
        category=triage.category,
        urgency=triage.urgency,
        confidence=triage.confidence,
        tier=triage.tier.value,
        model=triage.model_version,
        degraded=triage.degraded,
    )


def placed(decision: Dispatched, order: int) -> dict[str, Any]:
    return ticket_key(decision.key) | {
        "state": TRANSITIONS[decision.action].target.value,
        "dispatch_order": order,
        "incident_id": decision.link.incident_id if decision.link else None,
    }


def dispatched(decision: Dispatched, order: int, at: float, actor: str) -> Event:
    link = decision.link
    event = ticket_event(decision.action, decision.key, at, actor, order=order)
    return replace(event, incident_id=link.incident_id, data={**event.data, **link_data(link)}) if link else event
