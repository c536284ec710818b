"""Who calls the API: a token, or this machine itself while there is no token at all."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from tocsin.app.build import App
from tocsin.kit.ids import PersonId, sha256
from tocsin.kit.loopback import loopback
from tocsin.oncall.person import AccessRole
from tocsin.store import tokens
from tocsin.web.api.operation import Caller


@dataclass(frozen=True, slots=True)
class Stranger:
    """Nobody we know. `why` says what is missing, never whether a guess came near."""

    why: str


def caller(app: App, bearer: str | None, host: str, said: str | None, now: datetime) -> Caller | Stranger:
    """Who calls.

    Args:
        bearer: the text behind "Authorization: Bearer", or None.
        host: the Host header: a page that points its own name at this machine must not pass for loopback.
        said: the header X-Tocsin-As, taken only from this machine while there are no tokens.
    """
    if bearer is not None:
        return _by_token(app, bearer, now)
    with app.database.read() as tx:
        needed = app.settings.token is not None or tokens.any_stands(tx, now)
    if needed:
        return Stranger("A token is needed: Authorization: Bearer …")
    if not loopback(host):
        return Stranger(
            "Without a token only this machine is served, under the name localhost or its address."
        )
    person = PersonId(said) if said else None
    known = app.settings.roster.person(person) if person is not None else None
    if person is not None and known is None:
        return Stranger("X-Tocsin-As names nobody among the people of tocsin.toml.")
    return Caller(person, known.access if known else AccessRole.ADMIN, "loopback")


def _by_token(app: App, bearer: str, now: datetime) -> Caller | Stranger:
    own = app.settings.token
    if own is not None and hmac.compare_digest(bearer.encode(), own.encode()):
        return Caller(None, AccessRole.ADMIN, "TOCSIN_TOKEN")
    with app.database.read() as tx:
        row = tokens.find(tx, sha256(bearer))
    if row is None or not row.stands(now):
        return Stranger("This token is not known, has expired, or was revoked.")
    scope = AccessRole(row.scope)
    if row.person is not None:
        person = app.settings.roster.person(row.person)
        if person is None:
            return Stranger(
                "This token speaks for somebody who is not among the people of tocsin.toml any more."
            )
        scope = person.access if scope.reaches(person.access) else scope
    if tokens.stale(row, now):
        with app.database.write() as tx:
            tokens.used(tx, row, now)
    return Caller(row.person, scope, f"token {row.id} ({row.label})")
