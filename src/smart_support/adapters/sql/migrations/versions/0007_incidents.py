"""Vectors of tickets, Master Incidents, links to them and links that must never be."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

_TICKET = (["workspace", "ticket_id"], ["tickets.workspace", "tickets.id"])


def upgrade() -> None:
    op.add_column("alerts", sa.Column("incident_id", sa.String(64)))
    op.create_table(
        "vectors",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(128), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("vector", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "ticket_id", name="pk_vectors"),
        sa.ForeignKeyConstraint(*_TICKET, name="fk_vectors_workspace_ticket_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "incidents",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("opened_at", sa.Float(53), nullable=False),
        sa.Column("reported_at", sa.Float(53), nullable=False),
        sa.Column("closed_at", sa.Float(53)),
        sa.Column("representative", sa.String(128), nullable=False),
        sa.Column("follows", sa.String(64)),
        sa.Column("merged_into", sa.String(64)),
        sa.Column("likeness", sa.Float(53)),
        sa.Column("cues", sa.JSON(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("workspace", "id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_number", "incidents", ["workspace", "number"], unique=True)
    op.create_index("ix_incidents_state", "incidents", ["workspace", "state", "number"])
    op.create_table(
        "links",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(128), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("similarity", sa.Float(53)),
        sa.Column("representative", sa.String(128)),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("recurrence", sa.Boolean(), nullable=False),
        sa.Column("exception", sa.Text()),
        sa.PrimaryKeyConstraint("workspace", "ticket_id", name="pk_links"),
        sa.ForeignKeyConstraint(*_TICKET, name="fk_links_workspace_ticket_id"),
        sa.ForeignKeyConstraint(
            ["workspace", "incident_id"], ["incidents.workspace", "incidents.id"], name="fk_links_workspace_incident_id"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_links_incident", "links", ["workspace", "incident_id"])
    op.create_table(
        "cannot_links",
        sa.Column("workspace", sa.String(64), nullable=False),
        sa.Column("ticket_id", sa.String(128), nullable=False),
        sa.Column("incident_id", sa.String(64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "ticket_id", "incident_id", name="pk_cannot_links"),
        sa.ForeignKeyConstraint(*_TICKET, name="fk_cannot_links_workspace_ticket_id"),
        sqlite_with_rowid=False,
    )
