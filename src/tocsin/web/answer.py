"""What people and vendors answer to a page: the link in it, and the callbacks of the channels.

`GET /a/TOKEN` shows and changes nothing: mail scanners open links. `POST /a/TOKEN` acknowledges, once, as the person
the page was sent to (PAG-23). `POST /callbacks/PAGER` is read by the pager itself, which verifies who called.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tocsin.app import spoken
from tocsin.app.build import App
from tocsin.connectors.api import Call, Converses, Hears, Pressed
from tocsin.engine.paging import tidings
from tocsin.engine.words import wait_for_answer
from tocsin.errors import StoreError
from tocsin.store import incidents
from tocsin.store.incidents import IncidentRow
from tocsin.web.pages.live import Live
from tocsin.web.pages.page import Visit
from tocsin.web.pages.render import page
from tocsin.web.pages.serve import HEADERS

logger = logging.getLogger("tocsin.web")

_BODY_LIMIT_BYTES = 256 * 1024
_ANSWER_WITHIN = timedelta(seconds=2)
# The link proves who presses: it must not leave the page in a referrer.
_HEADERS = {**HEADERS, "referrer-policy": "no-referrer"}


def routes(app: App) -> list[Route]:
    """The routes that need no token of ours: what comes proves itself."""

    async def look(request: Request) -> Response:
        return await run_in_threadpool(_look, app, request)

    async def acknowledge(request: Request) -> Response:
        return await run_in_threadpool(_acknowledge, app, request)

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


def _look(app: App, request: Request) -> Response:
    token, now, life = request.path_params["token"], app.clock.now(), app.settings.paging.paging.link_life
    with app.database.read() as tx:
        claim = tidings.claim(tx, app.links, token, now, life)
        rows = [] if claim is None else [incidents.get(tx, each) for each in claim.incidents]
    if claim is None:
        return _page(
            app,
            request,
            _Answer(404, "There is no such page", "The link is not one of ours, or was cut off."),
        )
    about, known = claim.subject, tuple(row for row in rows if row is not None)
    who = claim.person
    if claim.used:
        said = (f"This link has been used by {who}.",)
        return _page(app, request, _Answer(200, "Acknowledged", about, said, known))
    if claim.expired:
        said = ("This page can no longer be acknowledged from here.",)
        return _page(app, request, _Answer(410, "Too old", about, said, known))
    if not claim.incidents:
        return _page(app, request, _Answer(200, "A test", about, ("There is nothing to do.",)))
    return _page(app, request, _Answer(200, "A page for you", about, (), known, f"Acknowledge as {who}"))


def _acknowledge(app: App, request: Request) -> Response:
    token, now, life = request.path_params["token"], app.clock.now(), app.settings.paging.paging.link_life
    try:
        with app.database.read() as tx:
            claim = tidings.claim(tx, app.links, token, now, life)
        if claim is not None and claim.used:
            return _page(
                app,
                request,
                _Answer(200, "Acknowledged", said=(f"This link has been used by {claim.person}.",)),
            )
        taken = tidings.take(
            app.database, app.links, app.settings.roster, None, Pressed(token, None), now, life
        )
        if taken.refusal is not None:
            status = 404 if claim is None else 409
            return _page(app, request, _Answer(status, "Not acknowledged", said=(taken.refusal,)))
        answers = [
            wait_for_answer(app.database, signal, app.clock, _ANSWER_WITHIN) for signal in taken.signals
        ]
    except StoreError as problem:
        logger.error("acknowledgement not stored: %s", problem)
        answer = _page(app, request, _Answer(503, "Not stored", said=("Please press again.",)))
        answer.headers["Retry-After"] = "5"
        return answer
    said = []
    for each in answers:
        if each is None:
            said.append("Noted; it counts as soon as the engine has read it.")
        elif each.refusal is not None:
            said.append(each.refusal)
        else:
            said.append(f"{each.incident} is yours.")
    rows: tuple[IncidentRow, ...] = ()
    if claim is not None:
        with app.database.read() as tx:
            rows = tuple(
                row for row in (incidents.get(tx, name) for name in claim.incidents) if row is not None
            )
    return _page(app, request, _Answer(200, "Acknowledged", said=tuple(said), rows=rows))


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
        if reply.asked is not None and isinstance(pager, Converses):
            asked = replace(reply.asked, text=app.redactor.redact(reply.asked.text))
            reply = pager.say(spoken.answer(app.database, app.settings.roster, app.clock, name, asked))
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


@dataclass(frozen=True, slots=True)
class _Answer:
    """What stands on the page: what it is about, what became of it, the incidents, and the one button."""

    status: int
    title: str
    about: str = ""
    said: tuple[str, ...] = ()
    rows: tuple[IncidentRow, ...] = ()
    button: str = ""


def _page(app: App, request: Request, answer: _Answer) -> Response:
    """The page in the look of all others; whoever holds the link is nobody logged in."""
    now = app.clock.now()
    visit = Visit(app, Live(app), None, now, "", request.url.path, {})
    made = page(
        visit, "answer.html", "", answer.status, title=answer.title, about=answer.about, lines=answer.said,
        rows=answer.rows, button=answer.button,
    )  # fmt: skip
    for name, value in _HEADERS.items():
        made.headers[name] = value
    return made
