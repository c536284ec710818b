"""F16: 10,000 open incidents with running clocks in one store: what `tocsin serve` costs at rest, and how soon a clock is acted on.

The incidents are the engine's own: 10,000 alerts of 10,000 services and a person's word "I have it" for each go through
the real loop, turned by hand in this process, so that nobody is woken; eight clocks run for each. It is done by a clock
that goes six hours ahead, so that none of these passes while we look. Then a real `tocsin serve` opens the store:

- *at rest*: CPU of the whole process over 20 s, beside the same with an empty store (target: 5 % of a core); its memory
  at the end, PSS (target: 120 MB), and RSS, which counts the files of libraries once more in each process;
- *next due clock found*: the two questions the loop asks each time it goes round, what is due and what is due next (p95 of
  500, target: 5 ms);
- *a due clock's page out*: an alert more, whose page Ana puts off by a second; from the moment that clock is due until she
  is called again, at a listener on loopback (target for the longest: 50 ms, that of any page).

On SQLite (WAL, synchronous=FULL) and on a PostgreSQL of its own (fsync on), whose server's own CPU and memory are not
counted. Run: python benchmarks/open_incidents.py [rounds of the last two] [incidents]
"""

import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import _postgres
import _room
import psutil
from _channel import Channel
from _reading import p95, rounds_from, say
from _serve import Sender, Serve

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import put_alert
from tocsin.engine.words import accept_word, put_event
from tocsin.errors import TocsinError
from tocsin.incident.events import Acknowledged, Snoozed
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store import clocks, incidents, lease
from tocsin.store.database import Database

INCIDENTS = 10_000
AT_ONCE = 250  # handed in by one transaction while filling
REST_SECONDS, SETTLE_SECONDS = 20.0, 5.0
CORE_PERCENT, FOUND_MS, PSS_MB, ACTED_MS = 5.0, 5.0, 120.0, 50.0
QUESTIONS, CLOCKS = 500, 5  # a round
LIMIT_SECONDS = 60.0
AHEAD = timedelta(hours=6)
LATER = timedelta(seconds=1)

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage, immediate response

## 1. API Not Responding

**Symptoms**: 502 errors

### Investigation

```bash
uptime
```
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


class Ahead(SystemClock):
    """Goes ahead, so that what it starts is due later than anybody looks."""

    def now(self) -> datetime:
        return super().now() + AHEAD


def fill(file: Path, database: str | None, count: int) -> float:
    """Let the engine open `count` incidents that Ana has. Returns the milliseconds of each."""
    app = App(load(file, {"TOCSIN_DATABASE_URL": database} if database else {}), Ahead())
    if not app.leadership.take(threading.Event()):
        raise RuntimeError("another engine leads on this database")
    began = time.perf_counter()
    with app.database.write() as tx:
        app.library.keep(tx)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        with app.database.write() as tx:
            for number in numbers:
                now = app.clock.now()
                title = f"service {number} misbehaves"
                put_alert(tx, Alert(f"bench:{number}", AlertState.FIRING, title, "bench", now), "{}", now)
        while app.loop.cycle():
            pass
        with app.database.write() as tx:
            for number in numbers:
                word = Acknowledged(PersonId("ana"))
                put_event(tx, IncidentId(f"INC-{number + 1}"), word, "person:ana", app.clock.now())
        while app.loop.cycle():
            pass
    took = (time.perf_counter() - began) * 1000 / count
    held = app.leadership.held()
    app.leadership.give_back()
    with app.database.write() as tx:
        lease.release(tx, held, SystemClock().now())  # back at the time everybody else has
    app.database.close()
    return took


def rest(serve: Serve) -> tuple[float, float, float]:
    """(percent of a core, PSS and RSS in MB) of a server that nobody asks anything."""
    time.sleep(SETTLE_SECONDS)
    process = psutil.Process(serve.pid)
    before, began = process.cpu_times(), time.perf_counter()
    time.sleep(REST_SECONDS)
    after, seconds = process.cpu_times(), time.perf_counter() - began
    spent = after.user + after.system - before.user - before.system
    memory = process.memory_full_info()
    return spent / seconds * 100, memory.pss / 1e6, memory.rss / 1e6


def found_ms(database: Database) -> list[float]:
    """Milliseconds of the loop's questions: what is due now, and when is the next."""
    took = []
    for _ in range(QUESTIONS):
        now = SystemClock().now()
        began = time.perf_counter()
        with database.read() as tx:
            clocks.due(tx, now, 64)
            due = clocks.next_due(tx)
        took.append((time.perf_counter() - began) * 1000)
        assert due is not None
    return took


def acted_ms(serve: Serve, channel: Channel, database: Database, name: str) -> float:
    """Milliseconds from the moment a clock is due to the page it causes, at the channel."""
    seen = len(channel.accepted)
    words = f"call me again {name}"
    sender = Sender(serve.address)
    sender.post(f"{words}.", name, "Complete service outage")
    sender.close()
    if channel.first(words, LIMIT_SECONDS, seen) is None:
        raise RuntimeError("the first page was lost")
    with database.read() as tx:
        ((incident, _),) = incidents.open_by_fingerprint(tx, name)
    now = SystemClock().now()
    due = now + LATER
    accept_word(database, incident, Snoozed(PersonId("ana"), due), "person:ana", now)
    with channel.news:
        if not channel.news.wait_for(lambda: len(_pages(channel, words, seen)) >= 2, LIMIT_SECONDS):
            raise RuntimeError("the page after the pause was lost")
    arrived = _pages(channel, words, seen)[1] - time.perf_counter() + time.time()
    return (arrived - due.timestamp()) * 1000


def _pages(channel: Channel, words: str, seen: int) -> list[float]:
    return [moment for moment, _, subject in channel.accepted[seen:] if f"{words}." in subject]


def remembered(what: str, memory: Sequence[float], system: str = "tocsin") -> None:
    """PSS and RSS; only ours has a target."""
    pss, rss = memory
    say("F16", system, f"{what}, PSS", pss, "MB", target=PSS_MB if system == "tocsin" else None, steady=True)
    say("F16", system, f"{what}, RSS", rss, "MB", steady=True)


def measure(where: str, empty: str | None, full: str | None, rounds: int, count: int) -> None:
    """One store without and one with incidents."""
    with tempfile.TemporaryDirectory() as scratch, Channel() as channel:
        file = _room.write(Path(scratch) / "empty", RUNBOOK, settings(channel), listen="127.0.0.1:0")
        with Serve(file, empty) as serve:
            serve.wait_until_ready()
            bare = rest(serve)
            serve.stop()
        file = _room.write(Path(scratch) / "full", RUNBOOK, settings(channel), listen="127.0.0.1:0")
        each = fill(file, full, count)
        print(f"F16: {where}: opened and answered in {each:.1f} ms each; no page was wanted from it")
        what = f"{where}: {count:,} open incidents"
        with (
            Serve(file, full) as serve,
            Database.open(full or str(_room.store(file)), create=False) as database,
        ):
            say("F16", "tocsin", f"{what}: ready", serve.wait_until_ready(), "s")
            core, *memory = rest(serve)
            say("F16", "tocsin", f"{what}: at rest", core, "% of a core", target=CORE_PERCENT)
            say("F16", "floor: an empty store", f"{what}: at rest", bare[0], "% of a core")
            remembered(f"{what}: memory", memory)
            remembered(f"{what}: memory", bare[1:], "floor: an empty store")
            for number in range(rounds):
                took = found_ms(database)
                say("F16", "tocsin", f"{what}: next due clock found, p50", median(took), "ms")
                say("F16", "tocsin", f"{what}: next due clock found, p95", p95(took), "ms", target=FOUND_MS)
                late = [acted_ms(serve, channel, database, f"late-{number}-{each}") for each in range(CLOCKS)]
                say("F16", "tocsin", f"{what}: a due clock's page out, p50", median(late), "ms")
                say(
                    "F16",
                    "tocsin",
                    f"{what}: a due clock's page out, longest",
                    max(late),
                    "ms",
                    target=ACTED_MS,
                )
            remembered(f"{what}: memory after work", rest(serve)[1:])
            serve.stop()


def main() -> None:
    rounds = rounds_from(sys.argv, 5)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else INCIDENTS
    measure("SQLite", None, None, rounds, count)
    try:
        with _postgres.server() as postgres:
            print(f"F16: PostgreSQL {postgres.told}")
            measure("PostgreSQL", postgres.database(), postgres.database(), rounds, count)
    except TocsinError as problem:
        print(f"F16: no PostgreSQL here, so no number of it: {problem.message}")


if __name__ == "__main__":
    main()
