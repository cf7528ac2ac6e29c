"""Databases of every revision of the schema, with rows in every table that a revision has."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from smart_support.adapters.sql.schema import metadata
from smart_support.adapters.sql.store import _alembic

NOON = 1_760_000_400.0
ROWS = 4
"""In each table. The third is another workspace's; of the last all is empty that may be."""

_WORKSPACES = ("default", "default", "other", "default")
_TEXTS = ('It\'s "broken"\n; DROP TABLE tickets', "", "Zürich 日本 \U0001f642 \u202e", "x" * 70_000)
_STAMPS = (NOON, NOON + 0.1, 1e-9, 4_000_000_000.123456)

Chosen = Callable[[int, Any], Any]
"""The value of a column in a row of this number, of a table."""


def _any(*values: Any) -> Chosen:
    return lambda number, _: values[number % len(values)]


def _alert(number: int, table: sa.Table) -> tuple[str, str]:
    """The kind of an alert and what it is about, as far as a revision knows of it."""
    if number == 1 and "incident_id" in table.c:
        return "incident_opened", "incident:alerts-incident_id-1"
    if number == ROWS - 1 and "topic" in table.c:
        return "breaker_opened", "breaker"
    return "urgent_ticket", f"ticket:tickets-id-{number}"


# Where what a value says matters to who reads it; whatever else comes is made by its type.
_CHOSEN: dict[str, Chosen] = {
    "workspace": _any(*_WORKSPACES),
    "tickets.state": _any("waiting", "assigned", "resolved", "accepted"),
    "tickets.tags": _any([], ["vip"], ["a", "日本"], []),
    "tickets.metadata": _any({}, {"a": {"b": [1, 2.5, None, True]}}, {"": ""}, {}),
    "tickets.language": _any("en", "de", "ja", None),
    "tier": _any("light", "transformer", "light", None),
    "workers.tier": _any("light", "transformer"),
    "tickets.reasons": _any([["urgency", "broken", 0.4]], [], [["category", "日本", 1.0]], None),
    "alerts.kind": lambda number, table: _alert(number, table)[0],
    "alerts.state": _any("sent", "pending", "dead", "pending"),
    "alerts.topic": lambda number, table: _alert(number, table)[1],
    "events.kind": _any("ticket.accept", "ticket.queue", "incident.open", "key.create"),
    "events.txn": _any(0),  # where the database has one writer; on PostgreSQL, those before any that it gave out
    "api_keys.scopes": _any(["read"], ["admin"], ["intake", "agent"], []),
    "outbox.step": _any("accepted", "triaged"),
    "models.role": _any("active", "previous", "active", None),
    "models.labels": _any(["Billing", "Technical"]),
    "models.bundles": _any([["light", "v1", {}]]),
    "workers.parts": _any(["triage", "lead"], []),
    "workers.refusals": _any([{"version": "v1", "reason": "gone"}], []),
    "workers.limits": _any({"slow_seconds": 0.5, "open_after": 3, "fast_seconds": 0.2, "close_after": 5}, {}),
    "vectors.vector": _any("AQID", "BAUG"),
    "incidents.state": _any("open", "quiet", "resolved", "dismissed"),
    "incidents.severity": _any("minor", "major", "critical"),
    "incidents.keywords": _any(["checkout"], []),
    "incidents.cues": _any([], ["data"]),
    "links.kind": _any("exact", "semantic", "manual"),
    "agents.status": _any("online", "away", "offline", "wrap_up"),
    "agents.before_silence": _any("online", None),
    "agents.skills": _any({"Billing": 1.0}, {}),
    "agents.languages": _any(["en", "de"], []),
    "agents.hours": _any({"zone": "Europe/Berlin", "mon": "09:00-17:00"}, None),
    "sla_calendars.hours": _any({"zone": "Europe/Berlin", "mon": "09:00-17:00"}),
    "sla_clocks.promise": _any("first_response", "resolution"),
    "sla_clocks.told": _any("ok", "due_soon", "breached", "met"),
    "messages.purpose": _any("alert", "write_back", "test"),
    "messages.state": _any("pending", "sent", "dead", "skipped"),
    "messages.alert_ids": _any(["alerts-id-0"], []),
    "storm_state.state": _any({"seconds": 300.0, "usual_per_minute": None, "clusters": []}),
}


def all_revisions() -> list[str]:
    """From the first on."""
    return [script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()][::-1]


def migrate(connection: sa.Connection, revision: str) -> None:
    """Bring the schema to a revision and no further."""
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def fill(connection: sa.Connection) -> None:
    """Rows in every table that there is: what words are searched with makes its own."""
    keys: dict[str, list[dict[str, Any]]] = {}
    for table in tables_of(connection).values():
        rows = [_row(table, number, keys) for number in range(ROWS)]
        if table.name == "storm_state":  # one of a workspace
            rows = [rows[0], rows[2]]
        if table.name == "tickets":  # they come as new, and the search hears of what becomes of them
            connection.execute(sa.insert(table), [row | {"state": "accepted", "processed_at": None} for row in rows])
            for row in rows:
                it = (table.c.workspace == row["workspace"]) & (table.c.id == row["id"])
                connection.execute(
                    sa.update(table).where(it).values(state=row["state"], processed_at=row["processed_at"])
                )
        else:
            connection.execute(sa.insert(table), rows)
        keys[table.name] = rows


def tables_of(connection: sa.Connection) -> dict[str, sa.Table]:
    """The tables that there are, those first that others point to."""
    found = sa.MetaData()
    found.reflect(connection, only=lambda name, _: not name.startswith(("search_", "ticket_counts", "alembic_")))
    return {table.name: table for table in found.sorted_tables}


def rows_of(connection: sa.Connection, table: sa.Table) -> dict[tuple[Any, ...], dict[str, Any]]:
    """All rows of a table, by their primary key."""
    key = list(table.primary_key.columns)
    rows = connection.execute(sa.select(table)).mappings()
    return {tuple(row[column.name] for column in key): dict(row) for row in rows}


def differences(connection: sa.Connection) -> list[object]:
    """What the schema of the database has, and the one that the statements are written for has not, and vice versa."""
    options = {"compare_type": True, "include_name": _common}
    found = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    if connection.dialect.name == "postgresql":
        return found
    return [each for each in found if getattr(each[1], "name", None) != "ix_events_order"]  # PostgreSQL's alone


def _common(name: str | None, kind: str, _parents: object) -> bool:
    """What words are searched with, and what is counted, is each database's own: test_listing knows if it works."""
    return kind != "table" or not str(name).startswith(("search_", "ticket_counts"))


def _row(table: sa.Table, number: int, keys: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    row = {column.name: _value(table, column, number) for column in table.columns}
    if isinstance(row.get("seq"), int) and table.name == "events":
        del row["seq"]  # the database counts
    for constraint in table.foreign_key_constraints:
        if number == ROWS - 1 and any(column.nullable for column in constraint.columns):
            continue  # it points to nothing
        for element in constraint.elements:
            row[element.parent.name] = keys[element.column.table.name][number][element.column.name]
    return row


def _value(table: sa.Table, column: sa.Column[Any], number: int) -> Any:
    chosen = _CHOSEN.get(f"{table.name}.{column.name}") or _CHOSEN.get(column.name)
    if chosen is not None:
        return chosen(number, table)
    if column.nullable and number == ROWS - 1:
        return None
    kind, in_key = column.type, column.primary_key or column.name in {"key", "secret_sha256"}
    if isinstance(kind, sa.JSON):
        return ({}, {"a": 1}, {"日本": [None]}, {"b": {"c": "d"}})[number]
    if isinstance(kind, sa.Boolean):
        return number % 2 == 1
    if isinstance(kind, sa.Float):
        return 0.25 * number if "at" not in column.name and "until" not in column.name else _STAMPS[number]
    if isinstance(kind, sa.Integer):
        return number + 1 if not isinstance(kind, sa.BigInteger) else (1, 2, 3, 2**53 - 1)[number]
    if isinstance(kind, sa.Text) and not in_key:
        return _TEXTS[number]
    assert isinstance(kind, sa.String), f"{table.name}.{column.name} is of a type that no row was made for: {kind}"
    return f"{table.name}-{column.name}-{number}"[: kind.length]
