"""Leases; tickets without a place in the order need none in its index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.drop_index("ix_tickets_dispatch_order", "tickets")
    op.create_index(
        "ix_tickets_dispatch_order",
        "tickets",
        ["workspace", "dispatch_order"],
        unique=True,
        sqlite_where=sa.text("dispatch_order IS NOT NULL"),
        postgresql_where=sa.text("dispatch_order IS NOT NULL"),
    )
