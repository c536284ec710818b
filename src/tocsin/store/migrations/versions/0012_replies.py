"""Answers to calls that were named by their caller (Idempotency-Key)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "replies",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_replies")),
    )
    op.create_index("ix_replies_expires", "replies", ["expires_at"])
