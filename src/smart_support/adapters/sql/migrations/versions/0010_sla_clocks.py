"""What tickets were promised, and what of it was told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sla_calendars",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_sla_calendars"),
    )
    op.create_table(
        "sla_clocks",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(128), nullable=False),
        sa.Column("promise", sa.String(16), nullable=False),
        sa.Column("warn_at", sa.Float(53), nullable=False),
        sa.Column("due_at", sa.Float(53), nullable=False),
        sa.Column("calendar", sa.String(64)),
        sa.Column("escalates", sa.Boolean(), nullable=False),
        sa.Column("escalate_to", sa.Text()),
        sa.Column("told", sa.String(16), nullable=False),
        sa.Column("next_at", sa.Float(53)),
        sa.PrimaryKeyConstraint("workspace", "ticket_id", "promise", name="pk_sla_clocks"),
        sa.ForeignKeyConstraint(
            ["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"], name="fk_sla_clocks_workspace_ticket_id"
        ),
        sa.ForeignKeyConstraint(
            ["workspace", "calendar"],
            ["sla_calendars.workspace", "sla_calendars.id"],
            name="fk_sla_clocks_workspace_calendar",
        ),
        sqlite_with_rowid=False,
    )
    ahead = sa.text("next_at IS NOT NULL")
    columns = ["next_at", "workspace", "ticket_id"]
    op.create_index("ix_sla_clocks_next_at", "sla_clocks", columns, sqlite_where=ahead, postgresql_where=ahead)
