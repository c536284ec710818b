"""F28: a node dies (kill -9): how soon the other one has paged, and that no page is lost or doubled.

Two nodes on one PostgreSQL of its own (fsync on); the first leads, has paged for ten services, and Ana has put one page
off. Then it is killed, ten more alerts are stored while nobody leads, and the put-off page comes due. Measured from the
kill, at a listener on loopback:

- *first page of a new alert*: of the ten stored after the kill (target: 5 s);
- *the running incident pages on*: the page that was put off, by a clock that the dead node had started.

Every one of the ten new pages and the put-off one has to come, each key once, and nothing that was handed over before may
come again; else the run ends. Three kinds of pairs take turns:

- `tocsin serve` twice, *another machine*: the heir is in a PID namespace of its own, so that it cannot see that the other
  is dead and has to wait for its lease to run out;
- `tocsin serve` twice, *one machine*: the heir sees that the process is gone;
- `tocsin worker` twice on a real Temporal server (in memory, its own settings): there Temporal finds out. The peer.

Run: python benchmarks/takeover.py [rounds]
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import _postgres
import _room
import psutil
from _channel import Channel
from _reading import rounds_from, say

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.engine.words import accept_word
from tocsin.incident.events import Snoozed
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import PersonId
from tocsin.sandbox.scratch import Scratch
from tocsin.store import incidents
from tocsin.store.database import Database

ALERTS = 10
TARGET_S = 5.0
LIMIT_SECONDS = 90.0
SETTLE_SECONDS = 6.0  # until the heir has started and waits
PUT_OFF = timedelta(seconds=1)

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage, immediate response
"""


def settings(channel: Channel) -> str:
    return f"""
[people.ana]
name = "Ana"
page = ["hook:ana"]
[oncall]
level1 = ["ana"]
[pagers.hook]
kind = "webhook"
url = "{channel.url}"
"""


class Pair:
    """Two nodes of one installation; killed at the end of the block."""

    def __init__(self, file: Path, database: str, command: list[str], apart: list[str]) -> None:
        self._command = [
            sys.executable,
            "-m",
            "tocsin",
            *command,
            "--config",
            str(file),
            "--while-stdin-open",
        ]
        self._apart = apart
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(file.parent),
            "TOCSIN_DATABASE_URL": database,
        }
        self._nodes: list[subprocess.Popen[bytes]] = []
        self._log = file.parent / "nodes.log"

    def start(self) -> None:
        """One node more; every one but the first where it cannot see the others."""
        apart = self._apart if self._nodes else []
        with self._log.open("ab") as out:
            node = subprocess.Popen(
                [*apart, *self._command], env=self._environment, stdin=subprocess.PIPE, stdout=out, stderr=out
            )
        self._nodes.append(node)

    def kill_first(self) -> float:
        """kill -9; returns the moment before."""
        moment = time.perf_counter()
        self._nodes[0].kill()
        self._nodes[0].wait()
        return moment

    def said(self) -> str:
        """The end of what they logged."""
        return self._log.read_text(errors="replace")[-2000:]

    def __enter__(self) -> "Pair":
        return self

    def __exit__(self, *exception: object) -> None:
        for node in self._nodes:
            if node.poll() is None:
                for child in psutil.Process(node.pid).children(recursive=True):
                    child.kill()
                node.kill()
            node.wait()


def store_alert(database: Database, name: str) -> None:
    now = SystemClock().now()
    alert = Alert(name, AlertState.FIRING, f"{name} is down.", "bench", now, {}, "Complete service outage")
    accept_alert(database, alert, "{}", now)


def wait_for(channel: Channel, pair: Pair, name: str, count: int = 1) -> float:
    """When the page of this service came, for the `count`th time. Raises RuntimeError if it does not."""

    def moments() -> list[float]:
        return [moment for moment, _, subject in channel.accepted if f"{name} is down." in subject]

    with channel.news:
        if not channel.news.wait_for(lambda: len(moments()) >= count, LIMIT_SECONDS):
            raise RuntimeError(f"the page of {name} was lost; the nodes said:\n{pair.said()}")
    return moments()[count - 1]


def one_round(pair: Pair, channel: Channel, place: str) -> tuple[float, float]:
    """Seconds from the kill to the first page of a new alert, and to that of the running incident."""
    with Database.open(place) as database:
        pair.start()
        for number in range(ALERTS):
            store_alert(database, f"before{number}")
        for number in range(ALERTS):
            wait_for(channel, pair, f"before{number}")
        pair.start()
        time.sleep(SETTLE_SECONDS)
        with database.read() as tx:
            ((incident, _),) = incidents.open_by_fingerprint(tx, "before0")
        now = SystemClock().now()
        accept_word(database, incident, Snoozed(PersonId("ana"), now + PUT_OFF), "person:ana", now)
        time.sleep(PUT_OFF.total_seconds() / 2)  # decided, and not due yet
        handed = {key for _, key, _ in channel.accepted}
        killed = pair.kill_first()
        for number in range(ALERTS):
            store_alert(database, f"after{number}")
        came = [wait_for(channel, pair, f"after{number}") for number in range(ALERTS)]
        running = wait_for(channel, pair, "before0", 2)
        time.sleep(1)  # a page that comes twice would come now
    keys = Counter(key for _, key, _ in channel.accepted)
    twice = [key for key, times in keys.items() if times > 1]
    if twice:
        raise RuntimeError(f"came twice: {', '.join(twice)}")
    if len(keys) != len(handed) + ALERTS + 1:
        raise RuntimeError(f"{len(keys)} pages came, {len(handed)} before the kill")
    return min(came) - killed, running - killed


@contextmanager
def temporal() -> Iterator[str | None]:
    """The address of a Temporal server, or None where it is not installed."""
    beside = Path(sys.executable).parent / "temporal"
    program = str(beside) if beside.is_file() else shutil.which("temporal")
    if program is None:
        yield None
        return
    scratch = Scratch.make(Path(tempfile.gettempdir()) / f"tocsin-bench-temporal-{os.getpid()}")
    address = f"127.0.0.1:{(port := scratch.free_port())}"
    server = subprocess.Popen(
        [program, "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=scratch.path,
        env={"PATH": os.environ["PATH"], "HOME": str(scratch.path)},
    )  # fmt: skip
    try:
        yield address
    finally:
        server.kill()
        server.wait()
        scratch.end()


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    unshare = shutil.which("unshare")
    apart = [unshare, "--pid", "--fork", "--kill-child"] if unshare else []
    if apart and os.getuid() != 0:
        apart.insert(1, "--map-root-user")
    with _postgres.server() as postgres:
        print(f"F28: PostgreSQL {postgres.told}")
        for number in range(rounds):
            with temporal() as address:
                kinds = {("tocsin", "one machine"): (["serve"], list[str]())}
                if apart:
                    kinds["tocsin", "another machine"] = (["serve"], apart)
                if address is not None:
                    worker = ["worker", "--temporal", address]
                    kinds["tocsin worker on Temporal", "another machine"] = (worker, apart)
                elif number == 0:
                    print("F28: no Temporal server here, so no number of it")
                for (system, where), (command, away) in kinds.items():
                    with tempfile.TemporaryDirectory() as scratch, Channel() as channel:
                        file = _room.write(Path(scratch), RUNBOOK, settings(channel), listen="127.0.0.1:0")
                        place = postgres.database()
                        with Pair(file, place, command, away) as pair:
                            new, running = one_round(pair, channel, place)
                    target = TARGET_S if system == "tocsin" else None
                    what = f"kill -9 of the leader, {where}"
                    say("F28", system, f"{what}: first page of a new alert", new, "s", target=target)
                    say("F28", system, f"{what}: the running incident pages on", running, "s", target=target)


if __name__ == "__main__":
    main()
