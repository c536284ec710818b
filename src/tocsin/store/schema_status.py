"""The tables of the public status page, beside those of `schema`."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from tocsin.store.schema import Moment, metadata

__all__ = [
    "metadata", "status_announced", "status_days", "status_marks", "status_messages", "status_subscribers",
    "status_works",
]  # fmt: skip

_Id = BigInteger().with_variant(Integer(), "sqlite")

# One row for each check and day (from 1970-01-01): the 90-day bars without reading millions of samples.
status_days = Table(
    "status_days",
    metadata,
    Column("check_id", _Id, ForeignKey("checks.id"), primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("up_ms", Integer, nullable=False),
    Column("degraded_ms", Integer, nullable=False),
    Column("down_ms", Integer, nullable=False),
    Column("unknown_ms", Integer, nullable=False),
    Column("down_spans", Text),
    Column("degraded_spans", Text),
    sqlite_with_rowid=False,
)

# How far the samples of a check are counted into its days.
status_marks = Table(
    "status_marks",
    metadata,
    Column("check_id", _Id, ForeignKey("checks.id"), primary_key=True, autoincrement=False),
    Column("mark", Text, nullable=False),
)

# Work that was announced. Called off, never deleted.
status_works = Table(
    "status_works",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("components", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("announced_at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("over_at", Moment),
)

# Who wants to hear of updates. The address of whoever left is forgotten; its digest and the row stay.
status_subscribers = Table(
    "status_subscribers",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", String(7), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("address", Text),
    Column("secret", Text),
    Column("state", String(9), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("gone_at", Moment),
    Column("why", Text),
)

# Updates that were handed to the subscribers of that moment; nobody is told twice.
status_announced = Table(
    "status_announced",
    metadata,
    Column("update", Text, primary_key=True),
    Column("at", Moment, nullable=False),
)

# One row for each message and subscriber: queued, started (may have been sent), sent or failed.
status_messages = Table(
    "status_messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("subscriber", _Id, ForeignKey("status_subscribers.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(7), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("error", Text),
)
Index(
    "ix_status_messages_not_before",
    status_messages.c.not_before,
    sqlite_where=status_messages.c.state == "queued",
)
Index("ix_status_messages_subscriber", status_messages.c.subscriber)
