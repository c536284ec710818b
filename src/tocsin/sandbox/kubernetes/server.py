"""The HTTPS door of the API: one thread per connection, loopback only."""

import json
import select
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol

from tocsin.sandbox.kubernetes.answers import Answer
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.wire import Takeover, Wire

_LARGEST = 8 * 1024 * 1024  # bytes of a body; an object of a real cluster has 1.5 MB at most


class Answering(Protocol):
    """Whoever knows the answers."""

    def answer(self, request: Request) -> Answer:
        """Answer one request; errors are answers too."""
        ...


class Server(ThreadingHTTPServer):
    """Listens on loopback; answers with an Api, or with another that knows the answers.

    Args:
        port: on 127.0.0.1. certificate, key: PEM files.
        clients: certificates by which clients may prove who they are; without it none is asked for.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, certificate: Path, key: Path, clients: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.api: Answering | None = None
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        if clients is not None:
            self._tls.verify_mode = ssl.CERT_OPTIONAL
            self._tls.load_verify_locations(clients)

    def begin(self) -> None:
        """Answer, in a thread of its own."""
        threading.Thread(target=self.serve_forever, name="server", daemon=True).start()

    def end(self) -> None:
        """Take nobody any more."""
        self.shutdown()
        self.server_close()

    @property
    def address(self) -> str:
        """As clients reach it: "127.0.0.1:6443"."""
        return f"127.0.0.1:{self.server_address[1]}"

    def finish_request(self, request: object, client_address: object) -> None:
        """Greet the client in its own thread: one that never says a word keeps nobody else waiting."""
        with suppress(OSError):
            secure = self._tls.wrap_socket(request, server_side=True)  # type: ignore[arg-type]  # a socket, by TCPServer
            try:
                self.RequestHandlerClass(secure, client_address, self)  # type: ignore[arg-type]  # its (host, port)
            finally:
                secure.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    server: Server

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        headers = {name: ", ".join(self.headers.get_all(name, ())) for name in self.headers}
        assert isinstance(self.connection, ssl.SSLSocket)
        proven = bool(self.connection.getpeercert())
        request = Request.of(self.command, self.path, headers, body, proven=proven)
        if self.server.api is None:
            answer = Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"starting", "text/plain")
        else:
            answer = self.server.api.answer(request)
        if answer.takeover is not None:
            self._hand_over(answer.takeover)
        elif answer.stream is not None:
            self._stream(answer.stream, answer.type)
        else:
            self._whole(answer)

    # As BaseHTTPRequestHandler wants them.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _body(self) -> bytes | None:
        """The body of the request; None if it was refused."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST:
            self.close_connection = True
            self._whole(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"the body is too large", "text/plain"))
            return None
        return self.rfile.read(length)

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while size := int(self.rfile.readline().split(b";")[0], 16):
            total += size
            if total > _LARGEST:
                self.close_connection = True
                return
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _whole(self, answer: Answer) -> None:
        body = (
            answer.body
            if isinstance(answer.body, bytes)
            else json.dumps(answer.body, separators=(",", ":")).encode()
        )
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _hand_over(self, takeover: Takeover) -> None:
        self.close_connection = True
        self.send_response(HTTPStatus.SWITCHING_PROTOCOLS)
        for name, value in takeover.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        assert isinstance(self.connection, ssl.SSLSocket)
        wire = Wire(self.connection)
        takeover.run(wire)
        wire.close()

    def _stream(self, pieces: Iterator[bytes], type_: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", type_)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        try:
            for piece in pieces:
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.flush()
                elif select.select([self.connection], [], [], 0)[0]:
                    # Nobody says anything while listening: what can be read is the end of the connection.
                    self.close_connection = True
                    return
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # the client has left

    def log_message(self, *_: object) -> None:
        """Nothing: a drill's log is for what goes wrong."""
