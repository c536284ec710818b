"""F08: how many pings a second a real `tocsin serve` answers after their commit, and how long each one waits.

A process of its own holds CONNECTIONS connections open, each with one ping under way, over 1,000 heartbeats with cron
and interval plans, as Healthchecks clients send them: a start, then a success with the same run's id. Every ping is on the
disk when it is answered (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync on); after each round it is counted that every
answered ping is there. The floor is the same sender against the same HTTP server that answers 200 and keeps nothing.

Run: python benchmarks/pings.py [rounds]
"""

import json
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import _postgres
import _room
import uvicorn
from _reading import p95, rounds_from, say
from _serve import Serve
from sqlalchemy import text
from starlette.types import Receive, Scope, Send

from tocsin.app.heartbeat_keys import make_key
from tocsin.errors import TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.store.database import Database

PINGS, HEARTBEATS, CONNECTIONS = 30_000, 1_000, 64
TARGET_PER_SECOND = 5_000.0
LIMIT_SECONDS = 180.0

RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0 (Critical)**: Complete service outage\n"


def settings() -> str:
    plans = ('schedule = "*/5 * * * *"', 'every = "10 min"', 'schedule = "0 2 * * *"\nzone = "Europe/Berlin"')
    return "\n".join(
        f'[[heartbeats]]\nname = "job-{number}"\n{plans[number % 3]}\n' for number in range(HEARTBEATS)
    )


# -- the senders: another process ------------------------------------------------------------------------


class Line:
    """One connection with one ping under way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self.rest = b""

    def send(self, request: bytes) -> None:
        self.sent = time.monotonic()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Whether the whole answer is here. Raises RuntimeError for any other than 200."""
        self.rest += self.socket.recv(65536)
        head, found, body = self.rest.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"a ping was answered {head[:60]!r}")
        length = next(
            int(each.split(b":")[1])
            for each in head.split(b"\r\n")
            if each.lower().startswith(b"content-length")
        )
        if len(body) < length:
            return False
        self.rest = body[length:]
        return True


def storm(host: str, port: int, key: str) -> None:
    """Send everything; then print how many a second were answered and how long they waited, in seconds."""
    requests = []
    for number in range(PINGS // 2):
        run = uuid4()
        for signal in ("/start", ""):
            path = f"/ping/{key}/job-{number % HEARTBEATS}{signal}?rid={run}"
            requests.append(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/7.88.1\r\n\r\n".encode()
            )
    waiting = iter(requests)
    waits: list[float] = []
    selector = selectors.DefaultSelector()
    lines = [Line(host, port) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        line.send(next(waiting))
    while len(waits) < PINGS:
        for key_, _ in selector.select(LIMIT_SECONDS):
            line = key_.data
            if not line.answered():
                continue
            waits.append(time.monotonic() - line.sent)
            following = next(waiting, None)
            if following is not None:
                line.send(following)
    print(json.dumps([PINGS / (time.monotonic() - began), p95(waits), max(waits)]))


def sent(address: tuple[str, int], key: str) -> tuple[float, float, float]:
    """What another process measured: pings a second, 95th percentile and longest wait in seconds."""
    ended = subprocess.run(
        [sys.executable, __file__, "--storm", address[0], str(address[1]), key],
        stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_SECONDS,
    )  # fmt: skip
    rate, late, longest = json.loads(ended.stdout)
    return rate, late, longest


# -- the floor: the same HTTP server, and nothing behind it -----------------------------------------------


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-length", b"2"), (b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"OK"})


def floor(rounds: int) -> None:
    with subprocess.Popen(
        [sys.executable, __file__, "--floor"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        for _ in range(rounds):
            rate, late, _ = sent(("127.0.0.1", port), "0" * 32)
            for where in ("SQLite", "PostgreSQL"):
                say("F08", "floor", f"{where}: pings answered", rate, "/s", better="more")
                say("F08", "floor", f"{where}: a ping waits, p95", late * 1000, "ms")
        process.kill()


def serve_nothing() -> None:
    # As the door does it: without TCP by name asyncio leaves Nagle's algorithm on, and the body waits for the head's answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(CONNECTIONS)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(nothing, log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


# -- a round ---------------------------------------------------------------------------------------------


def measure(where: str, database: str | None, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        file = _room.write(Path(scratch), RUNBOOK, settings(), listen="127.0.0.1:0")
        with Serve(file, database) as serve:
            serve.wait_until_ready()
            with Database.open(database or str(_room.store(file)), create=False) as store:
                _, key = make_key(store, None, "bench", SystemClock().now())
                for number in range(rounds):
                    rate, late, longest = sent(serve.address, key)
                    with store.read() as tx:
                        kept = int(tx.execute(text("SELECT sum(pings) FROM heartbeats")).scalar() or 0)
                    if kept != PINGS * (number + 1):
                        raise RuntimeError(f"{kept} pings are kept of {PINGS * (number + 1)} answered")
                    say(
                        "F08",
                        "tocsin",
                        f"{where}: pings answered",
                        rate,
                        "/s",
                        target=TARGET_PER_SECOND,
                        better="more",
                    )
                    say("F08", "tocsin", f"{where}: a ping waits, p95", late * 1000, "ms")
                    say("F08", "tocsin", f"{where}: a ping waits, longest", longest * 1000, "ms")
            serve.stop()


def main() -> None:
    match sys.argv[1:]:
        case ["--storm", host, port, key]:
            storm(host, int(port), key)
            return
        case ["--floor"]:
            serve_nothing()
            return
    rounds = rounds_from(sys.argv, 5)
    floor(rounds)
    measure("SQLite", None, rounds)
    try:
        with _postgres.server() as postgres:
            print(f"F08: PostgreSQL {postgres.told}")
            measure("PostgreSQL", postgres.database(), rounds)
    except TocsinError as problem:
        print(f"F08: no PostgreSQL here, so no number of it: {problem.message}")


if __name__ == "__main__":
    main()
