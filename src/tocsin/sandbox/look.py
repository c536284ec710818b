"""How a sandbox itself looks at its services: independent of the probes that production uses.

A drill that confirmed its faults with the detectors under test would prove nothing.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 5.0


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
