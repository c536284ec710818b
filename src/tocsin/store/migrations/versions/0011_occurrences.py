"""What foreign tools tell of that is counted: payments that fail, each by what was said of it last."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "occurrences",
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("bad", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("integration", "rule", "subject", name=op.f("pk_occurrences")),
    )
    op.create_index("ix_occurrences_at", "occurrences", ["integration", "rule", "at"])
