"""Logging in without a password: by a passkey, or through the company's own provider; and the passkeys of oneself."""

import logging

from starlette.responses import JSONResponse, RedirectResponse, Response

from tocsin.app import passkeys
from tocsin.app.oidc import LIFE, OidcDesk
from tocsin.app.passkeys import Desk
from tocsin.errors import InputError, NotFound, OutsideError, Refused
from tocsin.kit import duration
from tocsin.oncall.person import AccessRole
from tocsin.web.pages.login import BACK, BY_ADDRESS, back_to_us, leave_old, too_often
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, safe_path
from tocsin.web.pages.serve import problem, with_session

logger = logging.getLogger("tocsin.web")

_OIDC = "tocsin_oidc"
_NUMBER_CHARS = 9


def _often(visit: Visit) -> Response | None:
    """The answer to an address that tries too often, or None."""
    wait = BY_ADDRESS.wait(f"{visit.app.database.installation} {visit.address}", visit.now)
    if wait is None:
        return None
    said = f"Too many tries. Try again in {duration.spell(wait)}."
    return too_often(problem(visit, 429, said, None), wait)


# --- passkeys ---


def _desk(visit: Visit) -> Desk:
    found = visit.app.entrance.passkeys(visit.host)
    if found is None:
        raise Refused(
            "Passkeys do not work under this name.",
            hint="They belong to the name in web.public_url, by https; without one, to http://localhost.",
        )
    return found


def _asked(text: str) -> Response:
    return Response(text, media_type="application/json")


def _to_prove(visit: Visit) -> Response:
    return _often(visit) or _asked(_desk(visit).to_prove(visit.now))


def _log_in(visit: Visit) -> Response:
    if (often := _often(visit)) is not None:
        return often
    try:
        cookie = _desk(visit).log_in(visit.text("answer"), visit.address, visit.agent, visit.now)
    except Refused as refused:
        # What was wrong is for our log; a stranger learns nothing from it.
        logger.info("a passkey was refused: %s", refused)
        return problem(visit, 401, refused.message, "Log in with your password, or ask an admin.")
    leave_old(visit)
    where = safe_path(visit.form.get("next"), "/incidents")
    answer: Response = JSONResponse({"go": where}) if visit.quiet else RedirectResponse(where, 303)
    return with_session(visit, answer, cookie)


def _to_make(visit: Visit) -> Response:
    return _asked(_desk(visit).to_make(visit.me, visit.now))


def _make(visit: Visit) -> Response:
    name = visit.form.get("name", "").strip() or "Passkey"
    _desk(visit).make(visit.me, visit.text("answer"), name, visit.now)
    return done(visit, f"{name} logs you in from now on.", "/me")


def _rename(visit: Visit) -> Response:
    passkeys.rename(visit.app.database, visit.me.account.id, _number(visit), visit.text("name"))
    return done(visit, "It has its new name.", "/me")


def _remove(visit: Visit) -> Response:
    passkeys.remove(
        visit.app.database, visit.me.account.id, _number(visit), visit.me.account.login, visit.now
    )
    return done(visit, "That passkey is taken no more. Sessions begun by it go on; end them below.", "/me")


def _number(visit: Visit) -> int:
    number = visit.path["passkey"]
    if not (number.isascii() and number.isdigit()) or len(number) > _NUMBER_CHARS:
        raise NotFound("A passkey is named by its number.")
    return int(number)


# --- the company's own provider ---


def _provider(visit: Visit) -> tuple[OidcDesk, str]:
    found, back = visit.app.entrance.oidc, back_to_us(visit)
    if found is None:
        raise NotFound("There is no provider to log in through.", hint="[web.oidc] of tocsin.toml names one.")
    if back is None:
        raise Refused(
            "Logging in there comes back to another name.", hint="Use the address of web.public_url."
        )
    return found, back


def _away(visit: Visit) -> Response:
    """Send the browser to the provider. A link, not a form: a form may lead to our own pages only."""
    if (often := _often(visit)) is not None:
        return often
    desk, back = _provider(visit)
    begun = desk.begin(back, safe_path(visit.query.get("next"), "/incidents"), visit.now)
    answer = RedirectResponse(begun.address, 303)
    answer.set_cookie(
        _OIDC, begun.cookie, max_age=int(LIFE.total_seconds()), httponly=True, samesite="lax", secure=visit.secure,
        path=BACK,
    )  # fmt: skip
    return answer


def _back(visit: Visit) -> Response:
    """The one GET that logs somebody in: what it brings proves itself, and is taken once."""
    if (often := _often(visit)) is not None:
        return often
    desk, back = _provider(visit)
    try:
        ended = desk.end(
            back, visit.cookies.get(_OIDC, ""), visit.query, visit.address, visit.agent, visit.now
        )
    except (Refused, InputError) as refused:
        logger.warning("a log-in through the provider was refused: %s", refused)
        return _forgotten(problem(visit, 403, refused.message, refused.hint))
    except OutsideError as failed:
        logger.warning("a log-in through the provider failed: %s", failed)
        said = "The provider does not answer as it should."
        return _forgotten(problem(visit, 503, said, "Try again in a minute, or log in with a password."))
    leave_old(visit)
    return _forgotten(with_session(visit, RedirectResponse(ended.next, 303), ended.cookie))


def _forgotten(answer: Response) -> Response:
    answer.delete_cookie(_OIDC, path=BACK)
    return answer


PAGES = (
    Page("GET", "/login/passkey", None, _to_prove),
    Page("POST", "/login/passkey", None, _log_in),
    Page("GET", "/login/oidc", None, _away),
    Page("GET", BACK, None, _back),
    Page("GET", "/me/passkeys/new", AccessRole.VIEWER, _to_make),
    Page("POST", "/me/passkeys", AccessRole.VIEWER, _make),
    Page("POST", "/me/passkeys/{passkey}/rename", AccessRole.VIEWER, _rename),
    Page("POST", "/me/passkeys/{passkey}/remove", AccessRole.VIEWER, _remove),
)
