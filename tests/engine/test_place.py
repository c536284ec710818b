"""What stands around a text is judged and approved with it: directory, variables, and every target of several."""

from datetime import date, timedelta
from pathlib import Path

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.commands import RunStep, StepText
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.place import digest_of
from tocsin.incident.targets import Targets
from tocsin.kit.ids import PersonId
from tocsin.runbook.document import Text, read
from tocsin.testing.story import DAY, roster
from tocsin.testing.world import World

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Investigation**:
```bash
export GIT_EXTERNAL_DIFF=./other.sh
git diff
```

**Resolution**:
```bash
cd /srv/shop
systemctl restart shop
```
"""


def told(runbook: str = RUNBOOK, hosts: frozenset[str] = frozenset()) -> World:
    book = read(Text(Path("runbook.md"), runbook), date(2025, 10, 7))
    w = World(book, roster(), Targets("local", hosts), ResponseSettings(), DAY)
    fires = Alert(
        "x", AlertState.FIRING, "502 errors at checkout", "check:x", w.now, {}, "Complete service outage"
    )
    w.happen(ev.AlertReceived(fires), "check:x")
    w.until(w.now + timedelta(minutes=1))
    return w


def test_a_variable_that_makes_a_reading_command_run_something_keeps_it_from_running_by_itself() -> None:
    w = told()
    assert [step for step in w.asked if isinstance(step, RunStep)] == []
    assert any("git diff" in refused.text for refused in w.incident.refused.values())


def test_a_yes_binds_to_directory_and_variables_and_shows_them() -> None:
    ask = told(RUNBOOK.replace("export GIT_EXTERNAL_DIFF=./other.sh", "uptime")).incident.open_ask
    assert ask is not None
    assert "runs on local in /srv/shop" in ask.made.warnings


def test_another_directory_or_variable_is_another_yes() -> None:
    text = StepText("rm -rf cache", "shell", "local", "/srv/shop", (("A", "b"),))
    others = (
        StepText("rm -rf cache", "shell", "local", "/srv", (("A", "b"),)),
        StepText("rm -rf cache", "shell", "local", "/srv/shop", (("A", "c"),)),
        StepText("rm -rf cache", "shell", "local", "/srv/shop"),
        StepText("rm -rf cache", "shell", "web-1", "/srv/shop", (("A", "b"),)),
    )
    assert len({digest_of((each,)) for each in (text, *others)}) == 5


def test_a_yes_to_what_may_not_be_asked_for_any_more_runs_nothing() -> None:
    w = told(
        RUNBOOK.replace("cd /srv/shop", "ssh web-1").replace("export GIT_EXTERNAL_DIFF=./other.sh", "uptime"),
        frozenset({"web-1"}),
    )
    ask = w.incident.open_ask
    assert ask is not None
    w.targets = Targets("local")  # started again, and the host is not bound any more
    w.happen(ev.Approved(ask.made.ask, PersonId("ana"), ask.made.digest), "person:ana")
    assert not any(run.changes for run in w.incident.runs.values())
    assert w.incident.open_ask is None
