"""Alerts become messages to destinations; tickets come from sources, with replies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("source", sa.String(80)))
    op.add_column("tickets", sa.Column("source_id", sa.String(256)))
    if op.get_context().dialect.name == "postgresql":
        op.create_index("ix_events_order", "events", ["txn", "seq"])
    _alerts()
    op.create_table(
        "messages",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("destination", sa.String(80), nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("alert_ids", sa.JSON(), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", sa.Float(53), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("repeat_seconds", sa.Float(53), nullable=False),
        sa.Column("repeat_at", sa.Float(53)),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.Float(53)),
        sa.Column("leased_until", sa.Float(53)),
        sa.Column("sent_at", sa.Float(53)),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint(
            "workspace", "destination", "topic", "ordinal", name="uq_messages_workspace_destination_topic_ordinal"
        ),
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_messages_next",
        "messages",
        ["destination", sa.text("weight DESC"), "due_at"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_index(
        "ix_messages_first",
        "messages",
        ["topic", "workspace", "ordinal"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    repeated = sa.text("repeat_at IS NOT NULL")
    op.create_index(
        "ix_messages_repeat_at", "messages", ["repeat_at"], sqlite_where=repeated, postgresql_where=repeated
    )
    op.create_index("ix_messages_state", "messages", ["workspace", "state", "at"])
    op.create_table(
        "threads",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("destination", sa.String(80), nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("handle", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "destination", "topic", name="pk_threads"),
    )
    op.create_table(
        "told",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("destination", sa.String(80), nullable=False),
        sa.Column("thread", sa.String(256), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "topic", "destination", "thread", name="pk_told"),
    )
    op.create_index("ix_told_thread", "told", ["workspace", "destination", "thread", "at"])
    op.create_table(
        "destinations",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("blocked_until", sa.Float(53), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_destinations"),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursors"),
    )
    _skip_the_past()
    op.create_table(
        "deliveries",
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("id", sa.String(256), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
    op.create_table(
        "replies",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(128), nullable=False),
        sa.Column("id", sa.String(256), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("by_customer", sa.Boolean(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "ticket_id", "id", name="pk_replies"),
        sa.ForeignKeyConstraint(
            ["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"], name="fk_replies_workspace_ticket_id"
        ),
    )


def _skip_the_past() -> None:
    """What happened before is told by nobody."""
    newest = op.get_bind().execute(sa.text("SELECT txn, seq FROM events ORDER BY txn DESC, seq DESC LIMIT 1")).first()
    if newest is not None:
        place = sa.table("cursors", sa.column("name", sa.String), sa.column("value", sa.JSON))
        op.bulk_insert(place, [{"name": "alerts", "value": {"position": f"{newest.txn}-{newest.seq}"}}])


def _alerts() -> None:
    """Those that were sent need not be sent again; those that were not are routed now."""
    op.create_table(
        "alerts_next",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("topic", sa.String(256), nullable=False),
        sa.Column("ticket_id", sa.String(128)),
        sa.Column("incident_id", sa.String(64)),
        sa.Column("data", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("routed_at", sa.Float(53)),
        sa.PrimaryKeyConstraint("id", name="pk_alerts_next"),
        sa.ForeignKeyConstraint(
            ["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"], name="fk_alerts_next_workspace_ticket_id"
        ),
    )
    op.execute(
        "INSERT INTO alerts_next (id, workspace, kind, at, topic, ticket_id, incident_id, routed_at) "
        "SELECT id, workspace, kind, at, CASE WHEN kind LIKE 'incident%' THEN 'incident:' || incident_id "
        "ELSE 'ticket:' || ticket_id END, ticket_id, incident_id, "
        "CASE WHEN state = 'pending' THEN NULL ELSE coalesce(sent_at, at) END FROM alerts"
    )
    op.drop_table("alerts")
    op.rename_table("alerts_next", "alerts")
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE alerts RENAME CONSTRAINT pk_alerts_next TO pk_alerts")
        op.execute(
            "ALTER TABLE alerts RENAME CONSTRAINT fk_alerts_next_workspace_ticket_id TO fk_alerts_workspace_ticket_id"
        )
    unrouted = sa.text("routed_at IS NULL")
    op.create_index("ix_alerts_unrouted", "alerts", ["at"], sqlite_where=unrouted, postgresql_where=unrouted)
    op.create_index("ix_alerts_topic", "alerts", ["workspace", "topic", "at"])
    op.create_index("ix_alerts_kind", "alerts", ["kind", "at"])
