"""People who log in: the one-time link, password and second factor, sessions.

Passwords are kept as argon2id; the second factor is a time-based code (RFC 6238), and no code is taken twice. What a
stranger is told never says which part was wrong.
"""

import logging
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tocsin.errors import InputError, NotFound, Refused
from tocsin.kit.ids import PersonId, sha256
from tocsin.kit.sealing import Sealer
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts, logins
from tocsin.store.accounts import Account, Invitation, Session
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.app")

FIRST_BY = "tocsin serve"  # who makes the first admin's link
LINK_LIFE = timedelta(hours=24)
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
PASSWORD_CHARS = (12, 200)
_LOGIN_CHARS = 64
_TOKEN_BYTES = 32
_STEP_SECONDS = 30
_DRIFT_STEPS = 1  # a phone's clock may be this far off (RFC 6238, 5.2)

_hasher = PasswordHasher()
# One hash takes 64 MB and a core for some 50 ms: a flood of logins must not take the machine from the engine.
_hashing = threading.BoundedSemaphore(2)
# The hash of a password that nobody knows, verified where there is no such account, so that both take the same time. It
# is written down because making it costs a tenth of every start.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$TYGa+fWJ++TMWDUMQYwufQ$9UqzqEXSZiz1dxk9z72QZY4AwO2oAmmj8YyfQ4XlbL4"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who a session speaks for: the person and the most they may do, as the settings and the account say now."""

    session: Session
    account: Account
    person: PersonId | None
    role: AccessRole


def first_link(database: Database, now: datetime) -> str | None:
    """The secret of a link that makes the first admin, or None if somebody can log in already.

    A link made before is ended by this: only the newest one printed is good.
    """
    with database.read() as tx:
        if accounts.any_open(tx):
            return None
    secret = secrets.token_urlsafe(_TOKEN_BYTES)
    with database.write() as tx:
        accounts.invite(
            tx, sha256(secret), None, None, AccessRole.ADMIN.value, FIRST_BY, now, now + LINK_LIFE
        )
    return secret


def invite(
    database: Database,
    roster: Roster,
    login: str,
    person: PersonId | None,
    role: AccessRole,
    by: str,
    now: datetime,
) -> str:
    """A one-time link for a colleague, or for one who lost the password or the phone; returns its secret.

    Raises:
        InputError: the login cannot be one, or nobody knows the person.
    """
    login = login_name(login)
    _known(roster, person)
    secret = secrets.token_urlsafe(_TOKEN_BYTES)
    with database.write() as tx:
        accounts.invite(tx, sha256(secret), login, person, role.value, by, now, now + LINK_LIFE)
    return secret


def invitation(database: Database, secret: str, now: datetime) -> Invitation | None:
    """The link of this secret if it can still be used. Changes nothing."""
    with database.read() as tx:
        found = accounts.invitation(tx, sha256(secret))
    return found if found is not None and found.stands(now) else None


def accept(
    database: Database,
    roster: Roster,
    secret: str,
    login: str,
    person: PersonId | None,
    password: str,
    totp: str,
    code: str,
    now: datetime,
    *,
    sealer: Sealer,
) -> Account:
    """Use a link: choose the password, prove the second factor. The link is used up; sessions and passkeys of the
    account end.

    Args:
        login, person: taken only where the link leaves them open, as the first admin's does.
        totp: the secret that was shown. code: what the phone shows for it. sealer: how the secret is kept.

    Raises:
        Refused: the link is used or too old, or the code is wrong. InputError: login or password cannot be taken.
    """
    found = invitation(database, secret, now)
    if found is None:
        raise Refused("This link has been used, or is too old.", hint="Ask for another one.")
    login = login_name(found.login if found.login is not None else login)
    person = found.person if found.login is not None else person
    _known(roster, person)
    least, most = PASSWORD_CHARS
    if not least <= len(password) <= most:
        raise InputError(
            f"A password has {least} to {most} characters.", hint="A sentence is easy to remember."
        )
    step = code_step(totp, code, now)
    if step is None:
        raise Refused("The code does not fit.", hint="Type the six digits the app shows now.")
    kept = hashed(password)
    plain, sealed = ("", sealer.seal(totp)) if sealer.seals else (totp, None)
    with database.write() as tx:
        if not accounts.use(tx, found.id, now):
            raise Refused("This link has been used.", hint="Ask for another one.")
        known = accounts.by_login(tx, login)
        if known is not None and found.login is None:
            raise Refused(f'"{login}" is taken.', hint="Choose another name.")
        if known is not None:
            accounts.reset(tx, known.id, kept, plain, step, sealed)
            accounts.change_role(tx, known.id, found.role, person)
            accounts.revoke_all(tx, known.id, "a new password", now)
            logins.remove_passkeys(tx, known.id, "a new password", now)
        else:
            new = Account(0, login, person, found.role, kept, plain, step, found.made_by, now, None, sealed)
            accounts.put(tx, new)
        made = accounts.by_login(tx, login)
    assert made is not None
    return made


def log_in(
    database: Database,
    login: str,
    password: str,
    code: str,
    address: str,
    agent: str,
    now: datetime,
    *,
    sealer: Sealer,
) -> str | None:
    """A new session; returns the text of its cookie, which is kept nowhere. None: something is wrong, never said what."""
    with database.read() as tx:
        account = accounts.by_login(tx, login.strip().casefold()[:_LOGIN_CHARS])
    right = _verified(account.password if account is not None else NOBODY, password[: PASSWORD_CHARS[1]])
    if account is None or account.closed_at is not None or not right:
        return None
    totp = _totp(account, sealer)
    step = code_step(totp, code, now) if totp else None
    if step is None:
        return None
    with database.write() as tx:
        if not accounts.take_step(tx, account.id, step):
            return None
    return open_session(database, account, address, agent, now)


def open_session(database: Database, account: Account, address: str, agent: str, now: datetime) -> str:
    """A session of an account that has just proven itself; returns the text of its cookie."""
    cookie = secrets.token_urlsafe(_TOKEN_BYTES)
    with database.write() as tx:
        accounts.begin(tx, sha256(cookie), account.id, now, now + IDLE, address, agent)
    return cookie


def logged_in(database: Database, roster: Roster, cookie: str, now: datetime) -> LoggedIn | None:
    """Who this cookie speaks for, or None. A person who left tocsin.toml is nobody any more."""
    with database.read() as tx:
        found = accounts.session(tx, sha256(cookie))
    if found is None:
        return None
    session, account = found
    if not session.stands(now) or account.closed_at is not None:
        return None
    if account.person is not None and roster.person(account.person) is None:
        return None
    if accounts.stale(session, now):
        with database.write() as tx:
            accounts.seen(tx, session.id, now, min(now + IDLE, session.made_at + LONGEST))
    return LoggedIn(session, account, account.person, AccessRole(account.role))


def log_out(database: Database, number: int, account: int | None, by: str, now: datetime) -> None:
    """End a session; `account`: only if it is one of this account. Raises NotFound."""
    with database.write() as tx:
        if not accounts.revoke(tx, number, account, by, now):
            raise NotFound(f"There is no session {number} that stands.")


def close(database: Database, login: str, by: str, now: datetime) -> None:
    """Nobody logs in with this account any more. Raises NotFound, or Refused for the last admin."""
    with database.write() as tx:
        account = accounts.by_login(tx, login)
        if account is None or account.closed_at is not None:
            raise NotFound(f'Nobody called "{login}" can log in.')
        admins = [
            each
            for each in accounts.listing(tx)
            if each.role == AccessRole.ADMIN.value and each.closed_at is None
        ]
        if admins == [account]:
            raise Refused(f"{login} is the last admin.", hint="Make another one first.")
        accounts.close(tx, account.id, by, now)


def seal_all(database: Database, sealer: Sealer) -> int:
    """Seal what stands in the store in the clear or under an older key; how many secrets were sealed anew."""
    done = 0
    with database.read() as tx:
        known = accounts.listing(tx)
    for each in known:
        if each.sealed is not None and sealer.open(each.sealed) is None:
            logger.warning(
                "the second factor of %s is sealed with a key that is not set (TOCSIN_KEY): %s cannot log in with a code",
                each.login, each.login,
            )  # fmt: skip
        elif each.totp and sealer.seals:
            with database.write() as tx:
                accounts.seal(tx, each.id, sealer.seal(each.totp))
            done += 1
        elif each.sealed is not None and not sealer.newest(each.sealed):
            with database.write() as tx:
                accounts.seal(tx, each.id, sealer.seal(sealer.open(each.sealed) or ""))
            done += 1
    return done


def new_totp() -> str:
    """A fresh secret for an authenticator app, base32."""
    return pyotp.random_base32()


def code_step(totp: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, near `now`; None if it is none of them."""
    plain = "".join(code.split())
    if len(plain) != 6 or not (plain.isascii() and plain.isdigit()):
        return None
    current = int(now.timestamp()) // _STEP_SECONDS
    maker = pyotp.TOTP(totp, interval=_STEP_SECONDS)
    for step in (current, *(current + sign * n for n in range(1, _DRIFT_STEPS + 1) for sign in (-1, 1))):
        if secrets.compare_digest(maker.generate_otp(step), plain):
            return step
    return None


def hashed(password: str) -> str:
    """A password as it is kept."""
    with _hashing:
        return _hasher.hash(password)


def _verified(known: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False


def _totp(account: Account, sealer: Sealer) -> str:
    """The shared secret of an account, or "" where it has none or it cannot be opened."""
    return account.totp if account.sealed is None else sealer.open(account.sealed) or ""


def login_name(text: str) -> str:
    """A name to log in with as it is kept. Raises InputError for what can be none."""
    login = text.strip().casefold()
    if not 0 < len(login) <= _LOGIN_CHARS or not all(each.isalnum() or each in "._-@" for each in login):
        raise InputError(
            f"A name to log in with has 1 to {_LOGIN_CHARS} letters, digits, dots and dashes.",
            hint='For example "ana".',
        )
    return login


def _known(roster: Roster, person: PersonId | None) -> None:
    if person is not None and roster.person(person) is None:
        raise InputError(
            f'"{person}" is not among the people of tocsin.toml.',
            hint=f"Known: {', '.join(each.id for each in roster.people) or 'nobody yet'}.",
        )
