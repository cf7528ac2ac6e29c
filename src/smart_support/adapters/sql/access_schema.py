"""The tables of access: workspaces, API keys, sessions of the dashboard, and answers to calls that may come again.
Scope and times are as in `schema`."""

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
)

from smart_support.adapters.sql.schema import metadata

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Float(53), nullable=False),
    PrimaryKeyConstraint("id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), nullable=False),
    Column("workspace", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53)),
    Column("revoked_at", Float(53)),
    Column("agent_id", String(128)),
    Column("last_used_at", Float(53)),
    PrimaryKeyConstraint("id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("created_at", Float(53), nullable=False),
    Column("expires_at", Float(53), nullable=False),
    PrimaryKeyConstraint("token_sha256"),
    ForeignKeyConstraint(["key_id"], ["api_keys.id"]),
)
Index("ix_sessions_expires_at", sessions.c.expires_at)

idempotency = Table(
    "idempotency",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("key", String(255), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("claimed_at", Float(53), nullable=False),
    Column("status", Integer),
    Column("body", Text),
    PrimaryKeyConstraint("workspace", "key"),
)
Index("ix_idempotency_claimed_at", idempotency.c.claimed_at)
