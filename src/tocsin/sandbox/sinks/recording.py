"""What every stand-in is built on: an HTTP server on loopback that keeps each request and can be made to misbehave."""

import gzip
import socket
import ssl
import struct
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tocsin.kit.clock import Clock, SystemClock

LARGEST_BODY = 16 * 1024 * 1024
_ENDS_WITHIN = 5.0
_RESET = struct.pack("ii", 1, 0)
MARK = "DRILL"
"""Stands in whatever a stand-in emits: in a header of every answer, and in what people would read."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came.

    Attributes:
        method, path: "POST", "/v1/refunds"; the path is without its query.
        query: the query's pairs, decoded.
        headers: names in lower case; of a repeated one the last.
        raw: the body as it was sent, without the chunks' frames.
        body: the same, decompressed.
        at: when it had been read.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    raw: bytes
    body: bytes
    at: datetime

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", "replace")

    @property
    def form(self) -> dict[str, str]:
        """The body as a form; of a repeated name the last value."""
        return dict(parse_qsl(self.text, keep_blank_values=True))

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer …`, or ""."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stand-in answers: status, body and headers beyond type and length."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/json"


def answer_json(status: int, value: object, *headers: tuple[str, str]) -> Answer:
    """An answer in JSON."""
    return Answer(status, msgspec.json.encode(value), headers)


class Manner(Enum):
    """How a stand-in treats its callers."""

    AS_THE_VENDOR = "as the vendor"
    ERROR = "error"
    CUT_OFF = "cut off"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Mood:
    """How it treats the next callers.

    Attributes:
        manner: an error of this `status`, half an answer and then a reset, or no answer at all.
        status: 429, 500, 503; for ERROR.
        retry_after: whole seconds told with an error; None leaves the header out.
        delay: before every answer.
        times: for so many requests, then as the vendor again; None is until told otherwise.
    """

    manner: Manner = Manner.AS_THE_VENDOR
    status: int = 503
    retry_after: int | None = None
    delay: timedelta = timedelta()
    times: int | None = None


@dataclass(slots=True)
class _State:
    requests: list[Request] = field(default_factory=list)
    mood: Mood = field(default_factory=Mood)


class StandIn:
    """One vendor on one port of 127.0.0.1, in a thread of this process; use it in a `with`, or stop it.

    Subclasses say what the vendor answers. Whatever is asked is kept before it is answered.
    """

    def __init__(
        self, *, port: int = 0, certificate: tuple[Path, Path] | None = None, clock: Clock | None = None
    ) -> None:
        """Listen at once.

        Args:
            port: 0 takes any free one.
            certificate: files of certificate and key; with them it speaks TLS only.
        """
        self.clock = clock or SystemClock()
        self.changed = threading.Condition()
        self._state = _State()
        self._ended = threading.Event()
        self._server = _Server(("127.0.0.1", port), self)
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.tls = context
            self._scheme = "https"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True, name=f"stand-in-{self.port}"
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """ "http://127.0.0.1:PORT", without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """Everything that was asked, oldest first."""
        with self.changed:
            return tuple(self._state.requests)

    def to(self, path: str) -> tuple[Request, ...]:
        """What was asked of this path."""
        return tuple(one for one in self.requests if one.path == path)

    def behave(self, mood: Mood) -> None:
        """Treat callers like this from now on; `Mood()` is as the vendor does."""
        with self.changed:
            self._state.mood = mood

    def answer(self, request: Request) -> Answer:
        """What the vendor answers. Called by several threads at once."""
        raise NotImplementedError

    def failure(self, status: int) -> Answer:
        """The vendor's own form of an error that it is told to give."""
        return answer_json(status, {"error": f"{MARK}: told to answer {status}"})

    def stop(self) -> None:
        """End it, with everybody who still waits for an answer. Safe to call twice."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_ENDS_WITHIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- used by the server's threads ----------------------------------------------------------------

    def keep(self, request: Request) -> Mood:
        """Keep the request; how it is to be treated."""
        with self.changed:
            self._state.requests.append(request)
            mood = self._state.mood
            if mood.times is not None:
                left = mood.times - 1
                self._state.mood = replace(mood, times=left) if left > 0 else Mood()
            self.changed.notify_all()
        return mood

    def wait(self, pause: timedelta | None) -> None:
        """Wait, or for ever with None, but no longer than until the stand-in ends."""
        self._ended.wait(None if pause is None else pause.total_seconds())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], owner: StandIn) -> None:
        self.owner = owner
        self.tls: ssl.SSLContext | None = None
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is not worth a word."""

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        if self.tls is not None:
            request = self.tls.wrap_socket(request, server_side=True)
        _Handler(request, client_address, self)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        raw = self._body()
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner = self.server.owner
        request = Request(
            method=self.command,
            path=parts.path,
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            raw=raw,
            body=_decompressed(raw, headers.get("content-encoding", "")),
            at=owner.clock.now(),
        )
        self._reply(owner, request, owner.keep(request))

    def _reply(self, owner: StandIn, request: Request, mood: Mood) -> None:
        if mood.delay:
            owner.wait(mood.delay)
        match mood.manner:
            case Manner.SILENT:
                owner.wait(None)
                self.close_connection = True
            case Manner.ERROR:
                told = () if mood.retry_after is None else (("Retry-After", str(mood.retry_after)),)
                failure = owner.failure(mood.status)
                self._send(replace(failure, headers=(*failure.headers, *told)))
            case Manner.CUT_OFF:
                self._send(owner.answer(request), half=True)
            case Manner.AS_THE_VENDOR:
                self._send(owner.answer(request))

    def _send(self, answer: Answer, *, half: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in (
            ("Content-Type", answer.kind),
            ("Content-Length", str(len(answer.body))),
            ("X-Tocsin", MARK),
            *answer.headers,
        ):
            self.send_header(name, value)
        self.end_headers()
        body = answer.body[: len(answer.body) // 2] if half else answer.body
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
        if half:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = int(self.headers.get("content-length") or 0)
        return self.rfile.read(min(length, LARGEST_BODY))

    def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while size := int(self.rfile.readline(64).split(b";")[0] or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline(8)  # the line end behind a chunk
        while self.rfile.readline(65537).strip():
            pass  # trailers
        return b"".join(parts)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked is kept, not written."""


def _decompressed(raw: bytes, encoding: str) -> bytes:
    """The body without its compression; as it is if that cannot be read."""
    with suppress(OSError, EOFError, zlib.error):
        match encoding.strip().lower():
            case "gzip" | "x-gzip":
                return gzip.decompress(raw)
            case "deflate":
                return zlib.decompress(raw)
            case _:
                pass
    return raw
