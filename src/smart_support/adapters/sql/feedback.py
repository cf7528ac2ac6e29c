"""Feedback in SQL, and the corrections that it makes."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smart_support.adapters.sql import bulk
from smart_support.adapters.sql.database import Database
from smart_support.adapters.sql.learning_schema import feedback as table
from smart_support.adapters.sql.rows import add_events
from smart_support.adapters.sql.schema import tickets
from smart_support.adapters.sql.statements import lock_tickets
from smart_support.domain.event import Event
from smart_support.domain.feedback import Feedback
from smart_support.domain.ticket import TicketKey
from smart_support.domain.triage import ReasonOf, Text
from smart_support.pipeline.learning import Example


class SqlFeedback:
    """The port FeedbackStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_feedback(self, feedback: Feedback, bound_to: str | None = None) -> Feedback | None:
        key = feedback.key
        his = sa.true() if bound_to is None else tickets.c.agent_id == bound_to

        def unit(connection: Connection) -> Feedback | None:
            if not lock_tickets(connection, [key], his & tickets.c.processed_at.is_not(None)):
                return None
            told = replace(feedback, **_said(connection, key))
            if not bulk.insert_new(connection, table, [_row(told)]):
                return _stored(connection, told)
            _correct(connection, told)
            add_events(connection, [_event(told)])
            return told

        return self._database.write(unit)

    def examples(self, workspace: str, after: tuple[float, str] | None, limit: int) -> list[Example]:
        query = (
            sa.select(table, tickets.c.subject, tickets.c.body)
            .join(tickets, (tickets.c.workspace == table.c.workspace) & (tickets.c.id == table.c.ticket_id))
            .where(table.c.workspace == workspace, tickets.c.erased_at.is_(None))
            .order_by(table.c.at, table.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(sa.tuple_(table.c.at, table.c.id) > sa.tuple_(*after))

        def unit(connection: Connection) -> list[Example]:
            rows = connection.execute(query).mappings()
            return [Example(_feedback_of(row), Text(row["subject"], row["body"])) for row in rows]

        return self._database.read(unit)


def _said(connection: Connection, key: TicketKey) -> dict[str, Any]:
    """What the model had said: once somebody has corrected the ticket, the first correction knows."""
    mine = (table.c.workspace == key.workspace) & (table.c.ticket_id == key.ticket_id)
    corrects = table.c.category.is_not(None) | table.c.urgency.is_not(None)
    first = (
        sa.select(table.c.model_version, table.c.said_category, table.c.said_urgency)
        .where(mine, corrects)
        .order_by(table.c.at, table.c.id)
        .limit(1)
    )
    now = sa.select(
        tickets.c.model_version, tickets.c.category.label("said_category"), tickets.c.urgency.label("said_urgency")
    ).where(tickets.c.workspace == key.workspace, tickets.c.id == key.ticket_id)
    row = connection.execute(first).mappings().one_or_none() or connection.execute(now).mappings().one()
    return dict(row)


def _correct(connection: Connection, told: Feedback) -> None:
    if not told.corrects:
        return
    mine = (tickets.c.workspace == told.key.workspace) & (tickets.c.id == told.key.ticket_id)
    before = connection.execute(sa.select(tickets.c.category, tickets.c.urgency, tickets.c.reasons).where(mine)).one()
    values: dict[str, Any] = {"corrected_at": told.at}
    overruled = set()
    if told.category is not None:
        values |= {"category": told.category, "confidence": 1.0, "needs_review": False}
        if told.category != before.category:
            overruled.add(ReasonOf.CATEGORY)
    if told.urgency is not None:
        values["urgency"] = told.urgency
        if told.urgency != before.urgency:
            overruled.add(ReasonOf.URGENCY)
    values["reasons"] = [reason for reason in before.reasons if reason[0] not in overruled]
    connection.execute(sa.update(tickets).where(mine).values(values))


def _row(told: Feedback) -> dict[str, Any]:
    return {
        "workspace": told.key.workspace,
        "id": told.id,
        "ticket_id": told.key.ticket_id,
        "at": told.at,
        "actor": told.actor,
        "category": told.category,
        "urgency": told.urgency,
        "not_duplicate": told.not_duplicate,
        "note": told.note,
        "model_version": told.model_version,
        "said_category": told.said_category,
        "said_urgency": told.said_urgency,
    }


def _feedback_of(row: RowMapping) -> Feedback:
    return Feedback(
        id=row["id"],
        key=TicketKey(row["workspace"], row["ticket_id"]),
        at=row["at"],
        actor=row["actor"],
        category=row["category"],
        urgency=row["urgency"],
        not_duplicate=row["not_duplicate"],
        note=row["note"],
        model_version=row["model_version"],
        said_category=row["said_category"],
        said_urgency=row["said_urgency"],
    )


def _stored(connection: Connection, told: Feedback) -> Feedback:
    mine = (table.c.workspace == told.key.workspace) & (table.c.id == told.id)
    return _feedback_of(connection.execute(sa.select(table).where(mine)).mappings().one())


def _event(told: Feedback) -> Event:
    data = {
        "feedback": told.id,
        "category": told.category,
        "urgency": told.urgency,
        "not_duplicate": told.not_duplicate,
        "said_category": told.said_category,
        "said_urgency": told.said_urgency,
        "model": told.model_version,
    }
    return Event(told.key.workspace, "ticket.feedback", told.at, told.actor, told.key.ticket_id, data=data)
