"""Real scripts on a real disk: judged by their text when it is asked, and run only if they are that text still."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine.test_trouble import ANA, SETTINGS, MovedClock, alert, incident, say, turn

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.connectors.process import LocalRunner
from tocsin.effects.judge import judge
from tocsin.engine import identities
from tocsin.engine.history import load as load_incident
from tocsin.engine.run_step import Workshop, run_step
from tocsin.engine.scripts import Scripts
from tocsin.incident import events as ev
from tocsin.incident.commands import RunStep, StepText
from tocsin.incident.place import digest_of
from tocsin.incident.state import AskState
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, PersonId, RunId, StepId
from tocsin.kit.redact import Redactor

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Investigation**:
```bash
./ops/look.sh
```

**Resolution**:
1. Bring the shop up again:
```bash
./ops/recover.sh
```
"""
_A_MINUTE = timedelta(minutes=1)
LOOK = "#!/bin/sh\necho the shop is down\n"
RECOVER = "#!/bin/sh\nmkdir recovered\n"
WORSE = "#!/bin/sh\nrm -rf /var/lib/no-such-shop\n"


@dataclass(frozen=True)
class Shop:
    """An engine that leads, turned by hand, and the folder its steps run in."""

    app: App
    folder: Path

    def write(self, name: str, text: str) -> None:
        file = self.folder / "ops" / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)

    def look(self) -> None:
        """Let everything that looks run."""
        while self.app._performers._one("look"):
            turn(self.app)
        self.app.clock.at += _A_MINUTE  # type: ignore[attr-defined]  # the clock of these tests is moved by hand
        turn(self.app)

    def approve(self, by: PersonId = ANA) -> None:
        """The open question gets its yes."""
        ask = incident(self.app).open_ask
        assert ask is not None
        say(self.app, ev.Approved(ask.made.ask, by, ask.made.digest))
        turn(self.app)

    def change(self) -> None:
        """Let what was approved run."""
        assert self.app._performers._one("change")
        turn(self.app)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    (folder / "ops").mkdir(parents=True)
    (tmp_path / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
    (tmp_path / "tocsin.toml").write_text(SETTINGS + '[targets]\ncwd = "shop"\n', encoding="utf-8")
    clock = MovedClock()
    app = App(load(tmp_path / "tocsin.toml", {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}), clock)
    assert app.leadership.take(threading.Event())
    with app.database.write() as tx:
        app.library.keep(tx)
        identities.saw(tx, "local", LocalRunner("local", {}, Redactor(), clock).identity())
    here = Shop(app, folder)
    here.write("look.sh", LOOK)
    here.write("recover.sh", RECOVER)
    yield here
    app.stop()


def test_a_script_that_looks_runs_by_itself_and_one_that_changes_is_asked_for_by_its_text(shop: Shop) -> None:
    alert(shop.app)
    turn(shop.app)
    shop.look()
    found = incident(shop.app)
    [looked] = [run for run in found.runs.values() if run.queued.text == "./ops/look.sh"]
    assert looked.finished is not None
    assert (looked.finished.outcome, looked.finished.summary) == ("done", "the shop is down")
    assert found.open_ask is not None
    made = found.open_ask.made
    assert (made.text, made.effect) == ("./ops/recover.sh", "change")
    assert [(file, line) for file, line, _ in made.read] == [("ops/recover.sh", 1)]
    shop.approve()
    shop.change()
    assert (shop.folder / "recovered").is_dir()


def test_a_script_changed_between_the_question_and_the_yes_voids_the_yes(shop: Shop) -> None:
    alert(shop.app)
    turn(shop.app)
    shop.look()
    shop.write("recover.sh", RECOVER + "echo once more\n")
    shop.approve()
    found = incident(shop.app)
    states = [(ask.state, ask.made.effect) for ask in found.asks.values()]
    assert states == [(AskState.WITHDRAWN, "change"), (AskState.OPEN, "change")]
    assert not any(run.changes for run in found.runs.values())
    first, second = (ask.made for ask in found.asks.values())
    assert first.digest != second.digest
    shop.approve()
    shop.change()
    assert (shop.folder / "recovered").is_dir()


def test_a_script_changed_between_the_yes_and_the_run_does_not_run(shop: Shop) -> None:
    alert(shop.app)
    turn(shop.app)
    shop.look()
    shop.approve()
    shop.write("recover.sh", WORSE)
    shop.change()
    found = incident(shop.app)
    [run] = [run for run in found.runs.values() if run.changes]
    assert run.finished is not None
    assert run.finished.sentence == "not run: ops/recover.sh changed since it was approved"
    assert run.never_began
    assert found.open_ask is None  # what destroys is never proposed
    assert "destroys" in " ".join(found.refused["1.2"].reasons)


def test_a_script_that_looked_and_changed_before_it_ran_does_not_run(shop: Shop) -> None:
    alert(shop.app)
    turn(shop.app)
    shop.write("look.sh", "#!/bin/sh\nmkdir looked\n")
    shop.look()
    found = incident(shop.app)
    [looked] = [run for run in found.runs.values() if run.queued.text == "./ops/look.sh"]
    assert looked.finished is not None
    assert looked.finished.sentence == "not run: ops/look.sh changed since it was judged"
    assert not (shop.folder / "looked").exists()


def test_a_script_that_is_gone_is_unknown_and_nothing_of_it_runs(shop: Shop) -> None:
    (shop.folder / "ops" / "look.sh").unlink()
    alert(shop.app)
    turn(shop.app)
    assert not any(run.queued.text == "./ops/look.sh" for run in incident(shop.app).runs.values())


def test_the_yes_of_another_engine_to_the_same_words_is_read_from_the_log_with_what_was_read(
    shop: Shop,
) -> None:
    alert(shop.app)
    turn(shop.app)
    shop.look()
    made = incident(shop.app).open_ask
    with shop.app.database.read() as tx:
        again = load_incident(tx, incident(shop.app).id).open_ask
    assert made is not None
    assert again is not None
    assert again.made.read == made.made.read
    assert again.made.texts == made.made.texts


def test_behind_a_linked_folder_and_outside_of_the_directory_nothing_is_held(tmp_path: Path) -> None:
    inside, outside = tmp_path / "shop", tmp_path / "other"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "x.sh").write_text(LOOK, encoding="utf-8")
    (inside / "link").symlink_to(outside)
    scripts = Scripts(str(inside))
    assert scripts.held(StepText("./x.sh", "shell", "local")).find("x.sh") is not None
    assert scripts.held(StepText("./link/x.sh", "shell", "local")).find("link/x.sh") is None
    assert scripts.held(StepText("../other/x.sh", "shell", "local")).find("../other/x.sh") is None
    assert scripts.held(StepText("./x.sh", "shell", "local", str(inside))).texts == {}
    assert Scripts().held(StepText("./x.sh", "shell", "local")).texts == {}


def test_a_script_that_an_earlier_statement_of_the_step_replaces_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "first.sh").write_text(
        "#!/bin/sh\nmkdir made\nprintf 'mkdir worse' > second.sh\n", encoding="utf-8"
    )
    (tmp_path / "second.sh").write_text("#!/bin/sh\nmkdir second\n", encoding="utf-8")
    clock, scripts = SystemClock(), Scripts(str(tmp_path))
    runner = LocalRunner("local", {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, Redactor(), clock)
    plain = (StepText("sh first.sh", "shell", "local"), StepText("sh second.sh", "shell", "local"))
    texts = tuple(replace(each, read=judge(each.text, repository=scripts.held(each)).read) for each in plain)
    command = RunStep(
        RunId("INC-1.r1"), IncidentId("INC-1"), StepId("0123456789ab"), texts, "unknown", "mitigate", digest_of(texts),
        AskId("INC-1.a1"), identities=(("local", runner.identity()),),
    )  # fmt: skip
    workshop = Workshop(
        {"local": runner}, Redactor(), clock, timedelta(minutes=2), cwd=str(tmp_path), scripts=scripts
    )
    done = run_step(command, workshop).finished
    told = "statement 2 of 2 not run, 1 before it ran: second.sh changed since it was approved"
    assert (done.outcome, done.sentence) == ("failed", told)
    assert sorted(each.name for each in tmp_path.iterdir() if each.is_dir()) == ["made"]


def test_what_was_read_is_part_of_what_is_approved() -> None:
    text = StepText("./x.sh", "shell", "local", read=(("x.sh", 1, "a" * 64),))
    others = (replace(text, read=()), replace(text, read=(("x.sh", 1, "b" * 64),)))
    assert len({digest_of((each,)) for each in (text, *others)}) == 3
