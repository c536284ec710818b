"""The tables, once for SQLite and PostgreSQL. Changing one needs a new file in `migrations/versions`.

Times are text of one fixed width in UTC (`2026-11-21T03:15:00.000000Z`): they sort as text, and a person who
opens the database at night can read them. The exception is `samples`, which is counted in bytes per row.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

VERSION = "0015"
VERSION_TABLE = "tocsin_schema"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def written(at: datetime) -> str:
    """A moment as the database keeps it. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be stored: {at!r}")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def read(text: str) -> datetime:
    """The moment that `written` wrote."""
    return datetime.fromisoformat(text)


def safe_text(text: str) -> str:
    """Text that both databases can keep: NUL and lone surrogates become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def safe_json(text: str) -> str:
    r"""The same JSON value in characters both databases can keep: NUL and lone surrogates as \uXXXX."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\\u0000").encode("utf-8", "backslashreplace").decode("utf-8")


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC, kept as text that sorts."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else read(value)


# SQLite gives automatic ids only to a column declared INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# `at` is plain text here: the chain is over the text as stored, and an edited spelling must not read the same.
events = Table(
    "events",
    metadata,
    Column("seq", _Id, primary_key=True, autoincrement=False),
    Column("incident", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", String(27), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("incident", "position"),
)

# One row: where the chain ends. The log alone could not notice that its last lines were deleted.
chain = Table(
    "chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("incident", Text),
    Column("dedup", Text, unique=True),
    Column("handled_at", Moment),
    Column("answer", Text),
)
Index(
    "ix_signals_waiting",
    signals.c.id,
    sqlite_where=signals.c.handled_at.is_(None),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("incident", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("state", String(9), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", Text),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("outcome", Text),
    Column("error", Text),
    Column("who", Text),
)
Index(
    "ix_outbox_queued",
    outbox.c.priority,
    outbox.c.id,
    sqlite_where=outbox.c.state == "queued",
)
Index(
    "ix_outbox_started",
    outbox.c.id,
    sqlite_where=outbox.c.state == "started",
)
Index("ix_outbox_incident", outbox.c.incident)

clocks = Table(
    "clocks",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("incident", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("stopped_at", Moment),
    Column("stopped_by", Text),
    Column("fired_at", Moment),
)
_running = clocks.c.fired_at.is_(None) & clocks.c.stopped_at.is_(None)
Index("ix_clocks_running", clocks.c.due_at, sqlite_where=_running)
Index("ix_clocks_incident", clocks.c.incident)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("severity", Text),
    Column("stage", Text, nullable=False),
    Column("section", Text),
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("resolved_at", Moment),
    Column("drill", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
)
_open = incidents.c.resolved_at.is_(None)
Index("ix_incidents_open", incidents.c.number, sqlite_where=_open)

incident_fingerprints = Table(
    "incident_fingerprints",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("incident", Text, ForeignKey("incidents.id"), primary_key=True),
)
Index("ix_incident_fingerprints_incident", incident_fingerprints.c.incident)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("incident", Text),
    Column("suppressed", Text),
    Column("accounted_at", Moment),
    Column("request", BigInteger),
    Column("grouped", Text),
)
Index(
    "ix_alerts_unaccounted",
    alerts.c.id,
    sqlite_where=alerts.c.accounted_at.is_(None),
)
Index("ix_alerts_incident", alerts.c.incident)
_by_request = alerts.c.request.is_not(None)
Index("ix_alerts_request", alerts.c.request, sqlite_where=_by_request)
_in_group = alerts.c.grouped.is_not(None)
Index("ix_alerts_grouped", alerts.c.grouped, sqlite_where=_in_group)

checks = Table(
    "checks",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text),
    Column("verdict", SmallInteger),
    Column("message", Text),
    Column("note", Text),
)

# Clustered by its key: 21 bytes a row instead of 44 (SQLite; PostgreSQL has no such tables).
samples = Table(
    "samples",
    metadata,
    Column("check_id", _Id, ForeignKey("checks.id"), primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("ms", Integer),
    Column("verdict", SmallInteger, nullable=False),
    Column("message", Text),
    sqlite_with_rowid=False,
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("stdout", LargeBinary, nullable=False),
    Column("stderr", LargeBinary, nullable=False),
    Column("meta", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("at", Moment, nullable=False),
)
Index("ix_evidence_incident", evidence.c.incident)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

# What people change about the on-call plan for a while. A row is withdrawn, never deleted: who was on call stays known.
amendments = Table(
    "amendments",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("person", Text, nullable=False),
    Column("other", Text),
    Column("level", Integer),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("origin", Text),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", Moment),
)
_stands = amendments.c.withdrawn_at.is_(None)
Index("ix_amendments_ends", amendments.c.ends_at, sqlite_where=_stands)

# One row for each page and channel; the address is kept as a digest only.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("message", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("pager", Text, nullable=False),
    Column("contact", String(32), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("drill", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(11), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("reference", Text),
    Column("detail", Text),
    Column("begun_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("told_at", Moment),
)
Index("ix_deliveries_message", deliveries.c.message)
Index("ix_deliveries_incident", deliveries.c.incident)
Index("ix_deliveries_contact_begun_at", deliveries.c.contact, deliveries.c.begun_at)
Index("ix_deliveries_pager_begun_at", deliveries.c.pager, deliveries.c.begun_at)

# Tokens of the HTTP API, by their hash. Revoked, never deleted: who called last month stays known.
tokens = Table(
    "tokens",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("person", Text),
    Column("scope", String(10), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    Column("revoked_by", Text),
)
