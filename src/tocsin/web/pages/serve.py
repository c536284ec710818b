"""The table of pages as HTTP: who visits, is it allowed, was the form ours, make the page; every answer with its headers."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tocsin.app import accounts
from tocsin.app.build import App
from tocsin.errors import TocsinError
from tocsin.kit.loopback import loopback
from tocsin.web.api.serve import status_of
from tocsin.web.pages.live import Live
from tocsin.web.pages.page import Page, Visit, csrf
from tocsin.web.pages.render import ASSETS, page

logger = logging.getLogger("tocsin.web")

SESSION, SECURE_SESSION, THEME = "tocsin_session", "__Host-tocsin_session", "tocsin_theme"
BODY_LIMIT_BYTES = 256 * 1024
_FIELDS_MAX = 100
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Our own forms say where they come from, links to others do not.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "x-robots-tag": "noindex",
    "cache-control": "no-store",
}


def routes(app: App, live: Live, pages: Sequence[Page]) -> list[Route]:
    """One route per path, and the static files."""
    paths: dict[str, dict[str, Page]] = {}
    for each in pages:
        paths.setdefault(each.path, {})[each.method] = each
    made = [Route(path, _endpoint(app, live, by), methods=list(by)) for path, by in paths.items()]
    return [ASSETS.route(), *made]


def missing(app: App, live: Live, request: Request) -> Response:
    """The page for an address that is none."""
    visit = _visit(app, live, request, {})
    return _dressed(problem(visit, 404, "There is nothing under this address.", None), visit)


def problem(visit: Visit, status: int, message: str, hint: str | None) -> Response:
    """A page, or for a script a sentence, that says what was not done and why."""
    if visit.quiet:
        return JSONResponse({"problem": message, "hint": hint}, status)
    return page(visit, "problem.html", "", status, message=message, hint=hint, code=status)


def _endpoint(
    app: App, live: Live, by_method: Mapping[str, Page]
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        each = by_method["GET" if request.method == "HEAD" else request.method]
        form: dict[str, str] | None = {}
        if each.method == "POST":
            form = await _form(request)
        return await run_in_threadpool(_answer, app, live, each, request, form)

    return answer


def _answer(app: App, live: Live, each: Page, request: Request, form: dict[str, str] | None) -> Response:
    visit = _visit(app, live, request, form or {})
    try:
        refused = _refusal(each, request, visit, form)
        return _dressed(refused if refused is not None else each.make(visit), visit)
    except TocsinError as error:
        status = status_of(error)
        if status >= 500:
            logger.error("%s %s failed: %s", each.method, each.path, error)
        return _dressed(problem(visit, status, error.message, error.hint), visit)
    except Exception:
        # The edge: a defect of ours is told as one, with the headers of every other answer.
        logger.exception("%s %s failed", each.method, each.path)
        return _dressed(
            problem(visit, 500, "This page failed. It is written down in the log of tocsin.", None), visit
        )


def _visit(app: App, live: Live, request: Request, form: Mapping[str, str]) -> Visit:
    now = app.clock.now()
    secure = _secure(app, request)
    cookie = request.cookies.get(SECURE_SESSION if secure else SESSION, "")
    who = accounts.logged_in(app.database, app.settings.roster, cookie, now) if cookie else None
    theme = request.cookies.get(THEME, "")
    return Visit(
        app, live, who, now, cookie if who is not None else "", request.url.path,
        {name: str(value) for name, value in request.path_params.items()},
        dict(request.query_params), form, request.cookies,
        sheet=request.headers.get("x-tocsin-sheet") == "1",
        quiet=request.headers.get("x-tocsin-quiet") == "1",
        theme=theme if theme in ("light", "dark") else "",
        secure=secure,
        address=request.client.host if request.client is not None else "",
        host=request.headers.get("host", ""),
        agent=request.headers.get("user-agent", ""),
        last_event=request.headers.get("last-event-id", ""),
    )  # fmt: skip


def _secure(app: App, request: Request) -> bool:
    """Whether the visitor came by https, as far as a proxy in front tells."""
    if request.url.scheme == "https":
        return True
    public = urlsplit(app.settings.paging.public_url or "")
    return public.scheme == "https" and request.headers.get("host", "") == public.netloc


def _refusal(each: Page, request: Request, visit: Visit, form: dict[str, str] | None) -> Response | None:
    """The answer to a visit that may not be made, or None for one that may."""
    if not visit.secure and not loopback(request.headers.get("host", "")):
        return problem(
            visit, 403, "Passwords do not travel in the clear: these pages want https, or this machine itself.",
            "Put a proxy with a certificate in front and set web.public_url, or use http://localhost.",
        )  # fmt: skip
    if form is None:
        answer = problem(visit, 413, "That is more than a form can hold.", None)
        answer.headers["connection"] = "close"  # the rest of it is not read
        return answer
    if each.method == "POST" and not _same_origin(request):
        return problem(visit, 403, "This form was sent by a page of another origin. Nothing was done.", None)
    if each.needs is None:
        return None
    if visit.who is None:
        if each.method == "POST" or visit.quiet or visit.sheet or visit.url.endswith("/stream"):
            return problem(
                visit, 401, "You are not logged in any more. Nothing was done.", "Log in and try again."
            )
        back = visit.url + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(back, safe='')}", 303)
    if each.method == "POST" and form.get("csrf") != csrf(visit.cookie):
        return problem(
            visit, 403, "This form is not of your session. Nothing was done.", "Load the page again."
        )
    if not visit.who.role.reaches(each.needs):
        return problem(
            visit, 403, f"This needs a {each.needs.value}; you are a {visit.who.role.value} here. Nothing was done.",
            "Ask an admin, or somebody who may.",
        )  # fmt: skip
    return None


def _same_origin(request: Request) -> bool:
    """Whether a form came from a page of ours, as far as the browser says; what says nothing is no browser's."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form, or None if it is larger than any of ours."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > BODY_LIMIT_BYTES:
            return None
    try:
        pairs = parse_qsl(kept.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS_MAX)
    except ValueError:
        return None
    return {name: value.replace("\r\n", "\n").replace("\0", "\ufffd") for name, value in pairs}


def _dressed(answer: Response, visit: Visit) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if visit.secure:
        answer.headers["strict-transport-security"] = "max-age=31536000"
    return answer


def with_session(visit: Visit, answer: Response, cookie: str) -> Response:
    """The answer that logs somebody in: a new cookie, whatever the browser had before."""
    answer.set_cookie(
        SECURE_SESSION if visit.secure else SESSION, cookie, max_age=int(accounts.LONGEST.total_seconds()),
        httponly=True, samesite="lax", secure=visit.secure, path="/",
    )  # fmt: skip
    return answer


def without_session(visit: Visit, answer: Response) -> Response:
    """The answer that logs out."""
    answer.delete_cookie(
        SECURE_SESSION if visit.secure else SESSION, path="/", secure=visit.secure, httponly=True
    )
    return answer
