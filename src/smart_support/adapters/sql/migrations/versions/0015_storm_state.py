"""What the leader sees of storms that may be forming; workers tell how long their runs take, and their limits; how many
tickets were triaged is counted by an index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "storm_state",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("workspace", name=op.f("pk_storm_state")),
    )
    op.add_column("workers", sa.Column("run_p95", sa.Float(precision=53)))
    op.add_column("workers", sa.Column("limits", sa.JSON(), nullable=False, server_default="{}"))
    done = sa.text("processed_at IS NOT NULL")
    columns = ["workspace", "processed_at"]
    op.create_index("ix_tickets_processed_at", "tickets", columns, sqlite_where=done, postgresql_where=done)
