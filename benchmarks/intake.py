"""F06, F07: how many alerts a second a real `tocsin serve` answers after their commit, beside Debian's Alertmanager.

A process of its own holds 64 connections open, each with one request under way. PagerDuty events one by one with
keys that all differ, and with one key; Alertmanager's API v2 with 1, 10 and 100 alerts in a request. What is answered is on
the disk (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync on), and after each round the ledger is asked: accepted is what was
answered, and nothing is missing. The engine decides what came meanwhile and afterwards; how long it takes to catch up is not
in these figures. Alertmanager takes the same requests of the API and keeps them in memory.

Run: python benchmarks/intake.py [rounds]
     python benchmarks/intake.py --fairness [rounds]   (how long a key waits beside another one that floods)
"""

import itertools
import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import _postgres
import _room
import _storm
import psycopg
from _reading import rounds_from, say
from _serve import Serve

from tocsin.errors import TocsinError
from tocsin.store import requests
from tocsin.store.database import Database

QUIET, PER_SECOND = 600, 50.0  # of the key that sends little
SINGLE, BATCHED = 20_000, 40_000  # alerts in a round
TARGET_SINGLE, TARGET_BATCHED = 5_000.0, 20_000.0
PD, OTHER, API = (
    "e93facc04764012d7bfb002500d5d1a6",
    "0000000004764012d7bfb002500d5d1a",
    "apikey-0123456789abcdef012",
)
LOADS = {
    "PagerDuty events, keys that differ": ("pd", 1, SINGLE),
    "PagerDuty events, one key": ("same", 1, SINGLE),
    "Alertmanager API, 1 alert in a request": ("api", 1, SINGLE),
    "Alertmanager API, 10 alerts in a request": ("api", 10, BATCHED),
    "Alertmanager API, 100 alerts in a request": ("api", 100, BATCHED),
}
RUNBOOK = "# Shop\n\n## Severity Levels\n- **P0 (Critical)**: Complete service outage\n"
SETTINGS = f"""
[[integrations]]
name = "pd"
kind = "pagerduty-events"
key = "{PD}"
[[integrations]]
name = "quiet"
kind = "pagerduty-events"
key = "{OTHER}"
[[integrations]]
name = "prom"
kind = "alertmanager-api"
key = "{API}"
group_by = ["job"]
"""


# -- the senders: another process ------------------------------------------------------------------------


def bodies(kind: str, each: int, alerts: int, tag: str, routing: str = PD) -> Iterator[bytes]:
    for number in range(0, alerts, each):
        if kind == "api":
            yield json.dumps(
                [
                    {
                        "labels": {"alertname": "DiskFull", "instance": f"{tag}-{one}", "job": "node", "severity": "warning"},
                        "annotations": {"summary": f"disk of {one} at 99 %"},
                        "startsAt": "2026-11-21T18:34:26.949Z", "generatorURL": "http://prom:9090/graph",
                    }
                    for one in range(number, number + each)
                ]
            ).encode()  # fmt: skip
        else:
            key = f"{tag}-{number}" if kind == "pd" else "one"
            payload = {
                "summary": "DISK at 99%",
                "severity": "critical",
                "source": "prod-datapipe03",
                "class": "disk",
            }
            yield json.dumps(
                {"routing_key": routing, "event_action": "trigger", "dedup_key": key, "payload": payload}
            ).encode()


def made(host: str, path: str, kind: str, each: int, alerts: int, tag: str, key: str) -> list[bytes]:
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    return [
        f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        for body in bodies(kind, each, alerts, tag, key)
    ]


def sent(address: tuple[str, int], path: str, kind: str, each: int, alerts: int, tag: str) -> _storm.Sent:
    """What another process measured; its rate in alerts a second."""
    argv = [__file__, "--storm", address[0], str(address[1]), path, kind, str(each), str(alerts), tag]
    found = _storm.sent(argv)
    return replace(found, rate=found.rate * each)


def flood(host: str, port: int, key: str) -> None:
    """Events of one key as fast as they are answered, until killed; says when it has begun."""
    lines = [_storm.Line(host, port) for _ in range(_storm.CONNECTIONS - 1)]
    numbers = itertools.count()
    selector = selectors.DefaultSelector()
    endless = (made(host, "/v2/enqueue", "pd", 1, 1, f"flood-{n}", key)[0] for n in numbers)
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        line.send(next(endless))
    print("begun", flush=True)
    while True:
        for ready, _ in selector.select():
            if ready.data.answered():
                ready.data.send(next(endless))


# -- the peer ---------------------------------------------------------------------------------------------


@contextmanager
def alertmanager(folder: Path) -> Iterator[tuple[str, int]]:
    """Debian's Alertmanager on loopback. Raises TocsinError where it is not there."""
    tools = Path(os.environ.get("TOCSIN_TOOLS", Path(__file__).resolve().parents[1] / ".tools"))
    program = shutil.which("prometheus-alertmanager", path=f"{tools / 'bin'}:{os.environ['PATH']}")
    if program is None:
        raise TocsinError("prometheus-alertmanager is not here", hint="scripts/setup --dev")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    config = folder / "alertmanager.yml"
    config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    argv = [
        program, f"--config.file={config}", f"--storage.path={folder / 'am'}", "--cluster.listen-address=",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
    ]  # fmt: skip
    with subprocess.Popen(argv, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError as problem:
                    if process.poll() is not None or time.monotonic() > until:
                        raise TocsinError("prometheus-alertmanager did not start") from problem
                    time.sleep(0.02)
            yield "127.0.0.1", port
        finally:
            process.kill()


# -- a round ---------------------------------------------------------------------------------------------


def measure(where: str, database: str | None, rounds: int, peer: tuple[str, int] | None) -> None:
    for name, (kind, each, alerts) in LOADS.items():
        target = TARGET_SINGLE if each == 1 else TARGET_BATCHED
        for number in range(rounds):
            if peer is not None and kind == "api":
                theirs, them = (
                    sent(peer, "/api/v2/alerts", kind, each, alerts, f"r{number}"),
                    "Alertmanager 0.25 (in memory)",
                )
                say("F07", them, f"{where}: {name}", theirs.rate, "alerts/s", better="more")
                say("F07", them, f"{where}: {name}, p95", theirs.p95 * 1000, "ms")
            found, cpu = one_round(database, kind, each, alerts)
            figure = "F07" if kind == "api" else "F06"
            say(figure, "tocsin", f"{where}: {name}", found.rate, "alerts/s", target=target, better="more")
            say(figure, "tocsin", f"{where}: {name}, p95", found.p95 * 1000, "ms")
            say(figure, "tocsin", f"{where}: {name}, p99", found.p99 * 1000, "ms")
            say(figure, "tocsin", f"{where}: {name}, longest", found.longest * 1000, "ms")
            say(figure, "tocsin", f"{where}: {name}, CPU of everything", cpu * 1e6, "µs/alert")


def one_round(database: str | None, kind: str, each: int, alerts: int) -> tuple[_storm.Sent, float]:
    """A new installation under load: what the sender saw, and CPU seconds per alert until its last answer."""
    with tempfile.TemporaryDirectory() as scratch:
        file = _room.write(Path(scratch), RUNBOOK, SETTINGS, listen="127.0.0.1:0")
        if database is not None:
            _emptied(database)
        with Serve(file, database) as serve:
            serve.wait_until_ready()
            path = f"/k/{API}/api/v2/alerts" if kind == "api" else "/v2/enqueue"
            before = _storm.cpu_seconds(serve.pid)
            seen = sent(serve.address, path, kind, each, alerts, "r")
            used = _storm.cpu_seconds(serve.pid) - before
            serve.kill()
        with Database.open(database or str(_room.store(file)), create=False) as store, store.read() as tx:
            found = requests.ledger(tx)
        if found.accepted != alerts or not found.balanced:
            raise RuntimeError(f"answered {alerts}, and the ledger says {found}")
        return seen, used / alerts


def fairness(rounds: int) -> None:
    """A key that sends little: alone, then beside another key that sends as much as is answered."""
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            file = _room.write(Path(scratch), RUNBOOK, SETTINGS, listen="127.0.0.1:0")
            with Serve(file) as serve:
                serve.wait_until_ready()
                host, port = serve.address[0], str(serve.address[1])
                quiet = [__file__, "--quiet", host, port]
                alone = _storm.sent([*quiet, "alone"])
                crowded = _storm.beside([__file__, "--flood", host, port], [*quiet, "crowded"])
                serve.kill()
        for name, found in (("alone", alone), ("beside one that floods", crowded)):
            say(
                "F06",
                "tocsin",
                f"a key of {PER_SECOND:.0f} alerts a second {name}, p50",
                found.p50 * 1000,
                "ms",
            )
            say(
                "F06",
                "tocsin",
                f"a key of {PER_SECOND:.0f} alerts a second {name}, p99",
                found.p99 * 1000,
                "ms",
            )


def _emptied(database: str) -> None:
    """The same server, nothing in it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def main() -> None:
    match sys.argv[1:]:
        case ["--storm", host, port, path, kind, each, alerts, tag]:
            _storm.blast(host, int(port), made(host, path, kind, int(each), int(alerts), tag, PD))
            return
        case ["--flood", host, port]:
            flood(host, int(port), PD)
            return
        case ["--quiet", host, port, tag]:
            requests_ = made(host, "/v2/enqueue", "pd", 1, QUIET, tag, OTHER)
            _storm.trickle(host, int(port), requests_, PER_SECOND)
            return
        case ["--fairness", *more]:
            fairness(int(more[0]) if more else 3)
            return
    rounds = rounds_from(sys.argv, 5)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with alertmanager(Path(scratch)) as peer:
                measure("SQLite", None, rounds, peer)
        except TocsinError as problem:
            print(f"F07: no Alertmanager here, so no number of it: {problem.message}")
            measure("SQLite", None, rounds, None)
    try:
        with _postgres.server() as postgres:
            print(f"F06: PostgreSQL {postgres.told}")
            measure("PostgreSQL", postgres.database(), rounds, None)
    except TocsinError as problem:
        print(f"F06: no PostgreSQL here, so no number of it: {problem.message}")


if __name__ == "__main__":
    main()
