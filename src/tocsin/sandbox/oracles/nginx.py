"""What a runbook may damage in an nginx: its configuration, whether that is the one that runs, who gets through."""

import http.client
import socket
import ssl
from collections import Counter
from pathlib import Path

from tocsin.sandbox import processes
from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.nginx import Nginx
from tocsin.sandbox.oracles.files import digest

_SECONDS = 30.0


def configuration(nginx: Nginx) -> Oracles:
    """A digest of every configuration file below its home."""
    files = sorted(path for path in nginx.home.rglob("*.conf") if path.is_file())
    return {f"nginx.{path.relative_to(nginx.home)}": digest(path) for path in files}


def workers(nginx: Nginx) -> frozenset[processes.Identity]:
    """The processes that serve. A reload that was refused leaves the old ones: the same number and start."""
    master = nginx.pid
    return frozenset(
        seen.identity for seen in processes.everything() if seen.parent == master and not seen.zombie
    )


def errors_since(nginx: Nginx, offset: int) -> tuple[str, ...]:
    """Lines of the error log after an offset in bytes: the only place where a refused reload shows."""
    log = nginx.home / "error.log"
    if not log.exists():
        return ()
    return tuple(log.read_bytes()[offset:].decode("utf-8", "replace").splitlines())


def log_end(nginx: Nginx) -> int:
    """The offset for `errors_since`, now."""
    log = nginx.home / "error.log"
    return log.stat().st_size if log.exists() else 0


def answers(
    host: str, path: str, *, port: int, ca: Path, source: str = "127.0.0.1", requests: int = 1
) -> Counter[int]:
    """How a client with this source address fares: status → how often, of so many requests on one connection.

    A legitimate client sends one, an abusive one eighty. Status 0 is a connection that broke.
    """
    trust = ssl.create_default_context(cafile=str(ca))
    seen: Counter[int] = Counter()
    try:
        with (
            socket.create_connection(("127.0.0.1", port), _SECONDS, (source, 0)) as plain,
            trust.wrap_socket(plain, server_hostname=host) as secure,
        ):
            for _ in range(requests):
                secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("ascii"))
                response = http.client.HTTPResponse(secure, method="GET")
                response.begin()
                response.read()
                seen[response.status] += 1
    except (OSError, http.client.HTTPException):
        seen[0] += 1
    return seen
