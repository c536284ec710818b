"""Passkeys, names at an OpenID provider, challenges that were answered, and how often somebody tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tocsin.kit.ids import sha256
from tocsin.store.schema import safe_text
from tocsin.store.schema_logins import identities, passkeys, spent, tries
from tocsin.store.tx import Tx

_NAME_CHARS = 100


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key that an authenticator keeps for an account.

    Attributes:
        credential: its name as the authenticator says it, base64url. public_key: COSE, base64url.
        counted: what the authenticator counted last; 0 for one that never counts.
    """

    id: int
    account: int
    credential: str
    public_key: str
    counted: int
    name: str
    made_at: datetime
    used_at: datetime | None


# --- passkeys ---


def add_passkey(
    tx: Tx, account: int, credential: str, public_key: str, counted: int, name: str, now: datetime
) -> int | None:
    """Keep a new passkey; its number, or None if this credential was kept before, by anybody."""
    found = tx.execute(select(passkeys.c.id).where(passkeys.c.sha256 == sha256(credential))).first()
    if found is not None:
        return None
    values = {
        "account": account, "sha256": sha256(credential), "credential": credential, "public_key": public_key,
        "counted": counted, "name": safe_text(name)[:_NAME_CHARS], "made_at": now,
    }  # fmt: skip
    number: int = tx.execute(insert(passkeys).returning(passkeys.c.id), values).scalar_one()
    return number


def passkeys_of(tx: Tx, account: int) -> tuple[Passkey, ...]:
    """The passkeys of an account that are taken, the oldest first."""
    standing = _PASSKEYS.where(passkeys.c.account == account, passkeys.c.removed_at.is_(None))
    return tuple(Passkey(*row) for row in tx.execute(standing.order_by(passkeys.c.id)))


def passkey(tx: Tx, credential: str) -> Passkey | None:
    """The passkey of this name that is taken, or None."""
    wanted = _PASSKEYS.where(passkeys.c.sha256 == sha256(credential), passkeys.c.removed_at.is_(None))
    row = tx.execute(wanted).first()
    return None if row is None else Passkey(*row)


def used_passkey(tx: Tx, number: int, before: int, counted: int, now: datetime) -> bool:
    """Note a use. False if it was used by somebody else since `before` was read, or taken away."""
    statement = update(passkeys).where(
        passkeys.c.id == number, passkeys.c.counted == before, passkeys.c.removed_at.is_(None)
    )
    return bool(tx.execute(statement.values(counted=counted, used_at=now)).rowcount)


def rename_passkey(tx: Tx, number: int, account: int, name: str) -> bool:
    """Give it another name. False if the account has none of this number."""
    statement = update(passkeys).where(_own(number, account))
    return bool(tx.execute(statement.values(name=safe_text(name)[:_NAME_CHARS])).rowcount)


def remove_passkey(tx: Tx, number: int, account: int, by: str, now: datetime) -> bool:
    """Take it no more. False if the account has none of this number."""
    statement = update(passkeys).where(_own(number, account))
    return bool(tx.execute(statement.values(removed_at=now, removed_by=safe_text(by))).rowcount)


def remove_passkeys(tx: Tx, account: int, by: str, now: datetime) -> int:
    """Take no passkey of an account any more; how many there were."""
    statement = update(passkeys).where(passkeys.c.account == account, passkeys.c.removed_at.is_(None))
    return tx.execute(statement.values(removed_at=now, removed_by=safe_text(by))).rowcount


# --- names at a provider ---


def account_of(tx: Tx, issuer: str, subject: str) -> int | None:
    """The account of somebody whom a provider knows, or None."""
    wanted = select(identities.c.account).where(
        identities.c.issuer == safe_text(issuer), identities.c.subject == safe_text(subject)
    )
    number: int | None = tx.execute(wanted).scalar()
    return number


def know(tx: Tx, issuer: str, subject: str, account: int, now: datetime) -> None:
    """Remember who this is, or that they came again."""
    same = (identities.c.issuer == safe_text(issuer), identities.c.subject == safe_text(subject))
    if not tx.execute(update(identities).where(*same).values(seen_at=now)).rowcount:
        values = {
            "account": account, "issuer": safe_text(issuer), "subject": safe_text(subject), "made_at": now,
            "seen_at": now,
        }  # fmt: skip
        tx.execute(insert(identities), values)


# --- guards ---


def spend(tx: Tx, challenge: str, expires_at: datetime, now: datetime) -> bool:
    """Use a challenge up. False if it was used before; those that have expired are forgotten."""
    tx.execute(delete(spent).where(spent.c.expires_at < now))
    values = {"sha256": sha256(challenge), "expires_at": expires_at}
    if tx.connection.dialect.name == "sqlite":
        return bool(tx.execute(sqlite.insert(spent).on_conflict_do_nothing(), values).rowcount)
    return bool(tx.execute(postgresql.insert(spent).on_conflict_do_nothing(), values).rowcount)


def take_try(tx: Tx, key: str, at_once: int, every: timedelta, now: datetime) -> timedelta | None:
    """Take one of `at_once` tries, of which one comes back after each `every`: None, or how long until there is one."""
    tx.execute(delete(tries).where(tries.c.full_at < now))
    digest = sha256(key)
    # Whoever tries at the same moment waits for this row.
    row = tx.execute(select(tries.c.full_at).where(tries.c.sha256 == digest).with_for_update()).scalar()
    full_at: datetime = max(row, now) if row is not None else now
    missing = full_at - now
    if missing > every * (at_once - 1):
        return missing - every * (at_once - 1)
    values = {"sha256": digest, "full_at": full_at + every}
    made: sqlite.Insert | postgresql.Insert = (
        sqlite.insert(tries) if tx.connection.dialect.name == "sqlite" else postgresql.insert(tries)
    )
    tx.execute(
        made.on_conflict_do_update(index_elements=["sha256"], set_={"full_at": values["full_at"]}), values
    )
    return None


def forget_tries(tx: Tx, key: str) -> None:
    """All tries are back: the right password was typed."""
    tx.execute(delete(tries).where(tries.c.sha256 == sha256(key)))


def _own(number: int, account: int) -> ColumnElement[bool]:
    return and_(passkeys.c.id == number, passkeys.c.account == account, passkeys.c.removed_at.is_(None))


_PASSKEYS = select(
    passkeys.c.id, passkeys.c.account, passkeys.c.credential, passkeys.c.public_key, passkeys.c.counted,
    passkeys.c.name, passkeys.c.made_at, passkeys.c.used_at,
)  # fmt: skip
