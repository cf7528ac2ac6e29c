"""The tables of SLA clocks. Scope and times are as in `schema`."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from smart_support.adapters.sql.schema import metadata

# The calendars that tickets were promised by, each under the hash of its hours: rules change, promises stay.
sla_calendars = Table(
    "sla_calendars",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("hours", JSON, nullable=False),
    PrimaryKeyConstraint("workspace", "id"),
)

sla_clocks = Table(
    "sla_clocks",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("promise", String(16), nullable=False),
    Column("warn_at", Float(53), nullable=False),
    Column("due_at", Float(53), nullable=False),
    Column("calendar", String(64)),  # NULL: day and night
    Column("escalates", Boolean, nullable=False),
    Column("escalate_to", Text),
    Column("told", String(16), nullable=False),
    Column("next_at", Float(53)),  # NULL: there is nothing to look for
    PrimaryKeyConstraint("workspace", "ticket_id", "promise"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
    ForeignKeyConstraint(["workspace", "calendar"], ["sla_calendars.workspace", "sla_calendars.id"]),
    sqlite_with_rowid=False,
)
Index(
    "ix_sla_clocks_next_at",
    sla_clocks.c.next_at,
    sla_clocks.c.workspace,
    sla_clocks.c.ticket_id,
    sqlite_where=text("next_at IS NOT NULL"),
    postgresql_where=text("next_at IS NOT NULL"),
)
