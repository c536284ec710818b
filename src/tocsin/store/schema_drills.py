"""The table of drills, beside those of `schema`."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from tocsin.store.schema import Moment
from tocsin.store.schema_heartbeats import metadata  # so that whoever imports this file knows every table

__all__ = ["drills", "metadata"]

# What each drill proved. `verdict` and `runs` are JSON, for people and reports; the rest is what is asked by.
drills = Table(
    "drills",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("runbook", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("text_sha256", String(64), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("expected", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("runs", Text, nullable=False),
    Column("by", Text, nullable=False),
)
Index("ix_drills_at", drills.c.at)
