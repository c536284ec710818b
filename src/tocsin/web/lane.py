"""The short way through HTTP for alerts and pings: a whole request in, one answer out, no task and no middleware between.

What comes in storms goes this way: small bodies of a known length to the paths of senders. Everything else (pages, the API,
large, compressed or chunked bodies, requests sent ahead of their answers, what is no HTTP) is handed to uvicorn with every
byte that was read of it, and the connection stays there; the same paths answer the same there, only not as cheaply.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.utils import get_remote_addr
from uvicorn.server import ServerState

logger = logging.getLogger("tocsin.web")

BODY_BYTES = 64 * 1024  # more takes so long to read that it is read in a thread, by the other way
_HEAD_BYTES = 16 * 1024
_LOOK_SECONDS = 5.0
_WITHIN_SECONDS = 20.0
# What needs more than reading: a proxy before us says who the sender is, and uvicorn knows whom of them to believe.
_OTHERS = frozenset(
    (
        b"transfer-encoding",
        b"content-encoding",
        b"expect",
        b"upgrade",
        b"x-forwarded-for",
        b"x-forwarded-proto",
    )
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A request with its body. Header names in lower case, the last of each; path decoded, query as it came."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    body: bytes
    source: str


@dataclass(frozen=True, slots=True)
class Said:
    """One answer. Header names in lower case; its length is added."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    close: bool = False


Answer = Callable[[Said], None]
GiveUp = Callable[[], None]
# Takes a request and answers it, now or later, once, in the loop's thread. Returns what to call if no answer came in time.
Taker = Callable[[Whole, Answer], GiveUp | None]
# Who takes requests of this method and decoded path, or None.
Takers = Callable[[str, str], Taker | None]


class Lane(asyncio.Protocol):
    """One connection, until something comes that has to go the other way.

    Args:
        takers: whose requests are taken. The rest is what uvicorn gives to every protocol it makes.
    """

    def __init__(
        self,
        takers: Takers,
        config: Config,
        server_state: ServerState,
        app_state: dict[
            str, Any
        ],  # Any: uvicorn's own type of what the application keeps, which we only pass on
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._takers = takers
        self._other = (config, server_state, app_state, _loop)
        self._keep_alive = config.timeout_keep_alive
        self._state = server_state
        self._loop = _loop or asyncio.get_event_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._source = ""
        self._timer: asyncio.TimerHandle | None = None
        self._moment = self._loop.time()  # since when it is as it is: idle, or waiting for its answer
        self._served = 0
        self._waits = False
        self._full = False  # its reader is slow
        self._ahead = b""  # what came before the answer was out
        self._give_up: GiveUp | None = None
        self._ending = False
        self._begin()

    def _begin(self) -> None:
        """Nothing of a request is here."""
        self._raw = b""
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._taker: Taker | None = None
        self._begun = 0
        self._head = self._complete = self._odd = False

    # --- what the transport says ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # a stream's, for this is a stream's protocol
        self._state.connections.add(cast(HttpToolsProtocol, self))  # for `shutdown`, all that is asked of one
        client = get_remote_addr(self._transport)
        self._source = client[0] if client else ""
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(cast(HttpToolsProtocol, self))
        self._transport = self._give_up = None
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        if self._waits or self._full:
            self._ahead += data
            if self._transport is not None:
                self._transport.pause_reading()
            return
        self._raw = self._raw + data if self._raw else data
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._hand_over()
            return
        if self._complete and self._begun == 1 and not self._odd:
            self._take()
        elif self._complete or self._odd or (not self._head and len(self._raw) > _HEAD_BYTES):
            self._hand_over()

    def pause_writing(self) -> None:
        """Its reader is slow: until it has read it is not heard."""
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()

    def shutdown(self) -> None:
        """uvicorn ends: what waits is answered first."""
        self._ending = True
        if not self._waits and self._transport is not None:
            self._transport.close()

    # --- what the parser says ---

    def on_message_begin(self) -> None:
        self._begun += 1

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in _OTHERS:
            self._odd = True
        self._headers[name.decode("latin-1")] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._head = True
        length = self._headers.get("content-length", "0")
        known = length.isascii() and length.isdigit() and int(length) <= BODY_BYTES
        if self._begun > 1 or not known or self._parser.get_http_version() != "1.1":
            self._odd = True
        if self._odd:
            return
        url = httptools.parse_url(self._url)
        self._closes = not self._parser.should_keep_alive()
        self._query = url.query or b""
        path = url.path.decode("ascii")  # what is not is uvicorn's to refuse
        self._path = unquote(path) if "%" in path else path
        self._method = self._parser.get_method().decode("ascii")
        self._taker = self._takers(self._method, self._path)
        self._odd = self._taker is None

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._complete = True

    # --- one request ---

    def _take(self) -> None:
        taker, method, closes = self._taker, self._method, self._closes
        assert taker is not None
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        whole = Whole(method, self._path, self._query, self._headers, body, self._source)
        self._served += 1
        self._state.total_requests += 1
        self._waits, this = True, self._served
        self._moment = self._loop.time()
        self._begin()

        def answer(said: Said) -> None:
            if self._waits and self._served == this:
                self._answer(said, method == "HEAD", closes)

        try:
            give_up = taker(whole, answer)
        except Exception:
            # The edge, as uvicorn has it: a defect costs one answer, not the connections of others.
            logger.exception("a %s could not be answered", method)
            answer(
                Said(500, b"Internal Server Error", ((b"content-type", b"text/plain; charset=utf-8"),), True)
            )
            return
        if self._waits and self._served == this:
            self._give_up = give_up

    def _answer(self, said: Said, bare: bool, closes: bool) -> None:
        transport = self._transport
        if transport is None:
            return  # its sender has gone
        closes = closes or said.close or self._ending
        parts = [STATUS_LINE[said.status]]
        for name, value in self._state.default_headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"content-length: %d\r\n" % len(said.body))
        for name, value in said.headers:
            parts += (name, b": ", value, b"\r\n")
        parts.append(b"connection: close\r\n\r\n" if closes else b"\r\n")
        if not bare:
            parts.append(said.body)
        transport.write(b"".join(parts))
        self._waits, self._give_up = False, None
        self._moment = self._loop.time()
        if closes:
            transport.close()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Read what came meanwhile."""
        if self._ahead and self._transport is not None and not (self._waits or self._full):
            ahead, self._ahead = self._ahead, b""
            self._transport.resume_reading()
            self.data_received(ahead)

    def _look(self) -> None:
        """Now and then, instead of a timer for each request: who waits too long, who says nothing any more."""
        transport = self._transport
        if transport is None:
            return
        since = self._loop.time() - self._moment
        if self._waits:
            if since >= _WITHIN_SECONDS and self._give_up is not None:
                self._give_up()
        elif self._served and not self._raw and since >= self._keep_alive:
            transport.close()
            return
        self._timer = self._loop.call_later(_LOOK_SECONDS, self._look)

    def _hand_over(self) -> None:
        """The other way, with all that was read of this request."""
        transport = self._transport
        if transport is None:
            return
        config, state, app_state, loop = self._other
        other = HttpToolsProtocol(config=config, server_state=state, app_state=app_state, _loop=loop)
        raw = self._raw
        self.connection_lost(None)
        self._begin()
        transport.set_protocol(other)
        other.connection_made(transport)
        other.data_received(raw)


def protocol(takers: Takers) -> type[asyncio.Protocol]:
    """The kind of connections uvicorn is to make: `uvicorn.Config(http=protocol(takers))`."""

    class Connection(Lane):
        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],  # Any: see Lane
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None:
            super().__init__(takers, config, server_state, app_state, _loop)

    return Connection
