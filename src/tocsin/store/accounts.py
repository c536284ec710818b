"""Who may log in, where they are logged in, and the links that let somebody in for the first time.

Of sessions and links only the hash is kept: whoever reads the store cannot use one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from tocsin.kit.ids import PersonId
from tocsin.store.schema import safe_text
from tocsin.store.schema_accounts import accounts, invitations, sessions
from tocsin.store.tx import Tx

_TOUCH = timedelta(minutes=1)  # "last seen" need not be truer than that, and a write per page would cost
_AGENT_CHARS, _ADDRESS_CHARS = 200, 80


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in.

    Attributes:
        login: the name typed. person: in whose name they act, or None for one who only looks and administrates.
        role: "viewer", "responder", "commander" or "admin". password: an argon2 hash, or "" for one who has none.
        totp: the shared secret, base32, or "". sealed: the same, as `kit.sealing` seals it, or None.
        totp_step: the last time step whose code was taken.
    """

    id: int
    login: str
    person: PersonId | None
    role: str
    password: str
    totp: str
    totp_step: int
    made_by: str
    made_at: datetime
    closed_at: datetime | None
    sealed: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Where somebody is logged in. address, agent: as seen at the login, for people to recognise it."""

    id: int
    account: int
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    revoked_at: datetime | None

    def stands(self, now: datetime) -> bool:
        """Whether it is taken at this moment."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets somebody choose a password, once. login: whose it is, or None for a new account."""

    id: int
    login: str | None
    person: PersonId | None
    role: str
    made_by: str
    expires_at: datetime
    used_at: datetime | None

    def stands(self, now: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and now < self.expires_at


# --- accounts ---


def put(tx: Tx, account: Account) -> int:
    """Keep a new account; its `id` is given. Returns the id."""
    values = {
        "login": safe_text(account.login),
        "person": None if account.person is None else safe_text(account.person),
        "role": account.role,
        "password": account.password,
        "totp": account.totp,
        "totp_sealed": account.sealed,
        "totp_step": account.totp_step,
        "made_by": safe_text(account.made_by),
        "made_at": account.made_at,
    }
    number: int = tx.execute(insert(accounts).returning(accounts.c.id), values).scalar_one()
    return number


def any_open(tx: Tx) -> bool:
    """Whether anybody can log in at all."""
    return bool(
        tx.execute(select(func.count()).select_from(accounts).where(accounts.c.closed_at.is_(None))).scalar()
    )


def by_login(tx: Tx, login: str) -> Account | None:
    """The account of this name, closed ones too; None if there was never one."""
    row = tx.execute(_ACCOUNTS.where(accounts.c.login == safe_text(login))).first()
    return None if row is None else _account(*row)


def listing(tx: Tx) -> tuple[Account, ...]:
    """All accounts by name."""
    return tuple(_account(*row) for row in tx.execute(_ACCOUNTS.order_by(accounts.c.login)))


def by_id(tx: Tx, number: int) -> Account | None:
    """The account of this number, closed ones too."""
    row = tx.execute(_ACCOUNTS.where(accounts.c.id == number)).first()
    return None if row is None else _account(*row)


def reset(tx: Tx, account: int, password: str, totp: str, totp_step: int, sealed: str | None = None) -> None:
    """A new password and second factor; an account that was closed is open again."""
    statement = update(accounts).where(accounts.c.id == account)
    tx.execute(
        statement.values(
            password=password,
            totp=totp,
            totp_sealed=sealed,
            totp_step=totp_step,
            closed_at=None,
            closed_by=None,
        )
    )


def seal(tx: Tx, account: int, sealed: str) -> None:
    """Keep the second factor's secret sealed only."""
    tx.execute(update(accounts).where(accounts.c.id == account).values(totp="", totp_sealed=sealed))


def change_role(tx: Tx, account: int, role: str, person: PersonId | None) -> None:
    """What the account may do, and in whose name."""
    statement = update(accounts).where(accounts.c.id == account)
    tx.execute(statement.values(role=role, person=None if person is None else safe_text(person)))


def take_step(tx: Tx, account: int, step: int) -> bool:
    """Use the code of a time step up. False if it, or a later one, was used before."""
    statement = update(accounts).where(accounts.c.id == account, accounts.c.totp_step < step)
    return bool(tx.execute(statement.values(totp_step=step)).rowcount)


def close(tx: Tx, account: int, by: str, now: datetime) -> bool:
    """Nobody logs in with it any more, and its sessions end. False if it was closed already."""
    statement = update(accounts).where(accounts.c.id == account, accounts.c.closed_at.is_(None))
    if not tx.execute(statement.values(closed_at=now, closed_by=safe_text(by))).rowcount:
        return False
    revoke_all(tx, account, by, now)
    return True


# --- sessions ---


def begin(
    tx: Tx, digest: str, account: int, now: datetime, expires_at: datetime, address: str, agent: str
) -> int:
    """Keep a new session by the SHA-256 of its cookie; returns its number."""
    values = {
        "sha256": digest,
        "account": account,
        "made_at": now,
        "seen_at": now,
        "expires_at": expires_at,
        "address": safe_text(address)[:_ADDRESS_CHARS],
        "agent": safe_text(agent)[:_AGENT_CHARS],
    }
    number: int = tx.execute(insert(sessions).returning(sessions.c.id), values).scalar_one()
    return number


def session(tx: Tx, digest: str) -> tuple[Session, Account] | None:
    """The session of this cookie with its account, also one that is not taken any more."""
    joined = select(*_SESSION_COLUMNS, *_ACCOUNT_COLUMNS).join(accounts, accounts.c.id == sessions.c.account)
    row = tx.execute(joined.where(sessions.c.sha256 == digest)).first()
    if row is None:
        return None
    cut = len(_SESSION_COLUMNS)
    return Session(*row[:cut]), _account(*row[cut:])


def sessions_of(tx: Tx, account: int | None = None) -> tuple[Session, ...]:
    """Sessions that were not revoked, the newest first; of everybody, or of one account."""
    statement = select(*_SESSION_COLUMNS).where(sessions.c.revoked_at.is_(None))
    if account is not None:
        statement = statement.where(sessions.c.account == account)
    return tuple(Session(*row) for row in tx.execute(statement.order_by(sessions.c.id.desc())))


def stale(found: Session, now: datetime) -> bool:
    """Whether "last seen" is worth a write."""
    return now - found.seen_at >= _TOUCH


def seen(tx: Tx, number: int, now: datetime, expires_at: datetime) -> None:
    """Remember that it was used, and how long it lasts now."""
    tx.execute(update(sessions).where(sessions.c.id == number).values(seen_at=now, expires_at=expires_at))


def revoke(tx: Tx, number: int, account: int | None, by: str, now: datetime) -> bool:
    """End a session. False if none of this number, and of this account if one is named, stands."""
    statement = update(sessions).where(sessions.c.id == number, sessions.c.revoked_at.is_(None))
    if account is not None:
        statement = statement.where(sessions.c.account == account)
    return bool(tx.execute(statement.values(revoked_at=now, revoked_by=safe_text(by))).rowcount)


def revoke_all(tx: Tx, account: int, by: str, now: datetime) -> int:
    """End every session of an account; how many there were."""
    statement = update(sessions).where(sessions.c.account == account, sessions.c.revoked_at.is_(None))
    return tx.execute(statement.values(revoked_at=now, revoked_by=safe_text(by))).rowcount


# --- invitations ---


def invite(
    tx: Tx,
    digest: str,
    login: str | None,
    person: PersonId | None,
    role: str,
    by: str,
    now: datetime,
    expires_at: datetime,
) -> int:
    """Keep a one-time link by the SHA-256 of its secret. Links of the same maker for the same login end."""
    same = invitations.c.login.is_(None) if login is None else invitations.c.login == safe_text(login)
    tx.execute(
        update(invitations)
        .where(same, invitations.c.made_by == safe_text(by), invitations.c.used_at.is_(None))
        .values(used_at=now)
    )
    values = {
        "sha256": digest,
        "login": None if login is None else safe_text(login),
        "person": None if person is None else safe_text(person),
        "role": role,
        "made_by": safe_text(by),
        "made_at": now,
        "expires_at": expires_at,
    }
    number: int = tx.execute(insert(invitations).returning(invitations.c.id), values).scalar_one()
    return number


def invitation(tx: Tx, digest: str) -> Invitation | None:
    """The link of this secret, also one that was used or has expired."""
    columns = (
        invitations.c.id, invitations.c.login, invitations.c.person, invitations.c.role, invitations.c.made_by,
        invitations.c.expires_at, invitations.c.used_at,
    )  # fmt: skip
    row = tx.execute(select(*columns).where(invitations.c.sha256 == digest)).first()
    return None if row is None else Invitation(*row)


def use(tx: Tx, number: int, now: datetime) -> bool:
    """Use a link up. False if it was used before."""
    statement = update(invitations).where(invitations.c.id == number, invitations.c.used_at.is_(None))
    return bool(tx.execute(statement.values(used_at=now)).rowcount)


_ACCOUNT_COLUMNS = (
    accounts.c.id, accounts.c.login, accounts.c.person, accounts.c.role, accounts.c.password, accounts.c.totp,
    accounts.c.totp_step, accounts.c.made_by, accounts.c.made_at, accounts.c.closed_at, accounts.c.totp_sealed,
)  # fmt: skip
_ACCOUNTS = select(*_ACCOUNT_COLUMNS)
_SESSION_COLUMNS = (
    sessions.c.id, sessions.c.account, sessions.c.made_at, sessions.c.seen_at, sessions.c.expires_at,
    sessions.c.address, sessions.c.agent, sessions.c.revoked_at,
)  # fmt: skip


def _account(
    number: int,
    login: str,
    person: str | None,
    role: str,
    password: str,
    totp: str,
    totp_step: int,
    made_by: str,
    made_at: datetime,
    closed_at: datetime | None,
    sealed: str | None,
) -> Account:
    speaks_for = None if person is None else PersonId(person)
    return Account(
        number, login, speaks_for, role, password, totp, totp_step, made_by, made_at, closed_at, sealed
    )
