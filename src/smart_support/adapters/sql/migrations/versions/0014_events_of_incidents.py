"""What happened to an incident is found without reading all events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    named = sa.text("incident_id IS NOT NULL")
    columns = ["workspace", "incident_id", "txn", "seq"]
    op.create_index("ix_events_incident", "events", columns, sqlite_where=named, postgresql_where=named)
