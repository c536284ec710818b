"""The tables of ways to log in beside the password: passkeys, names at a company's provider; and what guards every way."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from tocsin.store.schema import Moment
from tocsin.store.schema_drills import metadata  # so that whoever imports this file knows every table

__all__ = ["identities", "metadata", "passkeys", "spent", "tries"]

_Id = BigInteger().with_variant(Integer(), "sqlite")

# Taken away, never deleted: by which key somebody came stays known.
passkeys = Table(
    "passkeys",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("account", _Id, ForeignKey("accounts.id"), nullable=False),
    # A credential's name may have 1,364 characters; its hash finds it.
    Column("sha256", String(64), nullable=False, unique=True),
    Column("credential", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    # What the authenticator counts; it must go up, unless it never counts at all (WebAuthn 2, 6.1.1).
    Column("counted", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("removed_at", Moment),
    Column("removed_by", Text),
)
Index("ix_passkeys_account", passkeys.c.account)

# Who somebody is at an OpenID provider: the only name of theirs that never changes.
identities = Table(
    "identities",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("account", _Id, ForeignKey("accounts.id"), nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    UniqueConstraint("issuer", "subject"),
)

# Challenges that were answered: none is taken twice. Forgotten when it would not be taken anyway.
spent = Table(
    "spent",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
)
Index("ix_spent_expires", spent.c.expires_at)

# How often a password was tried, by the hash of the name: a restart, or another process, starts no new count.
tries = Table(
    "tries",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("full_at", Moment, nullable=False),
)
Index("ix_tries_full", tries.c.full_at)
