"""Where the traces of tickets, alerts and messages go on; and messages that were given up, whosever they are, are found
by an index."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    for table in ("outbox", "alerts", "messages"):
        op.add_column(table, sa.Column("traceparent", sa.String(length=55)))
    dead = sa.text("state = 'dead'")
    op.create_index("ix_messages_dead", "messages", ["destination"], sqlite_where=dead, postgresql_where=dead)
