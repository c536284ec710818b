"""A process that writes until it is killed, and says what was acknowledged.

    python writer_process.py ADDRESS NAME [COUNT]

Each change is one event, one signal and one command in one transaction. A line is printed only when
`write()` has returned: whatever was printed must be there afterwards, whatever happens to this process.
"""

import itertools
import sys
from datetime import UTC, datetime

from tocsin.kit.ids import IncidentId
from tocsin.store import log, outbox, signals
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def change(database: Database, name: str, number: int) -> None:
    """One change; all of its three rows carry the same key."""
    key = f"{name}:{number}"
    incident = IncidentId(f"INC-{name}")
    with database.write() as tx:
        log.append(tx, [log.Entry(incident, "NoteAdded", f'"{key}"', name, NOW)])
        signals.put(tx, "note", f'"{key}"', NOW, actor=name, incident=incident, dedup=key)
        outbox.put(tx, [outbox.OutboxRow(key, incident, "Page", f'"{key}"', 1, NOW)])


def main(address: str, name: str, count: int | None) -> None:
    with Database.open(address) as database:
        for number in itertools.count() if count is None else range(count):
            change(database, name, number)
            print(f"{name}:{number}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
