"""What people and vendors answer to a page: the link in it, and the callbacks of the channels.

`GET /a/TOKEN` shows and changes nothing: mail scanners open links. `POST /a/TOKEN` acknowledges, once, as the person
the page was sent to (PAG-23). `POST /callbacks/PAGER` is read by the pager itself, which verifies who called.
"""

import html
import logging
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.connectors.api import Call, Hears, Pressed
from tocsin.engine import tidings
from tocsin.engine.intake import wait_for_answer
from tocsin.errors import StoreError
from tocsin.store import incidents

logger = logging.getLogger("tocsin.web")

_BODY_LIMIT_BYTES = 256 * 1024
_ANSWER_WITHIN = timedelta(seconds=2)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


def routes(app: App) -> list[Route]:
    """The routes that need no token of ours: what comes proves itself."""

    async def look(request: Request) -> Response:
        return await run_in_threadpool(_look, app, request.path_params["token"])

    async def acknowledge(request: Request) -> Response:
        return await run_in_threadpool(_acknowledge, app, request.path_params["token"])

    async def callback(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return Response("too large", 413, media_type="text/plain")
        return await run_in_threadpool(_callback, app, request, body)

    return [
        Route("/a/{token}", look, methods=["GET"]),
        Route("/a/{token}", acknowledge, methods=["POST"]),
        Route("/callbacks/{pager}", callback, methods=["POST"]),
    ]


def _look(app: App, token: str) -> Response:
    now, life = app.clock.now(), app.settings.paging.paging.link_life
    with app.database.read() as tx:
        claim = tidings.claim(tx, app.links, token, now, life)
        rows = [] if claim is None else [incidents.get(tx, each) for each in claim.incidents]
    if claim is None:
        return _page(404, "There is no such page", "<p>The link is not one of ours, or was cut off.</p>")
    lines = "".join(
        f"<li><strong>{html.escape(row.id)}</strong> {html.escape(row.severity or '')} {html.escape(row.title)}: "
        f"{html.escape(row.stage)}</li>"
        for row in rows
        if row is not None
    )
    about = f"<p>{html.escape(claim.subject)}</p><ul>{lines}</ul>"
    who = html.escape(claim.person)
    if claim.used:
        return _page(200, "Acknowledged", f"{about}<p>This link has been used by {who}.</p>")
    if claim.expired:
        return _page(410, "Too old", f"{about}<p>This page can no longer be acknowledged from here.</p>")
    if not claim.incidents:
        return _page(200, "A test", f"{about}<p>There is nothing to do.</p>")
    form = f'<form method="post"><button type="submit">Acknowledge as {who}</button></form>'
    return _page(200, "A page for you", about + form)


def _acknowledge(app: App, token: str) -> Response:
    now, life = app.clock.now(), app.settings.paging.paging.link_life
    try:
        with app.database.read() as tx:
            claim = tidings.claim(tx, app.links, token, now, life)
        if claim is not None and claim.used:
            return _page(
                200, "Acknowledged", f"<p>This link has been used by {html.escape(claim.person)}.</p>"
            )
        taken = tidings.take(
            app.database, app.links, app.settings.roster, None, Pressed(token, None), now, life
        )
        if taken.refusal is not None:
            return _page(
                404 if claim is None else 409, "Not acknowledged", f"<p>{html.escape(taken.refusal)}</p>"
            )
        answers = [
            wait_for_answer(app.database, signal, app.clock, _ANSWER_WITHIN) for signal in taken.signals
        ]
    except StoreError as problem:
        logger.error("acknowledgement not stored: %s", problem)
        return _page(503, "Not stored", "<p>Please press again.</p>", {"Retry-After": "5"})
    said = []
    for answer in answers:
        if answer is None:
            said.append("Noted; it counts as soon as the engine has read it.")
        elif answer.refusal is not None:
            said.append(answer.refusal)
        else:
            said.append(f"{answer.incident} is yours.")
    return _page(200, "Acknowledged", "".join(f"<p>{html.escape(each)}</p>" for each in said))


def _callback(app: App, request: Request, body: bytes) -> Response:
    name = request.path_params["pager"]
    pager = app.pagers.get(name)
    if not isinstance(pager, Hears):
        return Response("no pager of this name hears", 404, media_type="text/plain")
    # The address as the other side knows it: behind a proxy the request itself does not say it.
    known = app.links.callback(name) or str(request.url.replace(query=""))
    query = request.url.query
    headers = {key.lower(): value for key, value in request.headers.items()}
    reply = pager.hear(Call(f"{known}?{query}" if query else known, headers, body))
    if reply.status >= 400:
        logger.warning("a callback to %s was refused: %s", name, reply.body.decode("utf-8", "replace"))
    life = app.settings.paging.paging.link_life
    try:
        for tiding in reply.tidings:
            taken = tidings.take(
                app.database, app.links, app.settings.roster, name, tiding, app.clock.now(), life
            )
            if taken.refusal is not None:
                logger.warning("a callback to %s: %s", name, taken.refusal)
    except StoreError as problem:
        logger.error("a callback to %s was not stored: %s", name, problem)
        return Response("not stored", 503, {"Retry-After": "5"}, media_type="text/plain")
    return Response(reply.body, reply.status, {"content-type": reply.content_type})


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is larger than any vendor's."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > _BODY_LIMIT_BYTES:
            return None
    return bytes(kept)


def _page(status: int, title: str, inner: str, headers: dict[str, str] | None = None) -> Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} - tocsin</title><style>body{{font:1.1rem/1.5 sans-serif;max-width:36rem;margin:2rem auto;"
        "padding:0 1rem}button{font:inherit;padding:.8rem 1.4rem;width:100%}</style></head>"
        f"<body><main><h1>{title}</h1>{inner}</main></body></html>"
    )
    return HTMLResponse(text, status, {**_HEADERS, **(headers or {})})
