"""When an incident was last opened again, and what a dismissed one was about; its members are found in the order of
dispatch, a page at a time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("reopened_at", sa.Float(53)))
    op.add_column("cannot_links", sa.Column("representative", sa.String(128)))
    op.create_index(
        "ix_tickets_incident",
        "tickets",
        ["workspace", "incident_id", "dispatch_order"],
        unique=False,
        sqlite_where=sa.text("incident_id IS NOT NULL"),
        postgresql_where=sa.text("incident_id IS NOT NULL"),
    )
