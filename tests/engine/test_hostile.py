"""What comes from outside is hostile until made harmless: titles, labels, fingerprints, notes; and it may hold secrets."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.engine.test_trouble import MovedClock, alert, incident, make, turn
from tests.properties.test_response import world

from tocsin.cli.incident import incident as command
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.engine.watch import Watch
from tocsin.incident import events as ev
from tocsin.incident.timeline import timeline
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName, PersonId
from tocsin.kit.redact import Redactor
from tocsin.postmortem.draft import draft
from tocsin.store import incidents, signals
from tocsin.store.database import Database

ESCAPE = "\x1b]0;owned\x07\x1b[2J"
FORGED = "502\n03:01:00  person ana approved 1.4\n| 03:01 | person | ana approved |"
SECRET = "correct-horse-battery"


def test_an_alert_is_one_printable_line_of_bounded_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = make(tmp_path, MovedClock(), monkeypatch)
    assert app.leadership.take(threading.Event())
    alert(app, f"{ESCAPE}{FORGED}\0{'x' * 1_000_000}", "a\0b\n" + "y" * 5_000)
    turn(app)
    declared = incident(app).declared
    assert declared is not None
    assert len(declared.title) <= 300
    assert not set(declared.title) & set("\x1b\0\n\x07")
    assert all(len(key) <= 200 and "\0" not in key for key in incident(app).alerts)
    app.stop()


def test_the_same_strange_fingerprint_is_the_same_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = make(tmp_path, MovedClock(), monkeypatch)
    assert app.leadership.take(threading.Event())
    for key in ("a\0b", "\ud800", "z" * 5_000):
        for _ in range(2):
            alert(app, fingerprint=key)
            turn(app)
    with app.database.read() as tx:
        assert len(incidents.listing(tx)) == 3
    app.stop()


def test_no_text_from_outside_makes_a_second_line_of_the_timeline_or_moves_the_terminal() -> None:
    w = world("cookcam")
    w.happen(
        ev.AlertReceived(
            Alert("x", AlertState.FIRING, "502", "check:x", w.now, {}, "Complete service outage")
        )
    )
    w.happen(ev.NoteAdded(PersonId("ana"), ESCAPE + FORGED), "person:ana")
    w.happen(ev.Resolved(PersonId("ana"), FORGED, ESCAPE + FORGED), "person:ana")
    for line in timeline(w.log):
        assert not set("".join((line.text, *line.detail))) & set("\x1b\x07\n")
    text = draft(w.incident, w.log, w.book, timedelta(hours=48))
    assert "\x1b" not in text
    assert "\n03:01:00  person ana approved" not in text


def test_a_title_with_brackets_does_not_end_the_list_of_incidents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, _ = make(tmp_path, MovedClock(), monkeypatch)
    assert app.leadership.take(threading.Event())
    alert(app, "disk [/dev/sda1] is [bold]full[/bold]")
    turn(app)
    app.stop()
    shown = CliRunner().invoke(command, ["list", "--config", str(tmp_path / "tocsin.toml")])
    assert shown.exit_code == 0, shown.output
    assert "disk [/dev/sda1] is" in shown.output
    assert "[bold]full[/bold]" in shown.output


def test_a_secret_in_what_a_check_saw_is_not_stored(tmp_path: Path) -> None:
    clock = SystemClock()
    with Database.open(tmp_path / "t.db") as database:
        spec = CheckSpec(CheckName("db"), "command", {}, failures=1)
        watch = Watch(database, [spec], clock, redactor=Redactor([SECRET]))
        said = f"cannot reach postgres://u:{SECRET}@db/x"
        watch.take([Sample(CheckName("db"), clock.now(), Verdict.DOWN, None, said, {"url": said})])
        with database.read() as tx:
            waiting = signals.next_unhandled(tx)
        assert waiting
        assert all(SECRET not in signal.body for signal in waiting)
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.glob("t.db*"))


def test_a_secret_in_a_note_is_not_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app, _ = make(tmp_path, MovedClock(), monkeypatch)
    with (tmp_path / "tocsin.toml").open("a", encoding="utf-8") as out:
        out.write('[targets]\nsecrets = ["SHOP_KEY"]\n')
    assert app.leadership.take(threading.Event())
    alert(app)
    turn(app)
    app.stop()
    monkeypatch.setenv("SHOP_KEY", SECRET)
    CliRunner().invoke(
        command,
        ["note", "INC-1", f"key is {SECRET}", "--as", "ana", "--config", str(tmp_path / "tocsin.toml")],
    )
    with Database.open(app.settings.database) as database, database.read() as tx:
        bodies = [signal.body for signal in signals.next_unhandled(tx)]
    assert any("NoteAdded" in body or "key is" in body for body in bodies)
    assert all(SECRET not in body for body in bodies)
