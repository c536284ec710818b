"""A running tocsin with heartbeats, on a store of its own, and keys made for it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tocsin.app.build import App
from tocsin.app.heartbeat_keys import make_key
from tocsin.app.settings import load
from tocsin.errors import StoreError
from tocsin.kit.clock import SystemClock
from tocsin.store import heartbeats as store
from tocsin.store.heartbeats import HeartbeatRow, PingRow
from tocsin.web.server import Door

SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "127.0.0.1:0"

[[heartbeats]]
name = "backup"
every = "1 day"
grace = "1 h"
impact = "Partial service outage"
section = "Backup Missing"
uuid = "${BACKUP_UUID}"

[[heartbeats]]
name = "posted"
every = "1 day"
only_post = true

[[heartbeats]]
name = "worded"
every = "1 day"
success_words = ["completed"]
fail_words = ["ERROR"]

[[heartbeats]]
name = "edge"
group = "Core Jobs"
every = "1 h"
"""
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

## 1. Backup Missing

**Symptoms**: no backup

### Investigation

```bash
uptime
```
"""
BACKUP_UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"


def write(folder: Path, more: str = "") -> Path:
    """The files of an installation."""
    (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    file = folder / "tocsin.toml"
    file.write_text(SETTINGS + more, encoding="utf-8")
    return file


@dataclass
class Running:
    """A tocsin that answers."""

    app: App
    url: str

    def key(self, heartbeat: str | None = None) -> str:
        """A new key, of one heartbeat or of all."""
        return make_key(self.app.database, heartbeat, "ana", SystemClock().now())[1]

    def row(self, name: str) -> HeartbeatRow:
        with self.app.database.read() as tx:
            (row,) = store.named(tx, [name])
        return row

    def pings(self, name: str) -> tuple[PingRow, ...]:
        """The newest first."""
        with self.app.database.read() as tx:
            return store.pings(tx, self.row(name).id)

    def standing(self, name: str) -> str:
        with self.app.database.read() as tx:
            row, spec = self.app.heartbeats.find(tx, name)
        return self.app.heartbeats.standing(row, spec).value


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts a tocsin on the SQLite file of the test; all are stopped at its end."""
    stops: list[Callable[[], None]] = []

    def start(more: str = "", **variables: str) -> Running:
        found = load(
            write(tmp_path, more),
            {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "BACKUP_UUID": BACKUP_UUID, **variables},
        )
        door = Door.bind(found)
        assert door is not None
        app = App(found, SystemClock())
        stops.append(app.stop)
        assert app.start(threading.Event())
        door.open(app)
        stops.append(door.close)
        return Running(app, f"http://{door.address}")

    yield start
    for stop in reversed(stops):
        with suppress(StoreError):  # a test may have taken the store away
            stop()


@pytest.fixture
def running(run: Callable[..., Running]) -> Running:
    """One running tocsin."""
    return run()
