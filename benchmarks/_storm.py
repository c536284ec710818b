"""A storm of HTTP requests from a process of its own: so many connections, each with one request under way.

rate = storm.sent([__file__, "--storm", ...])      # in the process that measures
storm.blast(host, port, requests)                   # in the process that sends; prints what `sent` reads
"""

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

import psutil
from _reading import p95

CONNECTIONS = 64
LIMIT_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a storm came to: answers a second, and how long they took in seconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    longest: float


class Line:
    """One connection with one request under way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self.rest = b""

    def send(self, request: bytes) -> None:
        self.sent = time.monotonic()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Whether the whole answer is here. Raises RuntimeError for any other than success."""
        came = self.socket.recv(65536)
        self.rest += came
        head, found, body = self.rest.partition(b"\r\n\r\n")
        if not found:
            if not came:
                raise RuntimeError(f"hung up after {self.rest[:60]!r}")
            return False
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            raise RuntimeError(f"answered {head[:60]!r} {body[:200]!r}")
        place = head.lower().find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(body) < length:
            return False
        self.rest = body[length:]
        return True


def blast(host: str, port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> None:
    """Send everything as fast as it is answered; then print a `Sent`."""
    waiting, waits = iter(requests), list[float]()
    selector = selectors.DefaultSelector()
    lines = [Line(host, port) for _ in range(connections)]
    began = time.monotonic()
    for line, request in zip(lines, waiting, strict=False):
        selector.register(line.socket, selectors.EVENT_READ, line)
        line.send(request)
    while len(waits) < len(requests):
        for key, _ in selector.select(LIMIT_SECONDS):
            line = key.data
            if not line.answered():
                continue
            waits.append(time.monotonic() - line.sent)
            following = next(waiting, None)
            if following is not None:
                line.send(following)
    _tell(waits, time.monotonic() - began)


def trickle(host: str, port: int, requests: Iterable[bytes], per_second: float) -> None:
    """Send one after the other by the clock over one connection; then print a `Sent`."""
    line, waits = Line(host, port), list[float]()
    began = due = time.monotonic()
    for request in requests:
        time.sleep(max(due - time.monotonic(), 0.0))
        line.send(request)
        while not line.answered():
            pass
        waits.append(time.monotonic() - line.sent)
        due = max(due + 1 / per_second, time.monotonic())
    _tell(waits, time.monotonic() - began)


def _tell(waits: Sequence[float], took: float) -> None:
    ordered = sorted(waits)
    late = quantiles(ordered, n=100)[98]
    print(json.dumps([len(ordered) / took, ordered[len(ordered) // 2], p95(ordered), late, ordered[-1]]))


def sent(argv: Sequence[str]) -> Sent:
    """Start a sender (a file of ours with its arguments) and wait for what it measured."""
    ended = subprocess.run(
        [sys.executable, *argv], stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_SECONDS
    )
    return Sent(*json.loads(ended.stdout))


def beside(others: Sequence[str], argv: Sequence[str]) -> Sent:
    """The same while another sender goes on, which prints a line when it has begun."""
    with subprocess.Popen([sys.executable, *others], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            other.stdout.readline()
            return sent(argv)
        finally:
            other.kill()


def cpu_seconds(pid: int) -> float:
    """What a process has used."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
