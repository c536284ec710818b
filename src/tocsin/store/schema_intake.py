"""The tables of the intake of foreign alerts, beside those of `schema`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from tocsin.store.schema import Moment
from tocsin.store.schema_accounts import metadata  # so that whoever imports this file knows every table

__all__ = ["changes", "metadata", "occurrences", "requests", "silences", "standings"]

_Id = BigInteger().with_variant(Integer(), "sqlite")

# Every request as it came, and how far we are with it: pending, read, unparsed, repeated, refused, ignored.
# `key` is ours and unique: what was spooled and stored all the same is stored once.
requests = Table(
    "requests",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("integration", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("source", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("state", String(8), nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("alerts", Integer, nullable=False),
    Column("delivery", Text),
    Column("note", Text),
    Column("read_at", Moment),
)
_pending = requests.c.state == "pending"
Index(
    "ix_requests_waiting",
    requests.c.integration,
    requests.c.id,
    sqlite_where=_pending,
)
_named = requests.c.delivery.is_not(None)
Index(
    "ix_requests_delivery",
    requests.c.integration,
    requests.c.delivery,
    sqlite_where=_named,
)
_refused = requests.c.state == "refused"
Index(
    "ix_requests_refused",
    requests.c.integration,
    requests.c.id,
    sqlite_where=_refused,
)
Index("ix_requests_received_at", requests.c.received_at)

# How each foreign alert stands: what was said of it last, and when it is over unless it is told again.
standings = Table(
    "standings",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("integration", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("alert", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("told_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("until", Moment),
    Column("held", Text),
    Column("request", BigInteger),
)
_lapses = standings.c.until.is_not(None)
Index("ix_standings_until", standings.c.until, sqlite_where=_lapses)
_held = standings.c.held.is_not(None)
Index("ix_standings_held", standings.c.held, sqlite_where=_held)

# What may open no incident for a while. Ended early, never deleted.
silences = Table(
    "silences",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("matchers", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)
Index("ix_silences_ends_at", silences.c.ends_at)

# What was changed on purpose, as other tools tell it; shown beside incidents.
changes = Table(
    "changes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("links", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("told_at", Moment, nullable=False),
)
Index("ix_changes_at", changes.c.at)

# What is counted by a rule, each subject by what was said of it last.
occurrences = Table(
    "occurrences",
    metadata,
    Column("integration", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("bad", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)
Index("ix_occurrences_at", occurrences.c.integration, occurrences.c.rule, occurrences.c.at)
