"""Logging in and out, the one-time link, one's own sessions, light and dark."""

import base64
import hashlib
import hmac
from datetime import timedelta
from math import ceil
from urllib.parse import urlsplit

import segno
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from tocsin.app import accounts
from tocsin.app.passkeys import site
from tocsin.engine.paging.links import SECRET
from tocsin.errors import InputError, NotFound, Refused
from tocsin.kit import duration
from tocsin.kit.ids import PersonId
from tocsin.kit.loopback import loopback
from tocsin.oncall.person import AccessRole
from tocsin.store import accounts as kept
from tocsin.store import logins, meta
from tocsin.web.pages.limits import Limit
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, page, safe_path
from tocsin.web.pages.serve import THEME, with_session, without_session

_TRIES, _EVERY = 8, timedelta(minutes=1)  # for each name, counted in the store
BY_ADDRESS = Limit(30, timedelta(seconds=10))  # in front of that, so that a flood writes nothing
BACK = "/login/oidc/back"
_TOTP_BYTES = 20
_TOO_OFTEN = "Too many tries. Try again in {}."
_YEAR = 365 * 24 * 3600


def _login_page(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    back = safe_path(visit.form.get("next") or visit.query.get("next"), "/incidents")
    if visit.who is not None and not wrong:
        return RedirectResponse(back, 303)
    oidc = visit.app.entrance.oidc
    return page(
        visit, "login.html", "", status, wrong=wrong, next=back, login=visit.form.get("login", "")[:64],
        passkeys=site(visit.app.settings, visit.host) is not None,
        elsewhere=oidc.settings.name if oidc is not None and back_to_us(visit) is not None else None,
    )  # fmt: skip


def _log_in(visit: Visit) -> Response:
    login = visit.form.get("login", "").strip().casefold()[:64]
    wait = _wait(visit, login)
    if wait is not None:
        return too_often(_login_page(visit, 429, _TOO_OFTEN.format(duration.spell(wait))), wait)
    cookie = accounts.log_in(
        visit.app.database, login, visit.form.get("password", ""), visit.form.get("code", ""), visit.address,
        visit.agent, visit.now, sealer=visit.app.entrance.sealer,
    )  # fmt: skip
    if cookie is None:
        return _login_page(visit, 401, "Name, password or code is wrong. A code can be used once.")
    with visit.app.database.write() as tx:
        logins.forget_tries(tx, login)
    leave_old(visit)
    answer = RedirectResponse(safe_path(visit.form.get("next"), "/incidents"), 303)
    return with_session(visit, answer, cookie)


def _wait(visit: Visit, login: str) -> timedelta | None:
    """Take a try: None if there was one, else how long until there is."""
    wait = BY_ADDRESS.wait(f"{visit.app.database.installation} {visit.address}", visit.now)
    if wait is not None:
        return wait
    with visit.app.database.write() as tx:
        return logins.take_try(tx, login, _TRIES, _EVERY, visit.now)


def too_often(answer: Response, wait: timedelta) -> Response:
    """The answer to somebody who tries too often."""
    answer.headers["retry-after"] = str(ceil(wait.total_seconds()))
    return answer


def leave_old(visit: Visit) -> None:
    """Whoever logs in again leaves the session this browser had."""
    if visit.who is not None:
        accounts.log_out(
            visit.app.database, visit.who.session.id, visit.who.account.id, visit.who.account.login, visit.now
        )


def _log_out(visit: Visit) -> Response:
    leave_old(visit)
    return without_session(visit, RedirectResponse("/login", 303))


def back_to_us(visit: Visit) -> str | None:
    """Where a provider sends people back to; None where that would be another name than this one."""
    public = visit.app.settings.paging.public_url
    if public is None:
        return f"http://{visit.host}{BACK}" if loopback(visit.host) else None
    return f"{public}{BACK}" if urlsplit(public).netloc == visit.host else None


# --- the one-time link ---


def _welcome(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    secret = visit.path["secret"]
    found = accounts.invitation(visit.app.database, secret, visit.now)
    if found is None:
        raise NotFound(
            "This link has been used, or is too old.",
            hint="A first admin's link is printed by tocsin serve while nobody can log in; others come from an admin.",
        )
    totp = _totp(visit, secret)
    login = found.login or visit.form.get("login", "")
    label = f"{visit.app.settings.name} ({login or 'admin'})"
    address = f"otpauth://totp/tocsin:{_quoted(label)}?secret={totp}&issuer=tocsin"
    picture = segno.make(address, error="m").svg_inline(
        scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None
    )
    return page(
        visit, "welcome.html", "", status, wrong=wrong, found=found, totp=" ".join(_fours(totp)), login=login,
        people=visit.app.settings.roster.people, qr=Markup(picture), person=visit.form.get("person", ""),  # noqa: S704 -- drawn by us: dark and light squares
        least=accounts.PASSWORD_CHARS[0],
    )  # fmt: skip


def _accept(visit: Visit) -> Response:
    secret = visit.path["secret"]
    wait = BY_ADDRESS.wait(f"{visit.app.database.installation} {visit.address}", visit.now)
    if wait is not None:
        return too_often(_welcome(visit, 429, _TOO_OFTEN.format(duration.spell(wait))), wait)
    person = PersonId(visit.form["person"]) if visit.form.get("person") else None
    if visit.form.get("password") != visit.form.get("again"):
        return _welcome(visit, 400, "The two passwords are not the same.")
    try:
        account = accounts.accept(
            visit.app.database, visit.app.settings.roster, secret, visit.form.get("login", ""), person,
            visit.form.get("password", ""), _totp(visit, secret), visit.form.get("code", ""), visit.now,
            sealer=visit.app.entrance.sealer,
        )  # fmt: skip
    except (InputError, Refused) as problem:
        return _welcome(visit, 400, f"{problem.message} {problem.hint or ''}".strip())
    leave_old(visit)
    cookie = accounts.open_session(visit.app.database, account, visit.address, visit.agent, visit.now)
    return with_session(visit, RedirectResponse("/incidents", 303), cookie)


def _totp(visit: Visit, secret: str) -> str:
    """The authenticator secret of a link. Made from the link, so that looking at it changes nothing."""
    with visit.app.database.read() as tx:
        key = meta.get(tx, SECRET) or ""
    digest = hmac.new(key.encode(), f"tocsin totp {secret}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_TOTP_BYTES]).decode("ascii")


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _quoted(text: str) -> str:
    return "".join(
        each if each.isalnum() and each.isascii() else f"%{ord(each):02X}" for each in text if ord(each) < 128
    )


# --- oneself ---


def _me(visit: Visit) -> Response:
    with visit.app.database.read() as tx:
        mine = [each for each in kept.sessions_of(tx, visit.me.account.id) if each.stands(visit.now)]
        keys = logins.passkeys_of(tx, visit.me.account.id)
    can = site(visit.app.settings, visit.host) is not None
    return page(visit, "me.html", "me", sessions=mine, passkeys=keys, can=can)


def _end_session(visit: Visit) -> Response:
    number = visit.path["session"]
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        raise NotFound("A session is named by its number.")
    everybody = visit.me.role is AccessRole.ADMIN
    account = None if everybody else visit.me.account.id
    accounts.log_out(visit.app.database, int(number), account, visit.me.account.login, visit.now)
    if int(number) == visit.me.session.id:
        return without_session(visit, RedirectResponse("/login", 303))
    return done(visit, "That session is ended.", "/me")


def _theme(visit: Visit) -> Response:
    wanted = visit.form.get("theme", "")
    answer = RedirectResponse(safe_path(visit.form.get("next"), "/incidents"), 303)
    if wanted in ("light", "dark"):
        answer.set_cookie(THEME, wanted, max_age=_YEAR, samesite="lax", secure=visit.secure)
    else:
        answer.delete_cookie(THEME)
    return answer


PAGES = (
    Page("GET", "/login", None, _login_page),
    Page("POST", "/login", None, _log_in),
    Page("POST", "/logout", AccessRole.VIEWER, _log_out),
    Page("GET", "/welcome/{secret}", None, _welcome),
    Page("POST", "/welcome/{secret}", None, _accept),
    Page("GET", "/me", AccessRole.VIEWER, _me),
    Page("POST", "/sessions/{session}/end", AccessRole.VIEWER, _end_session),
    Page("POST", "/theme", AccessRole.VIEWER, _theme),
)
