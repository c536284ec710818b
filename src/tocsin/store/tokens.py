"""Tokens of the HTTP API. Only the hash of a token is kept: whoever reads the store cannot use one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, insert, select, update

from tocsin.kit.ids import PersonId
from tocsin.store.schema import safe_text, tokens
from tocsin.store.tx import Tx

_TOUCH = timedelta(minutes=1)  # "last used" need not be truer than that, and a write per call would cost


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token.

    Attributes:
        label: what it is for, in its maker's words.
        person: in whose name it speaks, or None for a machine that only hands in alerts or reads.
        scope: "viewer", "responder", "commander" or "admin".
        expires_at: after this it is not taken any more; None: never.
    """

    id: int
    label: str
    person: PersonId | None
    scope: str
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None

    def stands(self, now: datetime) -> bool:
        """Whether it is taken at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def put(
    tx: Tx,
    digest: str,
    label: str,
    person: PersonId | None,
    scope: str,
    by: str,
    now: datetime,
    expires_at: datetime | None,
) -> int:
    """Keep a token by the SHA-256 of its text; returns its number."""
    values = {
        "sha256": digest,
        "label": safe_text(label),
        "person": None if person is None else safe_text(person),
        "scope": scope,
        "made_by": safe_text(by),
        "made_at": now,
        "expires_at": expires_at,
    }
    number: int = tx.execute(insert(tokens).returning(tokens.c.id), values).scalar_one()
    return number


def find(tx: Tx, digest: str) -> TokenRow | None:
    """The token of this hash, also one that is not taken any more; None if there was never one."""
    row = tx.execute(_ALL.where(tokens.c.sha256 == bindparam("digest")), {"digest": digest}).first()
    return None if row is None else _row(*row)


def listing(tx: Tx) -> tuple[TokenRow, ...]:
    """All tokens, the newest first."""
    return tuple(_row(*row) for row in tx.execute(_ALL.order_by(tokens.c.id.desc())))


def any_stands(tx: Tx, now: datetime) -> bool:
    """Whether there is a token that is taken."""
    return any(row.stands(now) for row in listing(tx))


def used(tx: Tx, row: TokenRow, now: datetime) -> None:
    """Remember that it was used, to the minute."""
    tx.execute(update(tokens).where(tokens.c.id == row.id).values(used_at=now))


def stale(row: TokenRow, now: datetime) -> bool:
    """Whether "last used" is worth a write."""
    return row.used_at is None or now - row.used_at >= _TOUCH


def revoke(tx: Tx, number: int, by: str, now: datetime) -> bool:
    """Take it back for good. False if there is none of this number that stands."""
    statement = update(tokens).where(tokens.c.id == number, tokens.c.revoked_at.is_(None))
    return bool(tx.execute(statement.values(revoked_at=now, revoked_by=safe_text(by))).rowcount)


_ALL = select(
    tokens.c.id, tokens.c.label, tokens.c.person, tokens.c.scope, tokens.c.made_by, tokens.c.made_at,
    tokens.c.expires_at, tokens.c.used_at, tokens.c.revoked_at, tokens.c.revoked_by,
)  # fmt: skip


def _row(
    number: int,
    label: str,
    person: str | None,
    scope: str,
    made_by: str,
    made_at: datetime,
    expires_at: datetime | None,
    used_at: datetime | None,
    revoked_at: datetime | None,
    revoked_by: str | None,
) -> TokenRow:
    speaks_for = None if person is None else PersonId(person)
    return TokenRow(
        number, label, speaks_for, scope, made_by, made_at, expires_at, used_at, revoked_at, revoked_by
    )
