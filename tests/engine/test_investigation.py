"""The first look runs by itself, side by side: what is slow holds up neither what is fast nor the first ask (INV-02, INI-03).

Real programs, a real engine, no stopwatch: the clock stands still until the fast steps are through, and the times
compared are those of the log.
"""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine import identities
from tocsin.engine.history import load as load_incident
from tocsin.engine.history import records
from tocsin.engine.intake import accept_alert
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents

FIRST = IncidentId("INC-1")
SLOW, FAST = 4, ("uname -a", "df -h /", "cat /proc/loadavg", "id -un")
RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage
- **P1 (High)**: Partial service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Diagnosis**:
{steps}

**Resolution**:
1. Restart the shop:
```bash
touch {folder}/restarted
```
"""
SETTINGS = """
[response]
step_timeout = "30 min"  # what is slow is slow until the end of the test, on a slow machine too
[people.ana]
name = "Ana"
page = ["sink:ana"]
[oncall]
level1 = ["ana"]
[pagers.sink]
kind = "file"
path = "pages.jsonl"
[web]
listen = "none"
"""


class Moved(SystemClock):
    """Moved by hand; durations are real."""

    at = datetime(2025, 10, 7, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    slow = [f"cat {tmp_path}/pipe{number}" for number in range(SLOW)]
    for number in range(SLOW):
        os.mkfifo(tmp_path / f"pipe{number}")
    steps = "\n".join(
        f"{number}. Look:\n```bash\n{text}\n```" for number, text in enumerate([*slow, *FAST], start=1)
    )
    (tmp_path / "runbook.md").write_text(RUNBOOK.format(steps=steps, folder=tmp_path), encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(SETTINGS, encoding="utf-8")
    made = App(load(tmp_path / "tocsin.toml", {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}), Moved())
    with made.database.write() as tx:
        identities.saw(tx, "local", made.places["local"].identity())
    assert made.start(threading.Event())
    yield made
    for number in range(SLOW):
        (tmp_path / f"pipe{number}").write_text("at last\n")
    made.stop()


def incident(app: App) -> Incident | None:
    with app.database.read() as tx:
        return load_incident(tx, FIRST) if incidents.exists(tx, FIRST) else None


def test_slow_steps_hold_up_neither_fast_ones_nor_the_first_ask(app: App, deadline: Deadline) -> None:
    now = app.clock.now()
    claim = Alert(
        "x", AlertState.FIRING, "502 errors at checkout", "api", now, impact="Complete service outage"
    )
    accept_alert(app.database, claim, "{}", now)

    def through() -> Incident | None:
        found = incident(app)
        ended = [run for run in found.runs.values() if run.finished is not None] if found is not None else []
        return found if len(ended) == len(FAST) else None

    found = deadline(through, what="the fast steps are through")
    assert found is not None
    assert sorted(run.queued.text for run in found.runs.values() if run.finished is not None) == sorted(FAST)
    assert len([run for run in found.runs.values() if run.open]) == SLOW
    assert found.open_ask is None, "it is proposed after the look"

    app.clock.at += timedelta(seconds=10)  # type: ignore[attr-defined]  # a clock moved by hand

    def asked() -> ev.AskMade | None:
        later = incident(app)
        return later.open_ask.made if later is not None and later.open_ask is not None else None

    made = deadline(asked, what="the change is asked for")
    assert made is not None
    assert made.text.startswith("touch ")

    with app.database.read() as tx:
        log = records(tx, FIRST)
    declared = next(r for r in log if isinstance(r.event, ev.IncidentDeclared))
    look = next(r.event for r in log if isinstance(r.event, ev.ClockStarted) and r.event.name == "look")
    assert look.due - declared.at == timedelta(seconds=10)
    queued = [r for r in log if isinstance(r.event, ev.StepQueued)]
    assert len(queued) == SLOW + len(FAST)
    assert all(r.at == declared.at for r in queued), "all of them with the declaration, nobody was asked"
    finished = [r for r in log if isinstance(r.event, ev.StepFinished)]
    assert all(
        r.at < look.due and r.event.started_at < look.due
        for r in finished
        if isinstance(r.event, ev.StepFinished)
    )
