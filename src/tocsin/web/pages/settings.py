"""Settings and audit: channels with a test, who may log in and where they are, tokens, and whether the log is whole."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from tocsin.app import accounts
from tocsin.app.reload.notes import noted
from tocsin.app.settings import PagerSettings
from tocsin.engine.history import cited
from tocsin.errors import InputError
from tocsin.oncall.person import AccessRole, Person
from tocsin.store import accounts as kept
from tocsin.store import deliveries, log, tokens
from tocsin.store.accounts import Account, Session
from tocsin.store.deliveries import Standing
from tocsin.web.api.logins import Invitation
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
    name = visit.text("channel")
    act.do(replace(visit, form={"path.channel": name}), act.BY_NAME["test_channel"])
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
    fields = {name: visit.form.get(name, "") for name in ("login", "role", "person")}
    made = act.do(replace(visit, form=fields), act.BY_NAME["invite"])
    assert isinstance(made, Invitation)
    base = (visit.app.settings.paging.public_url or "").rstrip("/")
    about = f"For {made.login}, once, within {accounts.LINK_LIFE // timedelta(hours=1)} hours. Hand it over so that nobody else reads it."
    return _once(visit, "A one-time link", about, f"{base}{made.path}")


def _close(visit: Visit) -> Response:
    login = visit.text("login")
    act.do(replace(visit, form={"path.login": login}), act.BY_NAME["close_account"])
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
        changes = noted(tx)
        if asked:
            proof = Proof(log.verify(tx, expected_head=head, cited=cited), visit.now)
    return page(visit, "audit.html", "settings", last=last, proof=proof, head=head or "", changes=changes)


PAGES = (
    Page("GET", "/settings", AccessRole.VIEWER, _show),
    Page("POST", "/settings/channels/test", AccessRole.RESPONDER, _test_channel),
    Page("POST", "/settings/tokens", AccessRole.ADMIN, _make_token),
    Page("POST", "/settings/people", AccessRole.ADMIN, _invite),
    Page("POST", "/settings/people/close", AccessRole.ADMIN, _close),
    Page("GET", "/audit", AccessRole.VIEWER, _audit),
)
