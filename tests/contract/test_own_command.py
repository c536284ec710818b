"""tocsin as a program of its own: its end, its words, its limit, and that what stops us stops it."""

import os
import threading
from datetime import timedelta
from pathlib import Path

from tests.conftest import Deadline

from tocsin.connectors.own_command import Ended, OwnCommand
from tocsin.kit.clock import SystemClock
from tocsin.kit.redact import Redactor

LONG = timedelta(minutes=10)


def own(tmp_path: Path) -> OwnCommand:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    return OwnCommand(environment, SystemClock(), Redactor(("hunter2-the-password",)))


def test_its_status_and_its_last_words_are_told_without_secrets(tmp_path: Path) -> None:
    assert own(tmp_path).run(("--version",), LONG).exit == 0
    ended = own(tmp_path).run(("lint", str(tmp_path / "hunter2-the-password.md")), LONG)
    assert ended.exit not in (0, None)
    assert ended.said
    assert "hunter2-the-password" not in ended.said


def test_what_takes_too_long_is_ended_and_said_to_be(tmp_path: Path) -> None:
    pipe = tmp_path / "never.md"
    os.mkfifo(pipe)  # nobody ever writes into it, so it does not end by itself
    ended = own(tmp_path).run(("lint", str(pipe)), timedelta(milliseconds=1))
    assert ended.timed_out
    assert ended.exit != 0


def test_when_we_stop_what_runs_is_ended_and_nothing_begins(tmp_path: Path, deadline: Deadline) -> None:
    command, found = own(tmp_path), list[Ended]()
    pipe = tmp_path / "never.md"
    os.mkfifo(pipe)  # nobody ever writes into it
    running = threading.Thread(target=lambda: found.append(command.run(("lint", str(pipe)), LONG)))
    running.start()
    deadline(lambda: command._running, what="it runs", within=timedelta(minutes=2))
    command.end()
    running.join(120)
    assert [each.exit == 0 for each in found] == [False]
    assert command.run(("--version",), LONG) == Ended(None, "tocsin is stopping")
