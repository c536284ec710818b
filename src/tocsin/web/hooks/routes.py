"""The paths of foreign senders, answered only after the commit.

`/hooks/<kind>/<key>`, the fixed paths of the formats in use, and each of those below `/k/<key>` as well; with and without
a slash at the end, because some clients give up at a redirect (C16). A storm comes by `lane`; what that does not take
(large, compressed, chunked) comes by ASGI and is answered the same.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Match, Route, compile_path
from starlette.types import Receive, Scope, Send

from tocsin.app.build import App
from tocsin.connectors import sources
from tocsin.connectors.alert_source import Answered, FixedPath, Format
from tocsin.engine.foreign.admission import Entry, Kept
from tocsin.engine.foreign.hooks import Arrived, Judged, judge, request_id
from tocsin.engine.foreign.pace import Pace
from tocsin.web.hooks import alertmanager
from tocsin.web.lane import BODY_BYTES, Answer, GiveUp, Said, Taker, Whole

logger = logging.getLogger("tocsin.web")

HOOKS, KEYED = "/hooks/", "/k/"
_MOST_KEY_CHARS = 200
_WITHIN_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a request goes: the format, the path as that knows it, and the key if one is in the path."""

    format: Format
    path: str
    key: str | None
    methods: frozenset[str]


def routes(app: App) -> "list[HookRoute | Route]":
    """The routes; none where no integration is set up."""
    return [HookRoute(app), *alertmanager.routes(app)] if app.intake.integrations.every() else []


class HookRoute(BaseRoute):
    """All paths of foreign senders as one route, found without trying them one by one."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._chances = _Chances()
        integrations = app.intake.integrations
        self._formats = {kind: sources.find(kind) for kind in integrations.kinds()}
        self._fixed: dict[str, tuple[Format, set[str]]] = {}
        self._patterns: list[tuple[re.Pattern[str], Format, str]] = []
        for each in integrations.every():
            if not isinstance(each.source, FixedPath):
                continue
            for method, path in each.source.paths:
                if "{" in path:
                    self._patterns.append((compile_path(path)[0], each.format, method))
                else:
                    self._fixed.setdefault(path, (each.format, set()))[1].add(method)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        place = self._place(scope["path"])
        if place is None or (place.methods and scope["method"] not in place.methods):
            return Match.NONE, {}
        return Match.FULL, {"tocsin.place": place}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        place: _Place = scope["tocsin.place"]
        came = await _body(receive, place.format.hard_bytes)
        if came is None:
            return  # the sender has gone before it had said everything
        raw, cut = came
        client = scope.get("client")
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        arrived = self._arrived(
            place, scope["method"], scope["query_string"], headers, raw, client[0] if client else "", cut
        )
        asked = (arrived, (place.format,), self._app.intake.integrations, place.key)
        # A large body is read in a thread, so that it delays nobody else.
        judged = await run_in_threadpool(judge, *asked) if len(raw) > BODY_BYTES else judge(*asked)
        await _answer(send, await self._kept(judged))

    def taker(self, method: str, path: str) -> Taker | None:
        """Who takes this request without ASGI, or None (see `web.lane`)."""
        place = self._place(path)
        return None if place is None or method not in place.methods else partial(self._take, place)

    def _take(self, place: _Place, whole: Whole, answer: Answer) -> GiveUp | None:
        most = place.format.hard_bytes
        arrived = self._arrived(
            place, whole.method, whole.query, whole.headers, whole.body[: most + 1], whole.source, len(whole.body) > most
        )  # fmt: skip
        judged = judge(arrived, (place.format,), self._app.intake.integrations, place.key)
        if judged.new is None:
            answer(_said(judged.answer))
            return None

        def told(kept: Kept) -> None:
            answer(_said(judged.sorry() if kept is Kept.LOST else judged.answer))

        entry = Entry(judged.new, judged.bucket, _Mailbox.of(asyncio.get_running_loop()), told)
        if not self._app.intake.admission.submit(entry, patient=judged.patient):
            answer(_said(judged.busy()))
            return None
        return partial(told, Kept.LOST)

    def _arrived(
        self, place: _Place, method: str, query: bytes, headers: Mapping[str, str], raw: bytes, source: str, cut: bool
    ) -> Arrived:  # fmt: skip
        now = self._app.clock.now()
        asked = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
        request = request_id(now, self._chances.next())
        return Arrived(method, place.path, asked, headers, raw, source, now, request, cut)

    async def _kept(self, judged: Judged) -> Answered:
        """The answer, when the request is durable."""
        if judged.new is None:
            return judged.answer
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[Kept] = loop.create_future()
        told = partial(_hear, kept)
        if not self._app.intake.admission.submit(
            Entry(judged.new, judged.bucket, _Mailbox.of(loop), told), patient=judged.patient
        ):
            return judged.busy()
        # A timer of our own: asyncio.wait_for costs as much as reading the event. Neither database nor spool has taken
        # it then: its sender is to come again. If it is kept later it is kept once.
        limit = loop.call_later(_WITHIN_SECONDS, told, Kept.LOST)
        try:
            done = await kept
        finally:
            limit.cancel()
        return judged.sorry() if done is Kept.LOST else judged.answer

    def _place(self, path: str) -> _Place | None:
        if path.startswith(HOOKS):
            kind, _, key = path[len(HOOKS) :].partition("/")
            found = self._formats.get(kind)
            given = key.rstrip("/")
            if found is None or found.own_routes or not 0 < len(given) <= _MOST_KEY_CHARS or "/" in given:
                return None
            return _Place(found, f"{HOOKS}{kind}", given, frozenset(("POST", "PUT")))
        inside: str | None = None
        if path.startswith(KEYED):
            inside, _, rest = path[len(KEYED) :].partition("/")
            path = f"/{rest}"
            if not 0 < len(inside) <= _MOST_KEY_CHARS:
                return None
        bare = path.rstrip("/")
        fixed = self._fixed.get(bare)
        if fixed is not None:
            return _Place(fixed[0], bare, inside, frozenset(fixed[1]))
        for pattern, format_, method in self._patterns:
            if pattern.match(bare):
                methods = {other for again, _, other in self._patterns if again.pattern == pattern.pattern}
                return _Place(format_, bare, inside, frozenset(methods or {method}))
        return None


class _Chances:
    """Random digits for ids, asked of the system many at a time: each question lets another thread go first."""

    _AT_ONCE, _DIGITS = 256, 20

    def __init__(self) -> None:
        self._digits, self._place = "", 0

    def next(self) -> str:
        """Twenty hexadecimal digits nobody had before. Called in the loop's thread only."""
        if self._place >= len(self._digits):
            self._digits, self._place = secrets.token_hex(self._AT_ONCE * self._DIGITS // 2), 0
        self._place += self._DIGITS
        return self._digits[self._place - self._DIGITS : self._place]


class _Mailbox:
    """Brings what became of many requests into their event loop with one call."""

    _every: "dict[int, _Mailbox]" = {}  # noqa: RUF012 -- one per event loop; there is one in a process

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pace = Pace()

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> "_Mailbox":
        found = cls._every.get(id(loop))
        if found is None or found._loop is not loop:
            found = cls._every[id(loop)] = cls(loop)
        return found

    def __call__(self, entries: Sequence[Entry]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._settle, entries)
        except RuntimeError:
            logger.debug("%s senders have gone; what they sent is kept", len(entries))

    def _settle(self, entries: Sequence[Entry]) -> None:
        now = self._loop.time()
        for entry in entries:
            if entry.told is None or entry.kept is None:
                continue
            held = 0.0 if entry.kept is Kept.LOST else self._pace.hold(entry.bucket, now)
            if held:
                self._loop.call_at(now + held, entry.told, entry.kept)
            else:
                entry.told(entry.kept)


def _hear(kept: "asyncio.Future[Kept]", what: Kept) -> None:
    if not kept.done():
        kept.set_result(what)


async def _body(receive: Receive, most: int) -> tuple[bytes, bool] | None:
    """The body, and whether it is longer than is read; None if its sender hung up in the middle."""
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(bytes(message.get("body", b"")))
        size += len(parts[-1])
        more = bool(message.get("more_body", False))
    return parts[0] if len(parts) == 1 else b"".join(parts), size > most


async def _answer(send: Send, answered: Answered) -> None:
    said = _said(answered)
    headers = [(b"content-length", str(len(said.body)).encode()), *said.headers]
    if said.close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": said.body})


def _said(answered: Answered) -> Said:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answered.headers]
    if answered.content_type:
        headers.append((b"content-type", answered.content_type.encode("latin-1")))
    return Said(
        answered.status, answered.body, tuple(headers), close=answered.status == 413
    )  # the rest is not read
