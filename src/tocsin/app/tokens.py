"""Tokens of the HTTP API: made once, shown once, taken back for good."""

import secrets
from datetime import datetime

from tocsin.errors import InputError, NotFound
from tocsin.kit.ids import PersonId, sha256
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import AccessRole
from tocsin.store import tokens
from tocsin.store.database import Database

_PREFIX = "tocsin_"
_BYTES = 32
_LABEL_CHARS = 100


def make(
    database: Database,
    roster: Roster,
    label: str,
    person: PersonId | None,
    scope: AccessRole,
    by: str,
    now: datetime,
    expires_at: datetime | None,
) -> tuple[int, str]:
    """A new token: its number, and its text, which is kept nowhere.

    Args:
        person: in whose name it speaks; None for a machine.
        scope: the most it may do; never more than the person may.

    Raises:
        InputError: nobody knows the person, the scope is more than theirs, or the label is empty or too long.
    """
    if not 0 < len(label.strip()) <= _LABEL_CHARS:
        raise InputError(
            f"A token needs a label of 1 to {_LABEL_CHARS} characters.", hint="Say what it is for."
        )
    if person is not None:
        known = roster.person(person)
        if known is None:
            raise InputError(
                f'"{person}" is not among the people of tocsin.toml.',
                hint=f"Known: {', '.join(each.id for each in roster.people) or 'nobody yet'}.",
            )
        if not known.access.reaches(scope):
            raise InputError(
                f"{person} is a {known.access.value}; a token in that name cannot be a {scope.value}.",
                hint=f"Ask for {known.access.value} or less.",
            )
    elif scope in (AccessRole.COMMANDER, AccessRole.ADMIN):
        raise InputError(
            f"A token that speaks for nobody cannot be a {scope.value}.",
            hint="Name a person, or ask for responder.",
        )
    if expires_at is not None and expires_at <= now:
        raise InputError("A token that has expired already is of no use.", hint="Choose a later time.")
    text = _PREFIX + secrets.token_urlsafe(_BYTES)
    with database.write() as tx:
        number = tokens.put(tx, sha256(text), label.strip(), person, scope.value, by, now, expires_at)
    return number, text


def revoke(database: Database, number: int, by: str, now: datetime) -> None:
    """Take a token back. Raises NotFound if none of this number stands."""
    with database.write() as tx:
        if not tokens.revoke(tx, number, by, now):
            raise NotFound(f"There is no token {number} that is taken.", hint="See: tocsin token list.")
