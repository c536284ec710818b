"""Settings and audit: channels with a test, who may log in and where they are, tokens, and whether the log is whole."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from tocsin.app import accounts
from tocsin.app.settings import PagerSettings
from tocsin.engine.canary import send_trials, trial_pages
from tocsin.engine.history import cited
from tocsin.errors import InputError, NotFound, Refused
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole, Person
from tocsin.store import accounts as kept
from tocsin.store import deliveries, log, tokens
from tocsin.store.accounts import Account, Session
from tocsin.store.deliveries import Standing
from tocsin.web.api.tokens import TokenMade
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, page

_LIVES = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365), "": None}


@dataclass(frozen=True, slots=True)
class Channel:
    """One pager, how it stands, and who can be reached by it."""

    pager: PagerSettings
    standing: Standing | None
    people: tuple[Person, ...]

    @property
    def failing(self) -> bool:
        """Whether its last word is that it failed."""
        found = self.standing
        if found is None or found.failed_at is None:
            return False
        return found.sent_at is None or found.failed_at > found.sent_at


@dataclass(frozen=True, slots=True)
class Place:
    """A session with whose it is."""

    session: Session
    account: Account


def _show(visit: Visit) -> Response:
    app, admin = visit.app, visit.me.role is AccessRole.ADMIN
    with app.database.read() as tx:
        standings = {each.pager: each for each in deliveries.standings(tx)}
        known = kept.listing(tx) if admin else ()
        sessions = [each for each in kept.sessions_of(tx) if each.stands(visit.now)] if admin else []
        listed = tokens.listing(tx) if admin else ()
    people = app.settings.roster.people
    channels = [
        Channel(
            each, standings.get(each.name),
            tuple(one for one in people if any(way.pager == each.name for way in one.methods)),
        )
        for each in app.settings.pagers
    ]  # fmt: skip
    by_id = {each.id: each for each in known}
    return page(
        visit, "settings.html", "settings", channels=channels, people=people, roles=list(AccessRole),
        accounts=[each for each in known if each.closed_at is None], closed=[each for each in known if each.closed_at is not None],
        places=[Place(each, by_id[each.account]) for each in sessions if each.account in by_id],
        tokens=[each for each in listed if each.stands(visit.now)],
        gone=[each for each in listed if not each.stands(visit.now)][:20], admin=admin,
    )  # fmt: skip


def _test_channel(visit: Visit) -> Response:
    """A test page to oneself by one channel: the methods of others are theirs to test."""
    name = visit.text("channel")
    if not any(each.name == name for each in visit.app.settings.pagers):
        raise NotFound("There is no such channel.")
    person = visit.app.settings.roster.person(visit.me.person) if visit.me.person is not None else None
    if person is None:
        raise Refused("You are nobody of tocsin.toml, so no channel reaches you.", hint="Log in as a person.")
    pages = trial_pages(person, f"test.{secrets.token_hex(6)}", person.id)
    wanted = tuple(each for each, way in zip(pages, person.methods, strict=True) if way.pager == name)
    if not wanted:
        raise Refused(
            f"{name} does not reach you.",
            hint="Ask somebody whom it reaches, or test theirs on the on-call page.",
        )
    with visit.app.database.write() as tx:
        send_trials(tx, wanted, visit.now)
    return done(visit, f"A test page is on its way to you by {name}.", "/settings")


# --- tokens ---


def _make_token(visit: Visit) -> Response:
    life = visit.form.get("life", "90")
    if life not in _LIVES:
        raise InputError("That is no time a token can live.")
    until = _LIVES[life]
    fields = {name: visit.form.get(name, "") for name in ("label", "scope", "person")}
    if until is not None:
        fields["expires_at"] = (visit.now + until).isoformat()
    made = act.do(replace(visit, form=fields), act.BY_NAME["make_token"])
    assert isinstance(made, TokenMade)
    return _once(visit, "A new token", f'Token {made.id}, "{fields["label"].strip()}"', made.token)


def _once(visit: Visit, title: str, about: str, secret: str) -> Response:
    """What is shown this once and kept nowhere."""
    return page(visit, "once.html", "settings", title=title, about=about, secret=secret)


# --- people ---


def _invite(visit: Visit) -> Response:
    role = visit.form.get("role", "")
    if role not in {each.value for each in AccessRole}:
        raise InputError(f'"{role[:40]}" is no role.')
    person = PersonId(visit.form["person"]) if visit.form.get("person") else None
    login = visit.text("login")
    secret = accounts.invite(
        visit.app.database, visit.app.settings.roster, login, person, AccessRole(role), visit.me.account.login, visit.now,
    )  # fmt: skip
    base = (visit.app.settings.paging.public_url or "").rstrip("/")
    about = f"For {login.strip().casefold()}, once, within {accounts.LINK_LIFE // timedelta(hours=1)} hours. Hand it over so that nobody else reads it."
    return _once(visit, "A one-time link", about, f"{base}/welcome/{secret}")


def _close(visit: Visit) -> Response:
    login = visit.text("login")
    accounts.close(visit.app.database, login, visit.me.account.login, visit.now)
    return done(visit, f"{login} cannot log in any more; their sessions have ended.", "/settings")


# --- audit ---


@dataclass(frozen=True, slots=True)
class Proof:
    """What reading the whole log found, and when."""

    found: log.Verification
    at: datetime


def _audit(visit: Visit) -> Response:
    head = visit.query.get("head", "").strip()[:64].lower() or None
    asked = "head" in visit.query
    proof = None
    with visit.app.database.read() as tx:
        last = log.last_seq(tx)
        if asked:
            proof = Proof(log.verify(tx, expected_head=head, cited=cited), visit.now)
    return page(visit, "audit.html", "settings", last=last, proof=proof, head=head or "")


PAGES = (
    Page("GET", "/settings", AccessRole.VIEWER, _show),
    Page("POST", "/settings/channels/test", AccessRole.RESPONDER, _test_channel),
    Page("POST", "/settings/tokens", AccessRole.ADMIN, _make_token),
    Page("POST", "/settings/people", AccessRole.ADMIN, _invite),
    Page("POST", "/settings/people/close", AccessRole.ADMIN, _close),
    Page("GET", "/audit", AccessRole.VIEWER, _audit),
)
