"""F06, F07: how many alerts a second a real `tocsin serve` answers after their commit, beside Debian's Alertmanager.

A process of its own holds CONNECTIONS connections open, each with one request under way. PagerDuty events one by one with
keys that all differ, and with one key; Alertmanager's API v2 with 1, 10 and 100 alerts in a request. What is answered is on
the disk (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync on), and after each round the ledger is asked: accepted is what was
answered, and nothing is missing. The engine decides what came meanwhile and afterwards; how long it takes to catch up is not
in these figures. Alertmanager takes the same requests of the API and keeps them in memory.

Run: python benchmarks/intake.py [rounds]
"""

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
from pathlib import Path

import _postgres
import _room
import psutil
import psycopg
from _reading import p95, rounds_from, say
from _serve import Serve

from tocsin.errors import TocsinError
from tocsin.store import requests
from tocsin.store.database import Database

CONNECTIONS = 64
SINGLE, BATCHED = 20_000, 40_000  # alerts in a round
TARGET_SINGLE, TARGET_BATCHED = 5_000.0, 20_000.0
LIMIT_SECONDS = 240.0
PD, API = "e93facc04764012d7bfb002500d5d1a6", "apikey-0123456789abcdef012"
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
name = "prom"
kind = "alertmanager-api"
key = "{API}"
group_by = ["job"]
"""


# -- the senders: another process ------------------------------------------------------------------------


def bodies(kind: str, each: int, alerts: int, tag: str) -> Iterator[bytes]:
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
                {"routing_key": PD, "event_action": "trigger", "dedup_key": key, "payload": payload}
            ).encode()


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
        self.rest += self.socket.recv(65536)
        head, found, body = self.rest.partition(b"\r\n\r\n")
        if not found:
            return False
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
            raise RuntimeError(f"answered {head[:60]!r} {body[:200]!r}")
        lengths = [
            int(one.split(b":")[1])
            for one in head.split(b"\r\n")
            if one.lower().startswith(b"content-length")
        ]
        if len(body) < (lengths[0] if lengths else 0):
            return False
        self.rest = body[lengths[0] :] if lengths else b""
        return True


def storm(host: str, port: int, path: str, kind: str, each: int, alerts: int, tag: str) -> None:
    """Send everything; then print alerts a second, and the waits (p50, p95, longest) in seconds."""
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    made = [
        f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        for body in bodies(kind, each, alerts, tag)
    ]
    waiting, waits = iter(made), list[float]()
    selector = selectors.DefaultSelector()
    lines = [Line(host, port) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        line.send(next(waiting))
    while len(waits) < len(made):
        for key, _ in selector.select(LIMIT_SECONDS):
            line = key.data
            if not line.answered():
                continue
            waits.append(time.monotonic() - line.sent)
            following = next(waiting, None)
            if following is not None:
                line.send(following)
    took = time.monotonic() - began
    print(json.dumps([alerts / took, sorted(waits)[len(waits) // 2], p95(waits), max(waits)]))


def sent(address: tuple[str, int], path: str, kind: str, each: int, alerts: int, tag: str) -> list[float]:
    """What another process measured."""
    argv = [
        sys.executable,
        __file__,
        "--storm",
        address[0],
        str(address[1]),
        path,
        kind,
        str(each),
        str(alerts),
        tag,
    ]
    ended = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_SECONDS)
    found: list[float] = json.loads(ended.stdout)
    return found


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
                rate, *_, late, _ = sent(peer, "/api/v2/alerts", kind, each, alerts, f"r{number}")
                say(
                    "F07",
                    "Alertmanager 0.25 (in memory)",
                    f"{where}: {name}",
                    rate,
                    "alerts/s",
                    better="more",
                )
                say("F07", "Alertmanager 0.25 (in memory)", f"{where}: {name}, p95", late * 1000, "ms")
            rate, late, longest, cpu = one_round(database, kind, each, alerts)
            figure = "F07" if kind == "api" else "F06"
            say(figure, "tocsin", f"{where}: {name}", rate, "alerts/s", target=target, better="more")
            say(figure, "tocsin", f"{where}: {name}, p95", late * 1000, "ms")
            say(figure, "tocsin", f"{where}: {name}, longest", longest * 1000, "ms")
            say(figure, "tocsin", f"{where}: {name}, CPU of everything", cpu * 1e6, "µs/alert")


def one_round(database: str | None, kind: str, each: int, alerts: int) -> tuple[float, float, float, float]:
    """A new installation under load: alerts a second, p95, longest wait, CPU seconds per alert."""
    with tempfile.TemporaryDirectory() as scratch:
        file = _room.write(Path(scratch), RUNBOOK, SETTINGS, listen="127.0.0.1:0")
        if database is not None:
            _emptied(database)
        with Serve(file, database) as serve:
            serve.wait_until_ready()
            before = sum(psutil.Process(serve.pid).cpu_times()[:2])
            path = f"/k/{API}/api/v2/alerts" if kind == "api" else "/v2/enqueue"
            rate, _, late, longest = sent(serve.address, path, kind, each, alerts, "r")
            used = sum(psutil.Process(serve.pid).cpu_times()[:2]) - before
            serve.kill()
        with Database.open(database or str(_room.store(file)), create=False) as store, store.read() as tx:
            found = requests.ledger(tx)
        if found.accepted != alerts or not found.balanced:
            raise RuntimeError(f"answered {alerts}, and the ledger says {found}")
        return rate, late, longest, used / alerts


def _emptied(database: str) -> None:
    """The same server, nothing in it."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def main() -> None:
    match sys.argv[1:]:
        case ["--storm", host, port, path, kind, each, alerts, tag]:
            storm(host, int(port), path, kind, int(each), int(alerts), tag)
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
