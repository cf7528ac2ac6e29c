"""What was told is found by its time, so that letting go of it reads no more than it lets go; and messages by their
topic, whatever became of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
reading_goes_on = True


def upgrade() -> None:
    for name, table, column, where in (
        ("ix_messages_finished", "messages", "at", "state <> 'pending' AND repeat_at IS NULL"),
        ("ix_alerts_routed", "alerts", "routed_at", "routed_at IS NOT NULL"),
    ):
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_told_at", "told", ["at"])
    op.create_index("ix_messages_topic", "messages", ["workspace", "topic"])
