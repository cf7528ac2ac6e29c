"""All that is kept of a ticket and of who wrote it, as JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smart_support.adapters.sql.access_schema import idempotency
from smart_support.adapters.sql.agent_schema import declines
from smart_support.adapters.sql.erasure import messages_about
from smart_support.adapters.sql.learning_schema import feedback, shadow_results
from smart_support.adapters.sql.outbound_schema import alerts, messages, replies, threads, told
from smart_support.adapters.sql.schema import events, outbox, tickets
from smart_support.adapters.sql.sla_schema import sla_clocks
from smart_support.adapters.sql.storm_schema import cannot_links, incidents, links, vectors
from smart_support.domain.alert import ticket_topic
from smart_support.domain.ticket import TicketKey

_TABLES = (
    replies,
    events,
    feedback,
    shadow_results,
    vectors,
    links,
    cannot_links,
    declines,
    sla_clocks,
    outbox,
    alerts,
)


def record_of(connection: Connection, key: TicketKey) -> dict[str, Any]:
    """A ticket's row, and by table the rows of all that is about it. What names others is left out: of an incident
    only what it is called and how it stands."""
    mine = (tickets.c.workspace == key.workspace) & (tickets.c.id == key.ticket_id)
    record: dict[str, Any] = {"ticket": _rows(connection, tickets, mine)[0]}
    for table in _TABLES:
        record[table.name] = _rows(connection, table, _about(table, key))
    topic = ticket_topic(key.ticket_id)
    for table in (threads, told):
        ours = (table.c.workspace == key.workspace) & table.c.topic.in_([topic, key.ticket_id])
        record[table.name] = _rows(connection, table, ours)
    about_it = messages_about(connection, key.workspace, [key.ticket_id])
    record["messages"] = _rows(connection, messages, messages.c.id.in_(about_it))
    answered = idempotency.c.body.contains(f'"{key.ticket_id}"', autoescape=True)
    record["idempotency"] = _rows(connection, idempotency, (idempotency.c.workspace == key.workspace) & answered)
    named = sa.select(links.c.incident_id).where(_about(links, key))
    found = sa.select(incidents.c.id, incidents.c.title, incidents.c.state, incidents.c.opened_at).where(
        incidents.c.workspace == key.workspace, incidents.c.id.in_(named)
    )
    record["incidents"] = [readable(incidents, row) for row in connection.execute(found).mappings()]
    return record


def _about(table: sa.Table, key: TicketKey) -> sa.ColumnElement[bool]:
    return (table.c.workspace == key.workspace) & (table.c.ticket_id == key.ticket_id)


def _rows(connection: Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    query = sa.select(table).where(which).order_by(*table.primary_key.columns)
    return [readable(table, row) for row in connection.execute(query).mappings()]


def readable(table: sa.Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row whose times can be read."""
    return {name: _moment(value) if _is_time(table.c[name], value) else value for name, value in row.items()}


def _is_time(column: sa.Column[Any], value: object) -> bool:
    return isinstance(value, float) and (column.name == "at" or column.name.endswith(("_at", "_until")))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
