"""Who may log in to the pages, where they are logged in, and their passkeys: for those who administrate."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from tocsin.app import accounts, passkeys
from tocsin.errors import InputError, NotFound
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept
from tocsin.store import logins
from tocsin.store.tx import Tx
from tocsin.web.api.operation import Call, Operation
from tocsin.web.api.words import Empty, Name, body

_ACCOUNTS, _SESSIONS = "/api/v1/accounts", "/api/v1/sessions"
_NUMBER_CHARS = 9

Login = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class PasskeyView(msgspec.Struct):
    """A passkey of an account."""

    id: int
    name: str
    made_at: datetime
    used_at: datetime | None


class AccountView(msgspec.Struct):
    """Somebody who may log in; `person` is in whose name they act, null for one who only looks and administrates."""

    login: str
    person: str | None
    role: str
    made_by: str
    made_at: datetime
    closed_at: datetime | None
    passkeys: list[PasskeyView]


class Accounts(msgspec.Struct):
    """Every account by name, closed ones too: who approved last year stays known."""

    accounts: list[AccountView]


class InvitationWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to get a link; for a name that is taken already, role and person change when the link is used."""

    login: Login
    role: AccessRole
    person: Name | None = None


class Invitation(msgspec.Struct):
    """The only time the link is shown; it works once. `path` is behind the address of the pages."""

    login: str
    path: str
    expires_at: datetime


class Closed(msgspec.Struct):
    """Nobody logs in with it any more, and its sessions have ended."""

    login: str
    closed: bool


class SessionView(msgspec.Struct):
    """Where somebody is logged in; address and agent as seen at the log-in."""

    id: int
    login: str
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str


class Sessions(msgspec.Struct):
    """Sessions that stand, the newest first."""

    sessions: list[SessionView]


class Ended(msgspec.Struct):
    """The session is taken no more."""

    id: int
    ended: bool


class Removed(msgspec.Struct):
    """The passkey is taken no more."""

    id: int
    removed: bool


def _list(call: Call) -> Accounts:
    with call.app.database.read() as tx:
        return Accounts([_view(tx, each) for each in kept.listing(tx)])


def _view(tx: Tx, each: kept.Account) -> AccountView:
    keys = [
        PasskeyView(key.id, key.name, key.made_at, key.used_at) for key in logins.passkeys_of(tx, each.id)
    ]
    return AccountView(each.login, each.person, each.role, each.made_by, each.made_at, each.closed_at, keys)


def _invite(call: Call) -> Invitation:
    given = body(call, InvitationWanted)
    person = PersonId(given.person) if given.person is not None else None
    secret = accounts.invite(
        call.app.database, call.app.settings.roster, given.login, person, given.role, _by(call), call.now
    )
    return Invitation(given.login.strip().casefold(), f"/welcome/{secret}", call.now + accounts.LINK_LIFE)


def _close(call: Call) -> Closed:
    login = call.path["login"]
    accounts.close(call.app.database, login, _by(call), call.now)
    return Closed(login, True)


def _sessions(call: Call) -> Sessions:
    with call.app.database.read() as tx:
        names = {each.id: each.login for each in kept.listing(tx)}
        rows = [each for each in kept.sessions_of(tx) if each.stands(call.now)]
    return Sessions(
        [
            SessionView(
                each.id, names[each.account], each.made_at, each.seen_at, each.expires_at, each.address, each.agent
            )
            for each in rows
        ]
    )  # fmt: skip


def _end(call: Call) -> Ended:
    number = number_in(call, "session")
    accounts.log_out(call.app.database, number, None, _by(call), call.now)
    return Ended(number, True)


def _remove(call: Call) -> Removed:
    number, login = number_in(call, "passkey"), call.path["login"]
    with call.app.database.read() as tx:
        account = kept.by_login(tx, login)
    if account is None:
        raise NotFound(f'Nobody called "{login}" can log in.')
    passkeys.remove(call.app.database, account.id, number, _by(call), call.now)
    return Removed(number, True)


def number_in(call: Call, name: str) -> int:
    """A number of the path. Raises InputError."""
    text = call.path[name]
    if not (text.isascii() and text.isdigit()) or len(text) > _NUMBER_CHARS:
        raise InputError(f"A {name} is named by its number.")
    return int(text)


def _by(call: Call) -> str:
    return call.caller.person or call.caller.via


_ADMIN = AccessRole.ADMIN
_HOURS = accounts.LINK_LIFE // timedelta(hours=1)
OPERATIONS = (
    Operation("GET", _ACCOUNTS, "list_accounts", "Who may log in to the pages.", _ADMIN, Accounts, _list, tag="accounts"),
    Operation("POST", _ACCOUNTS, "invite", f"A one-time link to choose a password by, good for {_HOURS} hours.", _ADMIN,
              Invitation, _invite, InvitationWanted, status=201, tag="accounts", shows_secret=True),
    Operation("POST", _ACCOUNTS + "/{login}/close", "close_account", "Nobody logs in with it any more.", _ADMIN, Closed,
              _close, Empty, refuses=(409,), tag="accounts"),
    Operation("POST", _ACCOUNTS + "/{login}/passkeys/{passkey}/remove", "remove_passkey", "Take a passkey no more.", _ADMIN,
              Removed, _remove, Empty, tag="accounts"),
    Operation("GET", _SESSIONS, "list_sessions", "Where people are logged in.", _ADMIN, Sessions, _sessions, tag="accounts"),
    Operation("POST", _SESSIONS + "/{session}/end", "end_session", "Log somebody out there.", _ADMIN, Ended, _end, Empty,
              tag="accounts"),
)  # fmt: skip
