"""The tables of people who log in, beside those of `schema`: accounts, sessions, invitations."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from tocsin.store.schema import Moment
from tocsin.store.schema_status import metadata

__all__ = ["accounts", "invitations", "metadata", "sessions"]

_Id = BigInteger().with_variant(Integer(), "sqlite")

# Who may log in. Closed, never deleted: who approved last year stays known.
accounts = Table(
    "accounts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("person", Text),
    Column("role", String(10), nullable=False),
    Column("password", Text, nullable=False),
    # In the clear, or "" where it is sealed with a key that the database does not hold.
    Column("totp", String(64), nullable=False),
    # The last time step whose code was taken: no code is taken twice (RFC 6238, 5.2).
    Column("totp_step", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", Text),
    Column("totp_sealed", Text),
)

# By the hash of the cookie: whoever reads the store cannot use one.
sessions = Table(
    "sessions",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("account", _Id, ForeignKey("accounts.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("revoked_at", Moment),
    Column("revoked_by", Text),
)
Index("ix_sessions_account", sessions.c.account)

# One-time links: the first admin's, a new colleague's, and of somebody who lost the password or the phone.
invitations = Table(
    "invitations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("login", String(64)),
    Column("person", Text),
    Column("role", String(10), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
