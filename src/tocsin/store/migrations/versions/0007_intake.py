"""The intake of foreign alerts: requests as they came, how each alert stands, silences, changes."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.String(27)


def upgrade() -> None:
    _requests()
    _standings()
    op.create_table(
        "silences",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("matchers", sa.Text(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.create_index("ix_silences_ends_at", "silences", ["ends_at"])
    op.create_table(
        "changes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sa.UniqueConstraint("key", name=op.f("uq_changes_key")),
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    op.add_column("alerts", sa.Column("request", sa.BigInteger(), nullable=True))
    op.add_column("alerts", sa.Column("grouped", sa.Text(), nullable=True))
    _partial("ix_alerts_request", "alerts", ["request"], "request IS NOT NULL")
    _partial("ix_alerts_grouped", "alerts", ["grouped"], "grouped IS NOT NULL")


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_requests_key")),
    )
    _partial("ix_requests_pending", "requests", ["id"], "state = 'pending'")
    _partial("ix_requests_delivery", "requests", ["integration", "delivery"], "delivery IS NOT NULL")
    _partial("ix_requests_refused", "requests", ["integration", "id"], "state = 'refused'")
    op.create_index("ix_requests_received_at", "requests", ["received_at"])


def _standings() -> None:
    op.create_table(
        "standings",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("until", _MOMENT, nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.Column("request", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_standings")),
    )
    _partial("ix_standings_until", "standings", ["until"], "until IS NOT NULL")
    _partial("ix_standings_held", "standings", ["held"], "held IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    """An index of only the rows somebody asks for, on either database."""
    which = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=which, postgresql_where=which)
