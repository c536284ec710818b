"""Where people ask to be told of the status page, confirm it, and leave.

A GET changes nothing: mail scanners open links. A POST confirms; a POST without a page before it, as mail programs
send for their "unsubscribe" button (RFC 8058), leaves.
"""

import html
import logging
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.app.settings_status import StatusSettings
from tocsin.app.status_page import subscriber_links
from tocsin.engine.status import subscribe as status_subscribe
from tocsin.engine.status.links import SubscriberLinks
from tocsin.errors import InputError, Refused, StoreError

logger = logging.getLogger("tocsin.web")

_BODY_LIMIT_BYTES = 8 * 1024
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}


def routes(app: App) -> list[Route]:
    """The paths below /status; none where the settings have no page with mails."""
    status = app.settings.status
    links = subscriber_links(app.database, app.settings) if status is not None and status.mail else None
    if status is None or links is None:
        return []
    desk = _Desk(app, status, links)
    return [
        Route("/status/subscribe", desk.subscribe, methods=["GET", "POST"]),
        Route("/status/confirm/{token}", desk.confirm, methods=["GET", "POST"]),
        Route("/status/leave/{token}", desk.leave, methods=["GET", "POST"]),
    ]


class _Desk:
    """Answers for one page."""

    def __init__(self, app: App, status: StatusSettings, links: SubscriberLinks) -> None:
        self._app = app
        self._plan = status.plan
        self._links = links

    async def subscribe(self, request: Request) -> Response:
        """Ask for mails."""
        if request.method == "GET":
            return self._form()
        body = await _body(request)
        if body is None:
            return self._page(413, "Too long", "<p>That is no e-mail address.</p>")
        address = parse_qs(body.decode("utf-8", "replace")).get("address", [""])[0]
        return await run_in_threadpool(self._asked, address)

    async def confirm(self, request: Request) -> Response:
        """Say that the address is mine."""
        token = request.path_params["token"]
        if request.method == "GET":
            return self._button(
                "Confirm", f"Be told of updates of {self._plan.name} by mail?", "Yes, tell me"
            )
        return await run_in_threadpool(self._confirmed, token)

    async def leave(self, request: Request) -> Response:
        """Be told no more."""
        token = request.path_params["token"]
        if request.method == "GET":
            return self._button("Leave", f"No more mails about {self._plan.name}?", "Yes, no more")
        return await run_in_threadpool(self._left, token)

    def _asked(self, address: str) -> Response:
        try:
            status_subscribe.subscribe_mail(
                self._app.database, self._plan, self._links, address, self._app.clock.now()
            )
        except InputError as problem:
            return self._form(422, f"{problem.message} {problem.hint or ''}")
        except Refused as problem:
            return self._form(429, f"{problem.message} {problem.hint or ''}")
        except StoreError as problem:
            return self._unstored(problem)
        # The same words whether the address is known or not: who subscribed is nobody's business.
        return self._page(
            200, "Look into your mail", "<p>If it is a new address, a mail is on its way to confirm it.</p>"
        )

    def _confirmed(self, token: str) -> Response:
        try:
            good = status_subscribe.confirm(self._app.database, self._links, token, self._app.clock.now())
        except StoreError as problem:
            return self._unstored(problem)
        if good:
            return self._page(200, "Confirmed", "<p>You will be told of every update, once.</p>")
        return self._page(
            404, "Not confirmed", '<p>This link is too old. <a href="../subscribe">Ask again</a>.</p>'
        )

    def _left(self, token: str) -> Response:
        try:
            good = status_subscribe.leave(self._app.database, self._links, token, self._app.clock.now())
        except StoreError as problem:
            return self._unstored(problem)
        if good:
            return self._page(200, "Done", "<p>You will hear no more; your address is forgotten.</p>")
        return self._page(404, "Nothing here", "<p>This link is not one of ours.</p>")

    def _form(self, status: int = 200, problem: str = "") -> Response:
        said = f'<p id="problem" role="alert"><strong>{html.escape(problem)}</strong></p>' if problem else ""
        described = ' aria-invalid="true" aria-describedby="problem"' if problem else ""
        inner = (
            f'{said}<form method="post"><label for="address">Your e-mail address</label>'
            f'<input id="address" name="address" type="email" autocomplete="email" required{described}>'
            "<button>Tell me of updates</button></form>"
            "<p>You get a mail to confirm it first, then one mail for each update, each with a link to leave.</p>"
        )
        return self._page(status, f"Updates of {self._plan.name}", inner)

    def _button(self, title: str, question: str, label: str) -> Response:
        form = f'<form method="post"><button>{label}</button></form>'
        return self._page(200, title, f"<p>{html.escape(question)}</p>{form}")

    def _unstored(self, problem: StoreError) -> Response:
        logger.error("a subscription was not stored: %s", problem)
        return self._page(503, "Not stored", "<p>Please try again in a minute.</p>", {"retry-after": "60"})

    def _page(self, status: int, title: str, inner: str, headers: dict[str, str] | None = None) -> Response:
        name = html.escape(f"{title} - {self._plan.name} status")
        text = (
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{name}</title><style>:root{{color-scheme:light dark}}body{{font:1rem/1.5 system-ui,sans-serif;"
            "max-width:32rem;margin:2rem auto;padding:0 1rem}input,button{font:inherit;display:block;width:100%;"
            "min-height:3rem;margin:.5rem 0;padding:.5rem .75rem;box-sizing:border-box}</style></head>"
            f"<body><main><h1>{html.escape(title)}</h1>{inner}"
            f'<p><a href="{html.escape(self._plan.url)}/">Back to the status page</a></p></main></body></html>'
        )
        return HTMLResponse(text, status, {**_HEADERS, **(headers or {})})


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is longer than any address."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > _BODY_LIMIT_BYTES:
            return None
    return bytes(kept)
