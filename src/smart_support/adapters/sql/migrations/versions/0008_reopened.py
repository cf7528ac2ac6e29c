"""When an incident was last opened again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("reopened_at", sa.Float(53)))


def downgrade() -> None:
    op.drop_column("incidents", "reopened_at")
