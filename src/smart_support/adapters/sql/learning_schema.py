"""The tables of learning: what people correct, which models there are, and what those on trial say. Scope and times are
as in `schema`."""

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

feedback = Table(
    "feedback",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("actor", Text, nullable=False),
    Column("category", Text),
    Column("urgency", Float(53)),
    Column("not_duplicate", Boolean),
    Column("note", Text),
    Column("model_version", Text, nullable=False),
    Column("said_category", Text, nullable=False),
    Column("said_urgency", Float(53), nullable=False),
    PrimaryKeyConstraint("workspace", "id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
)
Index("ix_feedback_ticket", feedback.c.workspace, feedback.c.ticket_id, feedback.c.at)
Index("ix_feedback_at", feedback.c.workspace, feedback.c.at, feedback.c.id)

models = Table(
    "models",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("version", String(128), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("bundles", JSON, nullable=False),
    Column("added_at", Float(53), nullable=False),
    Column("role", String(16)),
    PrimaryKeyConstraint("workspace", "version"),
)
Index(
    "ix_models_role",
    models.c.workspace,
    models.c.role,
    unique=True,
    sqlite_where=text("role IS NOT NULL"),
    postgresql_where=text("role IS NOT NULL"),
)

shadow_results = Table(
    "shadow_results",
    metadata,
    Column("workspace", String(64), nullable=False),
    Column("shadow_version", String(128), nullable=False),
    Column("ticket_id", String(128), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("active_version", Text, nullable=False),
    Column("active_category", Text, nullable=False),
    Column("active_urgency", Float(53), nullable=False),
    Column("active_confidence", Float(53), nullable=False),
    Column("shadow_category", Text, nullable=False),
    Column("shadow_urgency", Float(53), nullable=False),
    Column("shadow_confidence", Float(53), nullable=False),
    PrimaryKeyConstraint("workspace", "shadow_version", "ticket_id"),
    ForeignKeyConstraint(["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"]),
)
Index("ix_shadow_results_at", shadow_results.c.at)
