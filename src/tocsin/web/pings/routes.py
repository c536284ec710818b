"""The way of a ping through HTTP: which format it is, its body within bounds, the answer as that format has it.

Thousands of pings a second come by `lane`; what that does not take (compressed, chunked) comes by ASGI and is answered
the same. Nothing is redirected, and with or without a slash at the end is the same.
"""

import logging
import zlib
from collections.abc import Mapping
from functools import lru_cache, partial
from urllib.parse import parse_qsl

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from tocsin.app.build import App
from tocsin.web.lane import Answer, Said, Taker, Whole
from tocsin.web.pings import gatus, healthchecks, kuma, sentry
from tocsin.web.pings.desk import Busy, Desk, Found
from tocsin.web.pings.form import Asked, Format, Read, Reply

logger = logging.getLogger("tocsin.web")

FORMATS = (healthchecks.FORMAT, sentry.FORMAT, kuma.FORMAT, gatus.FORMAT)
_HARD_LIMIT_BYTES = 10_000_000
_UNPACK = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's window bits
_RAW_DEFLATE = -15


def routes(app: App) -> "list[PingRoute]":
    """The routes of all formats."""
    desk = Desk(app.heartbeats)
    return [PingRoute(each, desk) for each in FORMATS]


class PingRoute(BaseRoute):
    """The paths of one format."""

    def __init__(self, form: Format, desk: Desk) -> None:
        self._form = form
        self._desk = desk

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for us; what another method asks is told by the format."""
        if scope["type"] == "http" and self._form.mine(scope["path"]):
            return Match.FULL, {}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ping, after it is stored."""
        form = self._form
        try:
            reply = await self._reply(scope, receive)
        except Busy:
            reply = form.busy
        except _TooLarge:
            reply = form.refused(413, "payload too large")
        except _Unreadable as problem:
            reply = form.refused(400, str(problem))
        await _send(send, scope["method"], reply)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        form, method = self._form, scope["method"]
        if form.methods and method not in form.methods:
            return form.refused(405, "method not allowed")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _body(form, headers, receive) if _has_body(headers) else b""
        source = scope["client"][0] if scope["client"] else ""
        read = form.read(_asked(method, scope["path"], scope["query_string"], headers, body, source))
        if isinstance(read, Reply):
            return read
        return read.answer(await self._desk.take(read.calls))

    def taker(self, method: str, path: str) -> Taker | None:
        """Who takes this request without ASGI, or None (see `web.lane`)."""
        return self._take if self._form.mine(path) else None

    def _take(self, whole: Whole, answer: Answer) -> None:
        form = self._form
        if form.methods and whole.method not in form.methods:
            answer(_said(form.refused(405, "method not allowed")))
            return
        if len(whole.body) > form.limit and not form.cuts:
            answer(_said(form.refused(413, "payload too large")))
            return
        body = whole.body[: form.limit]
        read = form.read(_asked(whole.method, whole.path, whole.query, whole.headers, body, whole.source))
        if isinstance(read, Reply):
            answer(_said(read))
            return
        try:
            self._desk.put(read.calls, partial(self._hear, read, answer))
        except Busy:
            answer(_said(form.busy))

    def _hear(self, read: Read, answer: Answer, found: Found) -> None:
        match found:
            case Busy():
                answer(_said(self._form.busy))
            case BaseException():
                answer(
                    Said(
                        500,
                        b"Internal Server Error",
                        ((b"content-type", b"text/plain; charset=utf-8"),),
                        True,
                    )
                )
            case _:
                answer(_said(read.answer(found)))


class _TooLarge(Exception):
    """Nobody reads that much."""


class _Unreadable(Exception):
    """The body is not what its headers say, or ended early."""


def _has_body(headers: dict[str, str]) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def _body(form: Format, headers: dict[str, str], receive: Receive) -> bytes:
    """The body, unpacked, within the format's bounds; what is cut off is read all the same, so that the sender hears us."""
    coding = headers.get("content-encoding", "").strip().lower()
    packed = coding not in ("", "identity")
    if packed and coding not in _UNPACK:
        raise _Unreadable(f"unknown content encoding {coding[:40]}")
    room = form.limit if not packed else max(form.limit, 1)
    kept, read = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Unreadable("the request ended early")
        chunk = message.get("body", b"")
        read += len(chunk)
        if read > _HARD_LIMIT_BYTES:
            raise _TooLarge
        if len(kept) < room:
            kept += chunk[: room - len(kept)]
        if not message.get("more_body", False):
            break
    if read > room and not form.cuts:
        raise _TooLarge
    return unpack(bytes(kept), coding, form.limit, form.cuts) if packed else bytes(kept)


def unpack(body: bytes, coding: str, limit: int, cuts: bool) -> bytes:
    """A compressed body, never more than `limit` bytes of it whatever it claims to hold.

    Raises _TooLarge, or _Unreadable when it is not what `coding` says or ends early (unless the format cuts bodies).
    """
    for bits in (_UNPACK[coding], _RAW_DEFLATE):
        unpacker = zlib.decompressobj(bits)
        try:
            found = unpacker.decompress(body, limit + 1)
        except zlib.error:
            if coding != "deflate":
                break
            continue  # some senders mean raw deflate by that word
        if len(found) > limit:
            if not cuts:
                raise _TooLarge
            return found[:limit]
        if not unpacker.eof and not cuts:
            break
        return found
    raise _Unreadable(f"the body is not {coding}")


def _asked(
    method: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes, source: str
) -> Asked:
    pairs = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
    return Asked(method, path, pairs, headers, body, source)


@lru_cache(maxsize=64)
def _said(reply: Reply) -> Said:
    """As it goes out; the same few replies go out again and again."""
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    if reply.media is not None:
        headers.insert(0, (b"content-type", reply.media.encode()))
    return Said(reply.status, reply.body, tuple(headers))


async def _send(send: Send, method: str, reply: Reply) -> None:
    said = _said(reply)
    headers = [(b"content-length", str(len(said.body)).encode()), *said.headers]
    await send({"type": "http.response.start", "status": said.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else said.body})
