"""Workers and their beats; degraded tickets that wait are found by an index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.Float(precision=53), nullable=False),
        sa.Column("beat_at", sa.Float(precision=53), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("breaker_open", sa.Boolean(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.Float(precision=53), nullable=True),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("run_seconds", sa.Float(precision=53), nullable=False),
        sa.Column("probes", sa.BigInteger(), nullable=False),
        sa.Column("echoes", sa.BigInteger(), nullable=False),
        sa.Column("degraded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_index(
        "ix_tickets_degraded",
        "tickets",
        ["accepted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting' AND degraded = 1"),
        postgresql_where=sa.text("state = 'waiting' AND degraded"),
    )
