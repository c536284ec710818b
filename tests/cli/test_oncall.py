"""`tocsin oncall` as people use it, and the engine that hears of it without a restart."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.cli.main import main
from tocsin.cli.oncall import oncall
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.errors import TocsinError
from tocsin.kit.clock import SystemClock

RUNBOOK = """# Shop

## Severity Levels
- **P0 (Critical)**: Complete service outage

## Emergency Contacts
- **Security Team**: security@shop.example

### 1. Checkout Down
**Symptoms**: 502 errors at checkout

**Investigation**:
```bash
hostname
```
"""
SETTINGS = """
[people.ana]
name = "Ana"
page = ["sink:ana", "other:ana"]
[people.bo]
name = "Bo"
page = ["sink:bo", "other:bo"]
[people.chen]
name = "Chen"
page = ["sink:chen", "other:chen"]
[people.dee]
name = "Dee"
page = ["sink:dee", "other:dee"]
[people.vic]
name = "Vic"
role = "viewer"

[oncall]
level2 = ["chen", "dee"]
[oncall.contacts]
security = ["dee"]

[oncall.level1]
zone = "Europe/Berlin"
[[oncall.level1.layers]]
name = "primary"
people = ["ana", "bo"]
handover = "Mon 09:00"
every = "5000 weeks"
start = 2026-01-05

[pagers.sink]
kind = "file"
path = "pages.jsonl"
[pagers.other]
kind = "file"
path = "other.jsonl"
[web]
listen = "none"
"""


class Team:
    """An installation and its command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.toml = folder / "tocsin.toml"
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        self.toml.write_text(SETTINGS, encoding="utf-8")

    def run(self, *words: str, as_: str = "ana", data: bytes | None = None) -> Result:
        environment = {"TOCSIN_CONFIG": str(self.toml), "TOCSIN_AS": as_}
        return CliRunner().invoke(oncall, words, env=environment, input=data)

    def json(self, *words: str, as_: str = "ana", data: bytes | None = None) -> dict[str, Any]:
        ran = self.run(*words, "--json", as_=as_, data=data)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        found: dict[str, Any] = json.loads(ran.stdout)
        assert found["schema"] == 1
        return found

    def refused(self, *words: str, as_: str = "ana", data: bytes | None = None) -> str:
        ran = self.run(*words, as_=as_, data=data)
        assert isinstance(ran.exception, TocsinError), ran.output
        return str(ran.exception)

    def on_call(self, *words: str) -> list[list[str]]:
        return [[person["id"] for person in level["people"]] for level in self.json("now", *words)["levels"]]


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


def test_now_tells_who_why_and_until_when(team: Team) -> None:
    said = team.run("now").stdout
    assert "level 1  Ana" in said
    assert 'layer "primary": turn of ana' in said
    assert team.on_call() == [["ana"], ["chen", "dee"]]


def test_asking_makes_no_store(team: Team) -> None:
    for words in (("now",), ("calendar",), ("check",), ("export",)):
        team.run(*words)
    assert not (team.folder / "var").exists()


def test_an_override_holds_at_once_and_is_taken_back(team: Team) -> None:
    made = team.json("override", "bo", "--level", "1", "--for", "2 h", "--reason", "planned work")[
        "amendment"
    ]
    assert (made["person"], made["by"], made["reason"]) == ("bo", "ana", "planned work")
    assert team.on_call() == [["bo"], ["chen", "dee"]]
    assert team.on_call("--at", "+3 h") == [["ana"], ["chen", "dee"]]
    assert "planned work" in team.run("now").stdout
    assert team.run("withdraw", str(made["id"]), as_="chen").exit_code == 0
    assert team.on_call() == [["ana"], ["chen", "dee"]]
    assert team.json("list")["amendments"] == []
    (kept,) = team.json("list", "--all")["amendments"]
    assert kept["withdrawn_by"] == "chen"


def test_a_swap_and_an_absence_change_who_is_called(team: Team) -> None:
    team.json("swap", "ana", "bo", "--for", "1 week")
    assert team.on_call() == [["bo"], ["chen", "dee"]]
    team.json("absent", "bo", "--for", "1 day")
    assert team.on_call()[0] == ["ana"]
    assert "absent" in team.run("now").stdout
    team.json("absent", "chen", "--for", "1 day")
    assert team.on_call()[1] == ["dee"]
    said = team.run("list").stdout
    assert "ana and bo swap" in said
    assert "chen is absent" in said


@pytest.mark.parametrize(
    ("words", "because"),
    [
        (("override", "zoe", "--level", "1", "--for", "1 h"), "not among the people"),
        (("override", "vic", "--level", "1", "--for", "1 h"), "no way to be reached"),
        (("override", "bo", "--level", "7", "--for", "1 h"), "There is no level 7"),
        (("override", "bo", "--level", "1"), "Until when?"),
        (("override", "bo", "--level", "1", "--for", "1 h", "--to", "+2 h"), "Until when?"),
        (("override", "bo", "--level", "1", "--for", "soon"), "is no duration"),
        (("override", "bo", "--level", "1", "--from", "whenever", "--for", "1 h"), "is no time"),
        (("override", "bo", "--level", "1", "--from", "2020-01-01", "--to", "2020-01-02"), "over already"),
        (("override", "bo", "--level", "1", "--from", "2090-01-02", "--to", "2090-01-01"), "ends before it begins"),
        (("swap", "ana", "ana", "--for", "1 h"), "between two people"),
        (("swap", "bo", "bo", "--for", "1 h"), "between two people"),
        (("absent", "zoe", "--for", "1 h"), "not among the people"),
        (("withdraw", "12"), "No amendment 12 stands"),
        (("export", "--person", "zoe"), "not among the people"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_one_sentence(
    team: Team, words: tuple[str, ...], because: str
) -> None:
    assert because in team.refused(*words)
    assert team.json("list", "--all")["amendments"] == []


def test_nobody_absent_takes_an_override_and_no_viewer_writes_one(team: Team) -> None:
    team.json("absent", "bo", "--for", "1 day")
    assert "is absent from" in team.refused("override", "bo", "--level", "1", "--for", "1 h")
    assert "is a viewer" in team.refused("override", "ana", "--level", "1", "--for", "1 h", as_="vic")


def test_a_swap_that_would_change_nothing_is_refused(team: Team) -> None:
    assert "nothing to swap" in team.refused("swap", "chen", "dee", "--level", "1", "--for", "1 h")


def test_times_are_read_on_the_wall_of_the_level(team: Team) -> None:
    made = team.json(
        "override", "bo", "--level", "1", "--from", "2090-07-01 09:00", "--to", "2090-07-01 17:00"
    )
    assert made["amendment"]["start"] == "2090-07-01T07:00:00+00:00"
    twice = team.json(
        "override", "bo", "--level", "1", "--from", "2090-10-29 02:30", "--to", "2090-10-29 03:00"
    )
    assert twice["amendment"]["start"] == "2090-10-29T00:30:00+00:00"


def test_the_calendar_shows_each_day_and_the_gaps(team: Team) -> None:
    text = team.toml.read_text(encoding="utf-8").replace(
        'every = "5000 weeks"', 'every = "1 week"\nonly = ["Mon-Fri"]'
    )
    team.toml.write_text(text, encoding="utf-8")
    said = team.run("calendar", "--from", "2026-11-23", "--days", "14").stdout
    lines = {line[:10]: line for line in said.splitlines()}
    assert "NOBODY" in lines["Sat 28 Nov"]
    assert "09:00" in lines["Mon 30 Nov"]
    assert "2 gaps, 4 d with nobody" in said
    shown = team.json("calendar", "--from", "2026-11-23", "--days", "14", "--level", "1")
    assert {shift["level"] for shift in shown["shifts"]} == {1}
    assert [shift["gap"] for shift in shown["shifts"]].count(True) == 2
    assert all(
        one["end"] == other["start"] for one, other in zip(shown["shifts"], shown["shifts"][1:], strict=False)
    )


def test_the_check_is_quiet_for_a_good_roster_and_ends_with_1_for_a_broken_one(team: Team) -> None:
    good = team.json("check")
    assert (good["ready"], good["findings"]) == (True, [])
    assert team.run("check", "--strict").exit_code == 0
    team.json("absent", "bo", "--for", "1 week")
    team.json("absent", "ana", "--for", "1 week")
    ran = team.run("check")
    assert ran.exit_code == 1
    assert "level 1 has nobody" in ran.stdout
    assert [each["rule"] for each in team.json("check")["findings"] if each["level"] == "error"] == ["gap"]


def test_strict_ends_with_1_for_a_warning_too(team: Team) -> None:
    team.json("absent", "ana", "--for", "1 day")
    assert team.run("check").exit_code == 0
    assert team.run("check", "--strict").exit_code == 1


# -- calendars ---------------------------------------------------------------------------------------


def test_what_is_exported_and_imported_again_is_who_is_on_call(team: Team) -> None:
    exported = team.run("export", "--level", "1", "--days", "20").stdout_bytes
    assert exported.startswith(b"BEGIN:VCALENDAR")
    then = f"{SystemClock().now() + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"  # the same moment both times
    before = team.on_call("--at", then)
    done = team.json("import", "-", "--name", "own", data=exported)
    assert len(done["added"]) == 1
    assert team.on_call("--at", then) == before
    again = team.json("import", "-", "--name", "own", data=exported)
    assert (again["added"], again["withdrawn"], again["unchanged"]) == ([], [], 1)


# Once for all: midnight may come between two calendars of a test.
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def calendar_of(*days: int, who: str = "Bo") -> bytes:
    body = "".join(
        f"BEGIN:VEVENT\r\nUID:shift-{day}\r\nDTSTART:{TODAY + timedelta(days=day):%Y%m%dT%H%M%SZ}\r\nDURATION:P1D\r\n"
        f"SUMMARY:{who} on call\r\nEND:VEVENT\r\n"
        for day in days
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def test_importing_a_calendar_again_adds_what_is_new_and_withdraws_what_vanished(team: Team) -> None:
    words = ("import", "-", "--name", "team", "--level", "1")
    assert len(team.json(*words, data=calendar_of(2, 3))["added"]) == 2
    planned = team.json(*words, "--plan", data=calendar_of(3, 4))
    assert (len(planned["added"]), len(planned["withdrawn"]), planned["unchanged"]) == (1, 1, 1)
    assert len(team.json("list")["amendments"]) == 2
    team.json(*words, data=calendar_of(3, 4))
    assert sorted(each["origin"].split("/")[0] for each in team.json("list")["amendments"]) == [
        "team#shift-3",
        "team#shift-4",
    ]


def test_a_calendar_with_somebody_unknown_is_refused_whole(team: Team) -> None:
    said = team.refused("import", "-", "--name", "team", "--level", "1", data=calendar_of(2, who="Zoe"))
    assert "nobody knows whom it is about" in said
    assert team.json("list")["amendments"] == []
    assert "no iCalendar file" in team.refused("import", "-", "--name", "team", "--level", "1", data=b"hello")


def test_a_calendar_of_absences_makes_absences(team: Team) -> None:
    team.json(
        "import",
        "-",
        "--name",
        "holidays",
        "--absences",
        "--person",
        "chen",
        data=calendar_of(-1, 0, 1, who="away"),
    )
    assert team.on_call()[1] == ["dee"]


def test_the_shifts_of_one_person_are_exported(team: Team) -> None:
    out = team.folder / "dee.ics"
    assert team.json("export", "--person", "dee", "--out", str(out))["shifts"] == 1
    assert b"X-TOCSIN-LEVEL:2" in out.read_bytes()


# -- the engine --------------------------------------------------------------------------------------


@pytest.fixture
def app(team: Team) -> Iterator[App]:
    made = App(load(team.toml), SystemClock())
    yield made
    made.stop()


def paged(team: Team) -> list[str]:
    path = team.folder / "var" / "pages.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = text[: text.rfind("\n") + 1].splitlines()  # what is still being written is no line yet
    return [json.loads(line)["to"] for line in lines]


def fire(app: App, name: str) -> None:
    alert = Alert(f"check:{name}", AlertState.FIRING, f"{name} down", "check:test", app.clock.now(), {}, None)
    accept_alert(app.database, alert, "{}", app.clock.now())


def test_the_engine_pages_whoever_took_the_pager_without_a_restart(
    team: Team, app: App, deadline: Deadline
) -> None:
    app.start(app.stopped)
    fire(app, "first")
    deadline(lambda: paged(team) == ["ana"], what="Ana is paged")
    team.json("override", "bo", "--level", "1", "--for", "1 h")
    fire(app, "second")
    deadline(lambda: paged(team) == ["ana", "bo"], what="Bo is paged")


def test_an_override_outlives_the_engine(team: Team, deadline: Deadline) -> None:
    team.json("override", "bo", "--level", "1", "--for", "1 h")
    app = App(load(team.toml), SystemClock())
    try:
        app.start(app.stopped)
        fire(app, "first")
        deadline(lambda: paged(team) == ["bo"], what="Bo is paged")
    finally:
        app.stop()


def test_help_shows_how_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        "now",
        "calendar",
        "check",
        "list",
        "override",
        "swap",
        "absent",
        "withdraw",
        "export",
        "import",
    ):
        main(["oncall", command, "--help"])
        assert f"tocsin oncall {command}" in capsys.readouterr().out
