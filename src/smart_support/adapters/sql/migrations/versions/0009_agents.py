"""Agents, who holds which ticket, and who declined it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TIMES = ("offer_until", "answered_at", "resolved_at", "escalated_at")
_NAMES = ("last_agent_id", "team")


def upgrade() -> None:
    for name in _NAMES:
        op.add_column("tickets", sa.Column(name, sa.Text()))
    for name in _TIMES:
        op.add_column("tickets", sa.Column(name, sa.Float(53)))
    held = sa.text("agent_id IS NOT NULL")
    op.create_index(
        "ix_tickets_agent", "tickets", ["workspace", "agent_id", "state"], sqlite_where=held, postgresql_where=held
    )
    had = sa.text("last_agent_id IS NOT NULL")
    for name in ("customer_id", "customer_email"):
        columns = ["workspace", name, "accepted_at"]
        op.create_index(f"ix_tickets_{name}", "tickets", columns, sqlite_where=had, postgresql_where=had)
    op.create_table(
        "agents",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("team", sa.Text()),
        sa.Column("hours", sa.JSON()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("heartbeat_at", sa.Float(53)),
        sa.Column("before_silence", sa.String(16)),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_agents"),
    )
    beats = sa.text("heartbeat_at IS NOT NULL AND status <> 'offline'")
    op.create_index("ix_agents_heartbeat_at", "agents", ["heartbeat_at"], sqlite_where=beats, postgresql_where=beats)
    op.create_table(
        "declines",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(128), nullable=False),
        sa.Column("agent_id", sa.String(128), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "ticket_id", "agent_id", name="pk_declines"),
        sa.ForeignKeyConstraint(
            ["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"], name="fk_declines_workspace_ticket_id"
        ),
        sqlite_with_rowid=False,
    )
