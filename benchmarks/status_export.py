"""F29: writing the status page of 100 components with 90 days and 50 incidents, from the store to the disk.

One round is a whole build into a new folder: reading states, days and updates, rendering every file, fsync and
rename of each. Beside it what a running engine does every two seconds when nothing changed. No peer: hosted status
pages render on request. Run: python benchmarks/status_export.py [rounds]
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState
from tocsin.engine.projection import project
from tocsin.engine.status.board import Sight
from tocsin.engine.status.files import Places
from tocsin.engine.status.keeper import build, fingerprint
from tocsin.incident import codec as events
from tocsin.incident import events as ev
from tocsin.incident.incident import fold
from tocsin.kit import codec
from tocsin.kit.ids import CheckName, IncidentId, PersonId
from tocsin.kit.redact import Redactor
from tocsin.status.days import DAY_MS, Mark, Spent
from tocsin.status.pages import rendered
from tocsin.status.plan import Plan, PlannedComponent
from tocsin.store import checks, incidents, log, status
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
COMPONENTS, DAYS, INCIDENTS, UPDATES = 100, 90, 50, 6
SPECS = tuple(CheckSpec(CheckName(f"check-{n}"), "tcp", {}) for n in range(COMPONENTS))
PLAN = Plan(
    "Shop",
    "https://status.example.org",
    tuple(PlannedComponent(f"Part {n}", (spec.name,), f"Group {n // 10}") for n, spec in enumerate(SPECS)),
)


def fill(database: Database) -> None:
    """States, days and incidents."""
    today = int(NOW.timestamp() * 1000) // DAY_MS
    with database.write() as tx:
        samples = [Sample(spec.name, NOW, Verdict.UP, timedelta(milliseconds=12), "") for spec in SPECS]
        states = {each.check: codec.encode(CheckState(Verdict.UP, NOW, last=each)) for each in samples}
        checks.record(tx, samples, states)
        for counted in status.marks(tx):
            bad = {day for day in range(DAYS) if (day + counted.number) % 13 == 0}
            spent = {
                today - day: Spent(up=DAY_MS - 60_000 * (day in bad), down=60_000 * (day in bad))
                for day in range(DAYS)
            }
            status.add(tx, counted.number, Mark(int(NOW.timestamp() * 1000), Verdict.UP), spent)
    for number in range(1, INCIDENTS + 1):
        happen(database, IncidentId(f"INC-{number}"), NOW - timedelta(days=number))


def happen(database: Database, name: IncidentId, at: datetime) -> None:
    """One incident that the public heard of six times."""
    alert = Alert("f", AlertState.FIRING, "t", "s", at, {"check": SPECS[0].name})
    happened: list[ev.Event] = [
        ev.AlertReceived(alert),
        ev.IncidentDeclared(name, "t", "P1", 1, (), "s", "S", 1, (), (), "runbook.md", "0" * 64, "check"),
    ]
    for number in range(UPDATES):
        state = "Resolved" if number == UPDATES - 1 else "Mitigating"
        text = f"**Incident**: Orders fail\n\n{f'We are applying fix {number} of {name}. ' * 8}"
        happened += [
            ev.UpdateDrafted("public", text, f"{name}.u{number}", state, PersonId("ana")),
            ev.UpdateSent(f"{name}.u{number}", PersonId("ana"), "d"),
        ]
    entries = [log.Entry(name, events.kind_of(each), events.encode(each), "ana", at) for each in happened]
    with database.write() as tx:
        log.append(tx, entries)
        records = [ev.Recorded(n, at, "ana", each) for n, each in enumerate(happened, start=1)]
        incidents.new_number(tx)
        project(tx, fold(name, records), at)


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def say(metric: str, value: float, unit: str, **more: object) -> None:
    print(
        json.dumps(
            {"figure": "F29", "system": "tocsin", "metric": metric, "value": value, "unit": unit, **more}
        )
    )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder, Database.open(Path(folder) / "tocsin.db") as database:
        fill(database)
        for number in range(rounds):
            root = Path(folder) / str(number)
            places = Places(root / "page", root / "internal.json")
            sight = Sight(PLAN, SPECS, "here", Redactor())

            # A running engine has rendered most texts before; a build by hand has not.
            rendered.cache_clear()

            def export(sight: Sight = sight, places: Places = places) -> None:
                with database.read() as tx:
                    board = sight.board(tx, NOW)
                build(board, places)

            def look(sight: Sight = sight) -> None:
                with database.read() as tx:
                    fingerprint(sight.board(tx, NOW, fresh=False))

            say("status page, 100 components x 90 days, 50 incidents", seconds(export), "s", target=1.0)
            say("looking whether anything changed", 1000 * seconds(look), "ms")
        size = (places.public / "index.html").stat().st_size / 1024
        say("its index.html", size, "KiB", steady=True)


if __name__ == "__main__":
    main()
