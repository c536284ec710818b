"""F08: how many pings a second a real `tocsin serve` answers after their commit, and how long each one waits.

A process of its own holds 64 connections open, each with one ping under way, over 1,000 heartbeats with cron
and interval plans, as Healthchecks clients send them: a start, then a success with the same run's id. Every ping is on the
disk when it is answered (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync on); after each round it is counted that every
answered ping is there. The floor is the same sender against the same HTTP server that answers 200 and keeps nothing.

Run: python benchmarks/pings.py [rounds]
"""

import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

import _postgres
import _room
import _storm
import uvicorn
from _reading import rounds_from, say
from _serve import Serve
from sqlalchemy import text
from starlette.types import Receive, Scope, Send

from tocsin.app.heartbeat_keys import make_key
from tocsin.errors import TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.store.database import Database

PINGS, HEARTBEATS = 30_000, 1_000
TARGET_PER_SECOND = 5_000.0

RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0 (Critical)**: Complete service outage\n"


def settings() -> str:
    plans = ('schedule = "*/5 * * * *"', 'every = "10 min"', 'schedule = "0 2 * * *"\nzone = "Europe/Berlin"')
    return "\n".join(
        f'[[heartbeats]]\nname = "job-{number}"\n{plans[number % 3]}\n' for number in range(HEARTBEATS)
    )


# -- the senders: another process ------------------------------------------------------------------------


def storm(host: str, port: int, key: str) -> None:
    """Send everything; then print how many a second were answered and how long they waited."""
    requests = []
    for number in range(PINGS // 2):
        run = uuid4()
        for signal in ("/start", ""):
            path = f"/ping/{key}/job-{number % HEARTBEATS}{signal}?rid={run}"
            requests.append(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/7.88.1\r\n\r\n".encode()
            )
    _storm.blast(host, port, requests)


def sent(address: tuple[str, int], key: str) -> _storm.Sent:
    """What another process measured."""
    return _storm.sent([__file__, "--storm", address[0], str(address[1]), key])


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
            found = sent(("127.0.0.1", port), "0" * 32)
            for where in ("SQLite", "PostgreSQL"):
                say("F08", "floor", f"{where}: pings answered", found.rate, "/s", better="more")
                say("F08", "floor", f"{where}: a ping waits, p95", found.p95 * 1000, "ms")
        process.kill()


def serve_nothing() -> None:
    # As the door does it: without TCP by name asyncio leaves Nagle's algorithm on, and the body waits for the head's answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(_storm.CONNECTIONS)
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
                    before = _storm.cpu_seconds(serve.pid)
                    found = sent(serve.address, key)
                    used = _storm.cpu_seconds(serve.pid) - before
                    with store.read() as tx:
                        kept = int(tx.execute(text("SELECT sum(pings) FROM heartbeats")).scalar() or 0)
                    if kept != PINGS * (number + 1):
                        raise RuntimeError(f"{kept} pings are kept of {PINGS * (number + 1)} answered")
                    say(
                        "F08",
                        "tocsin",
                        f"{where}: pings answered",
                        found.rate,
                        "/s",
                        target=TARGET_PER_SECOND,
                        better="more",
                    )
                    say("F08", "tocsin", f"{where}: a ping waits, p95", found.p95 * 1000, "ms")
                    say("F08", "tocsin", f"{where}: a ping waits, p99", found.p99 * 1000, "ms", target=15.0)
                    say("F08", "tocsin", f"{where}: a ping waits, longest", found.longest * 1000, "ms")
                    say(
                        "F08",
                        "tocsin",
                        f"{where}: CPU of everything",
                        used / PINGS * 1e6,
                        "µs/ping",
                        target=100.0,
                    )
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
