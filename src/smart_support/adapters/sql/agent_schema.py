"""The tables of assignment: agents, and who must not have a ticket again. Scope and times are as in `schema`."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from smart_support.adapters.sql.schema import metadata

# How many tickets an agent holds is counted where it is asked, while his row is held.
agents = Table(
    "agents",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("id", String(128), nullable=False),
    Column("name", Text),
    Column("skills", JSON, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("team", Text),
    Column("hours", JSON),
    Column("status", String(16), nullable=False),
    Column("heartbeat_at", Float(53)),
    Column("before_silence", String(16)),  # the status that a heartbeat brings back
    PrimaryKeyConstraint("workspace", "id"),
)
# Those who may fall silent.
Index(
    "ix_agents_heartbeat_at",
    agents.c.heartbeat_at,
    sqlite_where=text("heartbeat_at IS NOT NULL AND status <> 'offline'"),
    postgresql_where=text("heartbeat_at IS NOT NULL AND status <> 'offline'"),
)

declines = Table(
    "declines",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("agent_id", String(128), nullable=False),
    Column("at", Float(53), nullable=False),
    PrimaryKeyConstraint("workspace", "ticket_id", "agent_id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
    sqlite_with_rowid=False,
)
