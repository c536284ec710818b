"""Heartbeats: jobs that report, their pings, keys and missed deadlines; and the jobs tocsin starts itself."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("deadline", _MOMENT, nullable=True),
        sa.Column("pings", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeats")),
        sa.UniqueConstraint("name", name=op.f("uq_heartbeats_name")),
    )
    op.create_index("ix_heartbeats_endpoint", "heartbeats", ["endpoint"])
    op.create_index(
        "ix_heartbeats_deadline", "heartbeats", ["deadline"],
        sqlite_where=sa.text("deadline IS NOT NULL"), postgresql_where=sa.text("deadline IS NOT NULL"),
    )  # fmt: skip
    _reports()
    op.create_table(
        "heartbeat_keys",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("heartbeat", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat_keys")),
        sa.UniqueConstraint("sha256", name=op.f("uq_heartbeat_keys_sha256")),
    )
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=11), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_job_runs")),
        sqlite_with_rowid=False,
    )


def _reports() -> None:
    op.create_table(
        "heartbeat_pings",
        sa.Column("heartbeat_id", _ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("format", sa.String(length=12), nullable=False),
        sa.Column("rid", sa.Text(), nullable=True),
        sa.Column("exit", sa.Integer(), nullable=True),
        sa.Column("ms", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["heartbeat_id"], ["heartbeats.id"], name=op.f("fk_heartbeat_pings_heartbeat_id")
        ),
        sa.PrimaryKeyConstraint("heartbeat_id", "number", name=op.f("pk_heartbeat_pings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "heartbeat_misses",
        sa.Column("heartbeat_id", _ID, autoincrement=False, nullable=False),
        sa.Column("expected_at", _MOMENT, nullable=False),
        sa.Column("deadline_at", _MOMENT, nullable=False),
        sa.Column("last_state", sa.String(length=10), nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["heartbeat_id"], ["heartbeats.id"], name=op.f("fk_heartbeat_misses_heartbeat_id")
        ),
        sa.PrimaryKeyConstraint("heartbeat_id", "expected_at", name=op.f("pk_heartbeat_misses")),
        sqlite_with_rowid=False,
    )
