"""How a sandbox itself looks at its services: independent of the probes that production uses.

A drill that confirmed its faults with the detectors under test would prove nothing.
"""

import http.client
import socket
import ssl
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60.0  # only a service that hangs takes so long; a busy machine is none


def answers_tcp(port: int) -> bool:
    """Whether something takes connections on this port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS):
            return True
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a GET brought: status and body, or status None when nobody answered as HTTP."""

    status: int | None
    body: str


def https_get(host: str, path: str, *, port: int, ca: Path) -> Answer:
    """GET `https://host/path` from 127.0.0.1:port, with the certificate checked for `host`.

    Never raises for a service that is down; a certificate that does not fit counts as no answer.
    """
    trust = ssl.create_default_context(cafile=str(ca))
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as plain,
            trust.wrap_socket(plain, server_hostname=host) as secure,
        ):
            request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            secure.sendall(request.encode("ascii"))
            response = http.client.HTTPResponse(secure, method="GET")
            response.begin()
            return Answer(response.status, response.read().decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as wrong:
        return Answer(None, str(wrong))


def ask(port: int, path: str, method: str = "GET", *, seconds: float = _SECONDS) -> Answer:
    """Ask 127.0.0.1:port over plain HTTP, past whatever stands in front. Never raises for a service that is down."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as wrong:
        return Answer(None, str(wrong))
    finally:
        connection.close()


class Crowd:
    """Many clients behind one address, each with a connection that is already open, so that they ask at once.

    A burst has to be a burst on a slow machine too: shaking hands is done before it begins.
    """

    def __init__(self, host: str, *, port: int, ca: Path, source: str, size: int) -> None:
        """Nobody is connected yet. `source` is an address of 127.0.0.0/8."""
        self._host = host
        self._port = port
        self._trust = ssl.create_default_context(cafile=str(ca))
        self._source = source
        self._size = size
        self._open = ExitStack()
        self._clients: list[ssl.SSLSocket] = []

    def ask(self, path: str) -> Counter[int]:
        """Everybody asks once: status → how often. Status 0 is a connection that broke or was refused."""
        request = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode("ascii")
        seen: Counter[int] = Counter()
        try:
            while len(self._clients) < self._size:
                self._clients.append(self._connect())
            for client in self._clients:
                client.sendall(request)
            for client in self._clients:
                response = http.client.HTTPResponse(client, method="GET")
                response.begin()
                response.read()
                seen[response.status] += 1
        except (OSError, http.client.HTTPException):
            seen[0] += self._size - seen.total()
            self.leave()
        return seen

    def leave(self) -> None:
        """Everybody hangs up; they connect again when they next ask."""
        self._clients.clear()
        self._open.close()

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self._port), _SECONDS, (self._source, 0))
        self._open.callback(plain.close)
        secure = self._trust.wrap_socket(plain, server_hostname=self._host)
        self._open.callback(secure.close)
        return secure
