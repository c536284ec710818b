"""The table of answers to calls that were named by their caller, so that sending one again does nothing twice."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from tocsin.store.schema import Moment
from tocsin.store.schema_logins import metadata  # so that whoever imports this file knows every table

__all__ = ["metadata", "replies"]

replies = Table(
    "replies",
    metadata,
    # Of the caller and the key they chose.
    Column("sha256", String(64), primary_key=True),
    # Of the call itself: the same key for another call is a mistake of the caller.
    Column("asked", String(64), nullable=False),
    # Null while it is being carried out.
    Column("status", Integer),
    Column("body", Text),
    Column("begun_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)
Index("ix_replies_expires", replies.c.expires_at)
