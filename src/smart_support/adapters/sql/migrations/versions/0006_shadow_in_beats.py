"""Workers tell what the model in shadow was not asked about, and which models they cannot load."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("shadow_dropped", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("workers", sa.Column("refusals", sa.JSON(), nullable=False, server_default="[]"))
