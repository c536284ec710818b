"""F05, the store alone: what a durable change costs, beside the bare floor in the same run; reply after the commit.

SQLite, write-ahead log, synchronous=FULL for ours and the floor, same directory. With TOCSIN_DATABASE_URL
set to an empty PostgreSQL database, ours is measured there too, beside bare psycopg.
`a durable step` is what the engine commits around a step: the intent (claim), then the result (finish, event
and the next command). The floor is two bare commits of one row. Run: python benchmarks/commit.py [rounds]
"""

import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg

from tocsin.kit.ids import IncidentId
from tocsin.store import log, outbox, signals
from tocsin.store.database import Database
from tocsin.store.sqlite import driver

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
BODY = '{"text":"' + "x" * 190 + '"}'
RUNS = 300
THREADS = 16
INCIDENT = IncidentId("INC-1")

_numbers = itertools.count()


def one_event(database: Database) -> None:
    with database.write() as tx:
        log.append(tx, [log.Entry(INCIDENT, "NoteAdded", BODY, "ana", NOW)])


def one_signal(database: Database) -> None:
    with database.write() as tx:
        signals.put(tx, "alert", BODY, NOW, actor="bench", incident=None, dedup=f"s{next(_numbers)}")


def ask_step(database: Database) -> None:
    with database.write() as tx:
        outbox.put(tx, [outbox.OutboxRow(f"r{next(_numbers)}", INCIDENT, "RunStep", BODY, 5, NOW)])


def durable_step(database: Database) -> None:
    """Intent, (the step,) result with what comes next."""
    with database.write() as tx:
        (command,) = outbox.claim(tx, NOW, {"RunStep"}, 1, holder="bench")
    with database.write() as tx:
        outbox.finish(tx, command.id, "done", NOW)
        log.append(tx, [log.Entry(INCIDENT, "StepFinished", BODY, "tocsin", NOW)])
        outbox.put(tx, [outbox.OutboxRow(f"r{next(_numbers)}", INCIDENT, "RunStep", BODY, 5, NOW)])


class BareSqlite:
    """One table, one connection, nothing else."""

    name = "bare SQLite"

    def __init__(self, path: Path) -> None:
        self._connection = driver.connect(str(path), isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT)")
        self._lock = threading.Lock()

    def commit(self) -> None:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("INSERT INTO bare (body) VALUES (?)", (BODY,))
            self._connection.execute("COMMIT")


class BarePostgres:
    name = "bare psycopg"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)
        self._connection.execute("CREATE TABLE bare (id BIGSERIAL PRIMARY KEY, body TEXT)")
        self._connection.commit()
        self._lock = threading.Lock()

    def commit(self) -> None:
        with self._lock:
            self._connection.execute("INSERT INTO bare (body) VALUES (%s)", (BODY,))
            self._connection.commit()


def twice(act: Callable[[], None]) -> None:
    act()
    act()


def median_us(act: Callable[[], None]) -> float:
    spent = []
    for _ in range(RUNS):
        started = time.perf_counter()
        act()
        spent.append((time.perf_counter() - started) * 1e6)
    return median(spent)


def cpu_us(act: Callable[[], None]) -> float:
    started = time.process_time()
    for _ in range(RUNS):
        act()
    return (time.process_time() - started) / RUNS * 1e6


def rate(act: Callable[[], None]) -> float:
    """Changes per second of `THREADS` threads that each wait for their commit."""

    def work() -> None:
        for _ in range(RUNS // 2):
            act()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return THREADS * (RUNS // 2) / (time.perf_counter() - started)


def say(system: str, metric: str, value: float, unit: str, **more: object) -> None:
    print(
        json.dumps(
            {"figure": "F05", "system": system, "metric": metric, "value": value, "unit": unit, **more}
        )
    )


def measure(database: Database, bare: BareSqlite | BarePostgres, rounds: int) -> None:
    where = database.dialect
    ask_step(database)
    durable_step(database)
    bare.commit()
    floor = f"floor: {bare.name}"
    for _ in range(rounds):
        say("tocsin", f"{where}: one event, committed", median_us(lambda: one_event(database)), "µs")
        say(floor, f"{where}: one event, committed", median_us(bare.commit), "µs")
        step = median_us(lambda: durable_step(database))
        say("tocsin", f"{where}: a durable step, two commits", step, "µs", target=2000)
        say(floor, f"{where}: a durable step, two commits", median_us(lambda: twice(bare.commit)), "µs")
        spent = cpu_us(lambda: durable_step(database))
        say("tocsin", f"{where}: a durable step, CPU of this process", spent, "µs", steady=True)
        together = f"{where}: signals of {THREADS} threads, each answered after its commit"
        say("tocsin", together, rate(lambda: one_signal(database)), "per s", target=5000, better="more")
        say(floor + ", one commit each", together, rate(bare.commit), "per s", better="more")
    with database.read() as tx:
        assert log.verify(tx).ok


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder, Database.open(Path(folder) / "tocsin.db") as database:
        measure(database, BareSqlite(Path(folder) / "bare.db"), rounds)
    url = os.environ.get("TOCSIN_DATABASE_URL", "")
    if url.startswith("postgres"):
        with Database.open(url) as database:
            measure(database, BarePostgres(url), rounds)


if __name__ == "__main__":
    main()
