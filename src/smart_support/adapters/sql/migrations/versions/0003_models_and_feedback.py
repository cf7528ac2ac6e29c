"""What people say of tickets, the models that can be put to work, and what a model in shadow says."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("corrected_at", sa.Float(precision=53), nullable=True))
    op.create_table(
        "feedback",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.String(length=128), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("urgency", sa.Float(precision=53), nullable=True),
        sa.Column("not_duplicate", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("said_category", sa.Text(), nullable=False),
        sa.Column("said_urgency", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "ticket_id"],
            ["tickets.workspace", "tickets.id"],
            name=op.f("fk_feedback_workspace_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("workspace", "id", name=op.f("pk_feedback")),
    )
    op.create_index("ix_feedback_ticket", "feedback", ["workspace", "ticket_id", "at"], unique=False)
    op.create_index("ix_feedback_at", "feedback", ["workspace", "at", "id"], unique=False)
    op.create_table(
        "models",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("bundles", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.Float(precision=53), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("workspace", "version", name=op.f("pk_models")),
    )
    op.create_index(
        "ix_models_role",
        "models",
        ["workspace", "role"],
        unique=True,
        sqlite_where=sa.text("role IS NOT NULL"),
        postgresql_where=sa.text("role IS NOT NULL"),
    )
    op.create_table(
        "shadow_results",
        sa.Column("workspace", sa.String(length=64), nullable=False),
        sa.Column("shadow_version", sa.String(length=128), nullable=False),
        sa.Column("ticket_id", sa.String(length=128), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("active_version", sa.Text(), nullable=False),
        sa.Column("active_category", sa.Text(), nullable=False),
        sa.Column("active_urgency", sa.Float(precision=53), nullable=False),
        sa.Column("active_confidence", sa.Float(precision=53), nullable=False),
        sa.Column("shadow_category", sa.Text(), nullable=False),
        sa.Column("shadow_urgency", sa.Float(precision=53), nullable=False),
        sa.Column("shadow_confidence", sa.Float(precision=53), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace", "ticket_id"],
            ["tickets.workspace", "tickets.id"],
            name=op.f("fk_shadow_results_workspace_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("workspace", "shadow_version", "ticket_id", name=op.f("pk_shadow_results")),
    )
    op.create_index("ix_shadow_results_at", "shadow_results", ["at"], unique=False)
