"""The public status page: days counted from samples, announced work, subscribers and what they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.String(27)


def upgrade() -> None:
    _counted()
    op.create_table(
        "status_works",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("components", sa.Text(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("announced_at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("over_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_works")),
    )
    _told()


def _counted() -> None:
    op.create_table(
        "status_days",
        sa.Column("check_id", _ID, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("up_ms", sa.Integer(), nullable=False),
        sa.Column("degraded_ms", sa.Integer(), nullable=False),
        sa.Column("down_ms", sa.Integer(), nullable=False),
        sa.Column("unknown_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_status_days_check_id")),
        sa.PrimaryKeyConstraint("check_id", "day", name=op.f("pk_status_days")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "status_marks",
        sa.Column("check_id", _ID, autoincrement=False, nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["check_id"], ["checks.id"], name=op.f("fk_status_marks_check_id")),
        sa.PrimaryKeyConstraint("check_id", name=op.f("pk_status_marks")),
    )


def _told() -> None:
    op.create_table(
        "status_subscribers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("gone_at", _MOMENT, nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_subscribers")),
        sa.UniqueConstraint("digest", name=op.f("uq_status_subscribers_digest")),
    )
    op.create_table(
        "status_announced",
        sa.Column("update", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("update", name=op.f("pk_status_announced")),
    )
    op.create_table(
        "status_messages",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subscriber", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber"], ["status_subscribers.id"], name=op.f("fk_status_messages_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_status_messages_key")),
    )
    op.create_index(
        "ix_status_messages_not_before", "status_messages", ["not_before"],
        sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"),
    )  # fmt: skip
    op.create_index("ix_status_messages_subscriber", "status_messages", ["subscriber"])
