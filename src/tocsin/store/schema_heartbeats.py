"""The tables of heartbeats and of the jobs tocsin starts itself, beside those of `schema`."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from tocsin.store.schema import Moment
from tocsin.store.schema_intake import metadata  # so that whoever imports this file knows every table

__all__ = ["heartbeat_keys", "heartbeat_misses", "heartbeat_pings", "heartbeats", "job_runs", "metadata"]

_Id = BigInteger().with_variant(Integer(), "sqlite")

# One row for each job that has to report. `deadline` is when its silence has to be told: a restart forgets none.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("endpoint", Text, nullable=False),  # the name in Gatus' spelling
    Column("spec", Text),  # of one that its sender made; what tocsin.toml says is not kept twice
    Column("state", Text, nullable=False),
    Column("deadline", Moment),
    Column("pings", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("made_at", Moment, nullable=False),
)
Index("ix_heartbeats_endpoint", heartbeats.c.endpoint)
Index(
    "ix_heartbeats_deadline",
    heartbeats.c.deadline,
    sqlite_where=heartbeats.c.deadline.is_not(None),
)

# The newest pings of each, numbered from 1.
heartbeat_pings = Table(
    "heartbeat_pings",
    metadata,
    Column("heartbeat_id", _Id, ForeignKey("heartbeats.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("format", String(12), nullable=False),
    Column("rid", Text),
    Column("exit", Integer),
    Column("ms", BigInteger),
    Column("method", Text),
    Column("agent", Text),
    Column("source", Text),
    Column("body", Text),
    sqlite_with_rowid=False,
)

# Deadlines that passed without a success, one row for each.
heartbeat_misses = Table(
    "heartbeat_misses",
    metadata,
    Column("heartbeat_id", _Id, ForeignKey("heartbeats.id"), primary_key=True, autoincrement=False),
    Column("expected_at", Moment, primary_key=True),
    Column("deadline_at", Moment, nullable=False),
    Column("last_state", String(10), nullable=False),
    Column("told_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# Keys that pings show, by their hash; `heartbeat` is empty for one that speaks for all. Revoked, never deleted.
heartbeat_keys = Table(
    "heartbeat_keys",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("heartbeat", Text),
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

# One row for each planned time of a job that tocsin starts: taken before the start, ended after the end.
job_runs = Table(
    "job_runs",
    metadata,
    Column("job", Text, primary_key=True),
    Column("due_at", Moment, primary_key=True),
    Column("state", String(11), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("said", Text),
    sqlite_with_rowid=False,
)
