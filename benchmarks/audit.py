"""F26: verifying the whole log, and reading an incident back; beside the bare floor of each.

Log of 100,000 events of 100 incidents, one of them with 10,000. The floor of verifying is a loop that reads
the same rows with the bare driver and hashes the same bytes; of reading back, the bare driver's `fetchall`.
Figures are CPU-bound; the file is in the page cache. Run: python benchmarks/audit.py [rounds]
"""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.incident import codec
from tocsin.incident.events import NoteAdded
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store import log
from tocsin.store.database import Database
from tocsin.store.sqlite import driver

START = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
EVENTS, LONG = 100_000, 10_000
NOTE = codec.encode(
    NoteAdded(
        by=PersonId("ana"),
        text="The pool of the API is exhausted: 98 of 100 connections are used by one client.",
    )
)
QUERY = "SELECT seq, position, incident, kind, body, actor, at, hash, previous FROM events "


def fill(database: Database) -> None:
    entries = [
        log.Entry(
            IncidentId("INC-1" if number < LONG else f"INC-{number % 99 + 2}"),
            "NoteAdded",
            NOTE,
            "ana",
            START + timedelta(seconds=number),
        )
        for number in range(EVENTS)
    ]
    for first in range(0, EVENTS, 5_000):
        with database.write() as tx:
            log.append(tx, entries[first : first + 5_000])


def verify(database: Database) -> None:
    with database.read() as tx:
        found = log.verify(tx)
    assert found.ok
    assert found.count == EVENTS


def bare_chain(path: Path) -> None:
    connection = driver.connect(str(path))
    previous = b""
    for row in connection.execute(QUERY + "ORDER BY seq"):
        previous = hashlib.sha256(f"{row}".encode() + previous).digest()
    connection.close()


def rebuild(database: Database) -> None:
    with database.read() as tx:
        lines = log.events(tx, IncidentId("INC-1"))
    assert len([codec.decode_event(line.kind, line.body) for line in lines]) == LONG


def bare_rows(path: Path) -> None:
    connection = driver.connect(str(path))
    assert len(connection.execute(QUERY + "WHERE incident = 'INC-1' ORDER BY position").fetchall()) == LONG
    connection.close()


def seconds(act: Callable[[], None]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def say(system: str, metric: str, value: float, unit: str, **more: object) -> None:
    print(
        json.dumps(
            {"figure": "F26", "system": system, "metric": metric, "value": value, "unit": unit, **more}
        )
    )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tocsin.db"
        with Database.open(path) as database:
            fill(database)
            verify(database)
            size = path.stat().st_size
            for _ in range(rounds):
                rate = EVENTS / seconds(lambda: verify(database))
                say("tocsin", "audit verify", rate, "events/s", target=100_000, better="more")
                rate = EVENTS / seconds(lambda: bare_chain(path))
                say("floor: bare driver + SHA-256", "audit verify", rate, "events/s", better="more")
                took = 1000 * seconds(lambda: rebuild(database))
                say("tocsin", "read back and decode 10,000 events", took, "ms", target=200)
                took = 1000 * seconds(lambda: bare_rows(path))
                say("floor: bare fetchall, not decoded", "read back and decode 10,000 events", took, "ms")
        say("tocsin", "file per event (short note)", size / EVENTS, "B", target=600, steady=True)


if __name__ == "__main__":
    main()
