"""A restart with another tocsin.toml: an open incident goes on by what held when it was declared (PAG-01)."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.history import load as load_incident
from tocsin.engine.intake import accept_alert
from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout
"""
SETTINGS = """
[response]
hop = "{hop}"
rounds = {rounds}
[oncall]
{levels}
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "none"
"""
PEOPLE = "".join(f'[people.{who}]\nname = "{who}"\npage = ["sink:{who}"]\n' for who in ("ana", "bo", "chen"))


class Moved(SystemClock):
    """Moved by hand; durations are real."""

    at = datetime(2025, 10, 7, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Engine:
    """One store, over which a whole engine is started again and again; its loop is turned by hand."""

    folder: Path
    clock: Moved = field(default_factory=Moved)
    app: App | None = None

    def start(self, hop: str, rounds: int, *levels: str) -> None:
        self.stop()
        table = "\n".join(f'level{number} = ["{who}"]' for number, who in enumerate(levels, start=1))
        text = SETTINGS.format(hop=hop, rounds=rounds, levels=table) + PEOPLE
        (self.folder / "tocsin.toml").write_text(text, encoding="utf-8")
        found = load(self.folder / "tocsin.toml", {"PATH": "/usr/bin:/bin", "HOME": str(self.folder)})
        self.app = App(found, self.clock)
        assert self.app.leadership.take(threading.Event())
        with self.app.database.write() as tx:
            self.app.library.keep(tx)

    def stop(self) -> None:
        if self.app is not None:
            self.app.leadership.give_back()
            self.app.stop()
            self.app = None

    def alert(self, name: str) -> None:
        assert self.app is not None
        now = self.clock.now()
        found = Alert(
            name, AlertState.FIRING, "502 errors at checkout", "api", now, impact="Complete service outage"
        )
        accept_alert(self.app.database, found, "{}", now)
        self.pass_time(minutes=0)

    def pass_time(self, minutes: int) -> None:
        """Minute by minute, so that every clock on the way passes in its order."""
        assert self.app is not None
        for _ in range(max(minutes, 1)):
            self.clock.at += timedelta(minutes=1 if minutes else 0)
            while self.app.loop.cycle():
                pass

    def incident(self, name: str) -> Incident:
        assert self.app is not None
        with self.app.database.read() as tx:
            return load_incident(tx, IncidentId(name))

    def called(self, name: str) -> list[tuple[int, str, str]]:
        """Level, person and time of every page that wakes."""
        pages = self.incident(name).pages.values()
        return [(p.queued.level, p.queued.person, f"{p.at:%H:%M}") for p in pages if p.queued.urgent]


@pytest.fixture
def engine(tmp_path: Path) -> "Engine":
    (tmp_path / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    return Engine(tmp_path)


def test_an_open_incident_goes_on_by_the_settings_of_its_declaration_and_a_new_one_by_the_new(
    engine: Engine,
) -> None:
    try:
        engine.start("2 min", 1, "ana", "bo", "chen")
        engine.alert("old")
        engine.start("10 min", 2, "chen", "ana")
        engine.alert("new")
        engine.pass_time(minutes=30)
        # The first page has the response clock of the runbook, five minutes; after it comes the hop.
        assert engine.called("INC-1") == [(1, "ana", "03:00"), (2, "bo", "03:05"), (3, "chen", "03:07")]
        assert engine.incident("INC-1").exhausted
        assert engine.called("INC-2")[:3] == [
            (1, "chen", "03:00"),
            (2, "ana", "03:05"),
            (2, "ana", "03:15"),
        ]
    finally:
        engine.stop()


def test_an_incident_of_an_older_log_goes_by_what_holds_now() -> None:
    written = codec.encode(
        ev.IncidentDeclared(
            IncidentId("INC-1"), "502", "P0", 0, (), None, None, None, (), (), "runbook.md", "0" * 64, "api"
        )
    )
    older = written.replace(',"kept":null', "")
    assert older != written
    read = codec.decode_event("IncidentDeclared", older)
    assert isinstance(read, ev.IncidentDeclared)
    assert read.kept is None
