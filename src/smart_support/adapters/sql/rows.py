"""Records to rows and back."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.functions import CurrentTxn
from smart_support.adapters.sql.schema import events, tickets
from smart_support.domain.event import Event, Position, Recorded
from smart_support.domain.storm.vectors import Whole, rounded
from smart_support.domain.ticket import Customer, State, Ticket, TicketKey
from smart_support.domain.triage import Reason, ReasonOf, Tier, Triage

TICKET_COLUMNS = [column for column in tickets.c if column.name != "content_hash"]


_CURRENT_TXN = CurrentTxn()


def ticket_row(ticket: Ticket, content_hash: str) -> dict[str, Any]:
    """A new ticket as a row."""
    return {
        "workspace": ticket.workspace,
        "id": ticket.id,
        "subject": ticket.subject,
        "body": ticket.body,
        "customer_id": ticket.customer.id,
        "customer_email": ticket.customer.email,
        "customer_name": ticket.customer.name,
        "customer_tier": ticket.customer.tier,
        "channel": ticket.channel,
        "tags": list(ticket.tags),
        "received_at": ticket.received_at,
        "metadata": dict(ticket.metadata),
        "content_hash": content_hash,
        "history": ticket.history,
        "source": ticket.source,
        "source_id": ticket.source_id,
        "accepted_at": ticket.accepted_at,
        "state": ticket.state.value,
    }


def vector_row(key: TicketKey, triage: Triage) -> dict[str, Any] | None:
    """The vector of a triage result as a row; None where it has none."""
    if triage.vector is None or triage.vector_version is None:
        return None
    return {
        "workspace": key.workspace,
        "ticket_id": key.ticket_id,
        "version": triage.vector_version,
        "vector": b64encode(rounded(triage.vector).tobytes()).decode(),
    }


def vector_of(text: str) -> Whole:
    """The vector in a row."""
    return np.frombuffer(b64decode(text), dtype=np.int8)


def triage_values(triage: Triage) -> dict[str, Any]:
    """A triage result as columns of its ticket."""
    return {
        "category": triage.category,
        "confidence": triage.confidence,
        "urgency": triage.urgency,
        "sentiment": triage.sentiment,
        "language": triage.language,
        "tier": triage.tier.value,
        "model_version": triage.model_version,
        "degraded": triage.degraded,
        "needs_review": triage.needs_review,
        "reasons": [[reason.of.value, reason.quote, reason.weight] for reason in triage.reasons],
    }


def ticket_of(row: RowMapping) -> Ticket:
    """The ticket in a row of TICKET_COLUMNS."""
    return Ticket(
        workspace=row["workspace"],
        id=row["id"],
        subject=row["subject"],
        body=row["body"],
        accepted_at=row["accepted_at"],
        customer=Customer(row["customer_id"], row["customer_email"], row["customer_name"], row["customer_tier"]),
        channel=row["channel"],
        tags=tuple(row["tags"]),
        received_at=row["received_at"],
        metadata=row["metadata"],
        history=row["history"],
        state=State(row["state"]),
        triage=_triage_of(row),
        processed_at=row["processed_at"],
        dispatch_order=row["dispatch_order"],
        incident_id=row["incident_id"],
        agent_id=row["agent_id"],
        corrected_at=row["corrected_at"],
        last_agent_id=row["last_agent_id"],
        offer_until=row["offer_until"],
        team=row["team"],
        answered_at=row["answered_at"],
        resolved_at=row["resolved_at"],
        escalated_at=row["escalated_at"],
        source=row["source"],
        source_id=row["source_id"],
        erased_at=row["erased_at"],
    )


def _triage_of(row: RowMapping) -> Triage | None:
    if row["processed_at"] is None:
        return None
    return Triage(
        category=row["category"],
        confidence=row["confidence"],
        urgency=row["urgency"],
        tier=Tier(row["tier"]),
        model_version=row["model_version"],
        reasons=tuple(Reason(ReasonOf(of), quote, weight) for of, quote, weight, *_ in row["reasons"]),
        language=row["language"],
        sentiment=row["sentiment"],
        degraded=row["degraded"],
        needs_review=row["needs_review"],
    )


def known(record: type[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a row's JSON tells, the fields that a dataclass has: a newer version, which may run beside this one, may
    have written more."""
    return {field.name: told[field.name] for field in fields(record) if field.name in told}


def add_events(connection: Connection, happened: list[Event]) -> None:
    """Write events in the transaction that made them true."""
    if happened:
        bulk.insert(connection, events, [_event_row(event) for event in happened], txn=_CURRENT_TXN)


def recorded_of(row: RowMapping) -> Recorded:
    """The event in a row, with its place."""
    event = Event(
        workspace=row["workspace"],
        kind=row["kind"],
        at=row["at"],
        actor=row["actor"],
        ticket_id=row["ticket_id"],
        incident_id=row["incident_id"],
        agent_id=row["agent_id"],
        data=row["data"],
    )
    return Recorded(Position(row["txn"], row["seq"]), event)


def _event_row(event: Event) -> dict[str, Any]:
    return {
        "workspace": event.workspace,
        "kind": event.kind,
        "at": event.at,
        "actor": event.actor,
        "ticket_id": event.ticket_id,
        "incident_id": event.incident_id,
        "agent_id": event.agent_id,
        "data": dict(event.data),
    }
