"""F15: a burst of 1,000 alerts for 50 services: how soon every page is decided, and in the hands of its channel.

Ours is a real `tocsin serve` that answers an alert after its commit. A process of its own sends 20 alerts of each of 50
services in turns, over eight connections, as fast as they are answered: the first of a service opens an incident and
wakes one person, the others join it. Three moments, each counted from the first alert's sending, so that they hold the
taking in as well:

- *every page decided*: the last of the 50 pages is queued, and committed (target: 2 s);
- *every alert decided*: all 1,000 are linked to their incidents, and committed;
- *every page handed over*: the last of the 50 has arrived at a listener on loopback.

And one for each page, from the moment its own alert was stored (the answer has been read) until it was queued, p95 and
the longest. Moments of commits are those a reader of its own sees, who looks every 5 ms. A page lost or doubled, or an
alert that is nowhere, ends the run. The floor is the same thousand requests, each one bare commit, nothing decided.

On SQLite (WAL, synchronous=FULL) and on a PostgreSQL of its own (fsync on). Run: python benchmarks/burst.py [rounds]
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import _postgres
import _room
from _channel import Channel
from _reading import p95, rounds_from, say
from _serve import Sender, Serve
from sqlalchemy import text

from tocsin.errors import TocsinError
from tocsin.store.database import Database

ALERTS, SERVICES, CONNECTIONS = 1_000, 50, 8
TARGET_S = 2.0
LIMIT_SECONDS = 120.0
LOOK_SECONDS = 0.005

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage, immediate response

## 1. API Not Responding

**Symptoms**: 502 errors

### Investigation

```bash
uptime
```

**Resolution**:
- Call somebody
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


# -- the storm: another process --------------------------------------------------------------------------


def storm(host: str, port: int, name: str) -> None:
    """Send everything; then print when the first was sent, when each service's first was stored, when the last was.

    Moments are those of the machine's monotonic clock, which all processes share.
    """
    numbers = iter(range(ALERTS))
    turn = threading.Lock()
    firsts: dict[int, float] = {}
    began = time.monotonic()

    def work() -> None:
        sender = Sender((host, port))
        while True:
            with turn:
                number = next(numbers, None)
            if number is None:
                return
            service = number % SERVICES
            sender.post(f"502 errors of service {service}.", f"{name}:{service}", "Complete service outage")
            firsts.setdefault(service, time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps([began, time.monotonic(), firsts]))


# -- what a reader of its own sees -----------------------------------------------------------------------


class Reader:
    """Looks again and again at what is committed, and keeps when it first saw it.

    Attributes:
        queued: when each incident's first page was there, in order. decided: when all alerts were.
    """

    def __init__(self, place: str, alerts: int) -> None:
        self.queued: list[float] = []
        self.services: dict[str, float] = {}
        self.decided: float | None = None
        self._alerts = alerts
        self._database = Database.open(place, create=False)
        with self._database.read() as tx:
            self._before = int(tx.execute(_ACCOUNTED).scalar() or 0)
            self._page = int(tx.execute(_LAST_PAGE).scalar() or 0)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Returns when every alert is decided. Raises RuntimeError if that never happens."""
        self._thread.join(LIMIT_SECONDS)
        self._over.set()
        self._thread.join()
        self._database.close()
        if self.decided is None:
            raise RuntimeError("not every alert was decided")

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._database.read() as tx:
                rows = tx.execute(_PAGES, {"after": self._page}).all()
                accounted = int(tx.execute(_ACCOUNTED).scalar() or 0) - self._before
            now = time.monotonic()
            for number, fingerprint in rows:
                self._page = max(self._page, number)
                self.services.setdefault(fingerprint, now)
            if accounted >= self._alerts:
                self.decided = now
                return


_ACCOUNTED = text("SELECT count(*) FROM alerts WHERE accounted_at IS NOT NULL")
_LAST_PAGE = text("SELECT max(id) FROM outbox")
_PAGES = text(
    "SELECT outbox.id, incident_fingerprints.fingerprint FROM outbox"
    " JOIN incident_fingerprints ON incident_fingerprints.incident = outbox.incident"
    " WHERE outbox.id > :after AND outbox.kind = 'page'"
)


# -- a round ---------------------------------------------------------------------------------------------


def one_round(serve: Serve, channel: Channel, place: str, where: str, name: str) -> None:
    """One burst of services nobody has heard of, and what came of it."""
    before = len(channel.accepted)
    reader = Reader(place, ALERTS)
    host, port = serve.address
    ended = subprocess.run(
        [sys.executable, __file__, "--storm", host, str(port), name],
        stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_SECONDS,
    )  # fmt: skip
    began, stored, firsts = json.loads(ended.stdout)
    reader.wait()
    if len(reader.services) != SERVICES:
        raise RuntimeError(f"{len(reader.services)} services have a page, of {SERVICES}")
    missing = [n for n in range(SERVICES) if channel.first(f"service {n}.", LIMIT_SECONDS, before) is None]
    if missing:
        raise RuntimeError(f"the pages of services {missing} were lost")
    arrived = [moment for moment, _, _ in channel.accepted[before:]]
    keys = [key for _, key, _ in channel.accepted]
    if len(keys) != len(set(keys)):
        raise RuntimeError("a page came twice")
    waited = [reader.services[f"{name}:{n}"] - firsts[str(n)] for n in range(SERVICES)]
    what = f"{where}: {ALERTS:,} alerts of {SERVICES} services"
    decided = max(reader.services.values()) - began
    say("F15", "tocsin", f"{what}: every page decided", decided, "s", target=TARGET_S)
    say("F15", "tocsin", f"{what}: every page handed over", max(arrived) - began, "s", target=TARGET_S)
    say("F15", "tocsin", f"{what}: all stored", stored - began, "s")
    say("F15", "tocsin", f"{what}: every alert decided", (reader.decided or 0) - began, "s")
    say("F15", "tocsin", f"{what}: stored alert to its page queued, p95", p95(waited), "s", target=TARGET_S)
    say("F15", "tocsin", f"{what}: stored alert to its page queued, longest", max(waited), "s")


def measure(where: str, database: str | None, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as scratch, Channel() as channel:
        file = _room.write(Path(scratch), RUNBOOK, settings(channel), listen="127.0.0.1:0")
        with Serve(file, database) as serve:
            serve.wait_until_ready()
            place = database or str(_room.store(file))
            for number in range(rounds):
                one_round(serve, channel, place, where, f"burst{number}")
                time.sleep(3)  # what the burst left behind (looks, drafts) is not part of the next one
            serve.stop()


def main() -> None:
    if sys.argv[1:2] == ["--storm"]:
        storm(sys.argv[2], int(sys.argv[3]), sys.argv[4])
        return
    rounds = rounds_from(sys.argv, 5)
    measure("SQLite", None, rounds)
    try:
        with _postgres.server() as postgres:
            print(f"F15: PostgreSQL {postgres.told}")
            measure("PostgreSQL", postgres.database(), rounds)
    except TocsinError as problem:
        print(f"F15: no PostgreSQL here, so no number of it: {problem.message}")


if __name__ == "__main__":
    main()
