"""The way of a ping through HTTP: which format it is, its body within bounds, the answer as that format has it.

Below Starlette's requests, because thousands of pings a second come this way. Nothing is redirected, and with or without
a slash at the end is the same.
"""

import logging
import zlib
from urllib.parse import parse_qsl

from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from tocsin.app.build import App
from tocsin.web.pings import gatus, healthchecks, kuma, sentry
from tocsin.web.pings.desk import Busy, Desk
from tocsin.web.pings.form import Asked, Format, Reply

logger = logging.getLogger("tocsin.web")

FORMATS = (healthchecks.FORMAT, sentry.FORMAT, kuma.FORMAT, gatus.FORMAT)
_HARD_LIMIT_BYTES = 10_000_000
_UNPACK = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's window bits
_RAW_DEFLATE = -15


def routes(app: App) -> list[BaseRoute]:
    """The routes of all formats."""
    desk = Desk(app.heartbeats)
    return [_Pings(each, desk) for each in FORMATS]


class _Pings(BaseRoute):
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
        query = scope["query_string"]
        read = form.read(
            Asked(
                method,
                scope["path"],
                dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {},
                headers,
                body,
                scope["client"][0] if scope["client"] else "",
            )
        )
        if isinstance(read, Reply):
            return read
        return read.answer(await self._desk.take(read.calls))


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


async def _send(send: Send, method: str, reply: Reply) -> None:
    headers = [(b"content-length", str(len(reply.body)).encode())]
    if reply.media is not None:
        headers.append((b"content-type", reply.media.encode()))
    headers += [(name.lower().encode(), value.encode()) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
