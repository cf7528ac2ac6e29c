"""Workspaces: those that there are already, `default` at least; and when a key was used last."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("last_used_at", sa.Float(precision=53)))
    op.create_table(
        "workspaces",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
    )
    # Each is looked for behind the one before, in an index: going through all tickets would take minutes.
    op.execute(
        """
        WITH RECURSIVE found(id) AS (
            SELECT min(workspace) FROM tickets
            UNION ALL
            SELECT (SELECT min(workspace) FROM tickets WHERE workspace > found.id) FROM found WHERE found.id IS NOT NULL
        )
        INSERT INTO workspaces (id, name, created_at)
        SELECT id, id, 0 FROM found WHERE id IS NOT NULL
        UNION SELECT workspace, workspace, 0 FROM api_keys
        UNION SELECT workspace, workspace, 0 FROM agents
        UNION SELECT 'default', 'default', 0
        """
    )
