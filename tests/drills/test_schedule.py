"""Scheduled drills: at their time, in a process of their own that is given nothing of the engine's."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.app.settings import load
from tocsin.app.settings_drills import DrillsSettings
from tocsin.errors import ConfigError
from tocsin.sandbox.drill.schedule import DrillSchedule

MONDAY = datetime(2025, 10, 6, 3, 59, 50, tzinfo=UTC)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


def test_a_drill_is_started_at_its_time_and_is_given_nothing_of_the_engines(
    tmp_path: Path, deadline: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://canary@production/shop")
    monkeypatch.setenv("KUBECONFIG", "/canary")
    told = tmp_path / "told"
    program = f"import json, os, sys; open({str(told)!r} + '.new', 'w').write(json.dumps([sys.argv, dict(os.environ)])); os.rename({str(told)!r} + '.new', {str(told)!r})"
    clock = Clock()
    settings = DrillsSettings("0 4 * * 1", ("lamp-out",), tmp_path / "drills", None)
    schedule = DrillSchedule(settings, clock, ("-c", program))
    assert schedule.due(clock.now()) == datetime(2025, 10, 6, 4, tzinfo=UTC)
    schedule.start()
    try:
        assert not told.exists()
        clock.at = MONDAY + timedelta(seconds=20)
        deadline(told.exists, what="the drill begins", within=timedelta(seconds=120))
    finally:
        schedule.stop()
    arguments, environment = json.loads(told.read_text(encoding="utf-8"))
    assert arguments[1:] == [
        "drill",
        "run",
        "lamp-out",
        "--drills",
        str(tmp_path / "drills"),
        "--by",
        "schedule",
    ]
    assert "canary" not in json.dumps(environment)


class Late(Clock):
    """A clock on a machine that lets every thread but the first wait for twenty seconds."""

    def now(self) -> datetime:
        late = threading.current_thread() is not threading.main_thread()
        return self.at + timedelta(seconds=20) if late else self.at


def test_what_comes_due_while_it_begins_is_not_passed_over(tmp_path: Path, deadline: Deadline) -> None:
    told = tmp_path / "told"
    settings = DrillsSettings("0 4 * * 1", ("lamp-out",), tmp_path / "drills", None)
    schedule = DrillSchedule(settings, Late(), ("-c", f"open({str(told)!r}, 'w')"))
    schedule.start()
    try:
        deadline(told.exists, what="the drill begins", within=timedelta(seconds=120))
    finally:
        schedule.stop()


def test_a_schedule_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text('[drills]\nschedule = "mondays"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r'tocsin\.toml:2: drills\.schedule: "mondays" is no schedule'):
        load(file, {})


def test_without_a_schedule_nothing_is_drilled(tmp_path: Path) -> None:
    file = tmp_path / "tocsin.toml"
    file.write_text('[drills]\nnames = ["lamp-out"]\n', encoding="utf-8")
    assert load(file, {}).drills is None
