"""tocsin beat: the command is the command, whatever becomes of the report."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.pings.conftest import BACKUP_UUID, Running

from tocsin.connectors.beat_sender import BeatSender, Report
from tocsin.kit.clock import SystemClock

LONG = timedelta(seconds=120)


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "TOCSIN_SPOOL": str(folder / "spool"), **more}


def start(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tocsin", "beat", *arguments],
        env=environment(folder, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def beat(folder: Path, *arguments: str, said: str = "", **more: str) -> tuple[int, str, str]:
    """Status, output and errors of one command."""
    process = start(folder, *arguments, **more)
    out, err = process.communicate(said, LONG.total_seconds())
    return process.returncode, out, err


@pytest.fixture
def away() -> Iterator[str]:
    """An address where nobody listens, and nobody else comes to meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_start_end_status_length_and_last_words_are_reported(running: Running, tmp_path: Path) -> None:
    script = "cat; echo to stderr >&2; echo password=hunter2hunter2; exit 3"
    status, out, err = beat(
        tmp_path, "backup", "--", "sh", "-c", script, said="from stdin\n",
        TOCSIN_URL=running.url, TOCSIN_PING_KEY=running.key(),
    )  # fmt: skip
    assert (status, err) == (3, "to stderr\n")
    assert out == "from stdin\npassword=hunter2hunter2\n"  # what the command says is not ours to change
    end, begin = running.pings("backup")
    assert (begin.kind, end.kind, end.exit) == ("start", "fail", 3)
    assert begin.rid == end.rid
    assert end.ms is not None
    assert end.body is not None
    assert "from stdin\n" in end.body
    assert "to stderr\n" in end.body
    assert "hunter2" not in end.body


def test_the_key_of_one_heartbeat_reports_about_that_one_as_it_was_printed(
    running: Running, tmp_path: Path
) -> None:
    key = running.key("backup")
    assert key.count("-") == 4
    status, _, err = beat(tmp_path, "backup", "--", "true", TOCSIN_URL=running.url, TOCSIN_PING_KEY=key)
    assert (status, err) == (0, "")
    assert [each.kind for each in running.pings("backup")] == ["success", "start"]


def test_the_key_of_another_heartbeat_reports_about_neither(running: Running, tmp_path: Path) -> None:
    key = running.key("backup")
    status, _, err = beat(tmp_path, "posted", "--", "true", TOCSIN_URL=running.url, TOCSIN_PING_KEY=key)
    assert status == 0
    assert "the key is not for it" in err
    assert (running.pings("posted"), running.pings("backup")) == ((), ())


def test_only_the_last_lines_are_reported_and_a_success_is_one(running: Running, tmp_path: Path) -> None:
    url = f"{running.url}/ping/{BACKUP_UUID}"
    status, out, _ = beat(tmp_path, "--lines", "2", url, "--", "seq", "1", "100000")
    assert status == 0
    assert out.count("\n") == 100_000
    end = running.pings("backup")[0]
    assert (end.kind, end.exit, end.body) == ("success", 0, "99999\n100000\n")


def test_a_command_that_is_not_there_is_reported_as_a_failure(running: Running, tmp_path: Path) -> None:
    url = f"{running.url}/ping/{BACKUP_UUID}"
    assert beat(tmp_path, url, "--", "/no/such/program")[0] == 127
    (tmp_path / "plain").write_text("no program")
    assert beat(tmp_path, url, "--", str(tmp_path / "plain"))[0] == 126
    assert [ping.exit for ping in running.pings("backup") if ping.kind == "fail"] == [126, 127]


# Waits for the signal whenever it comes: a shell that is just reading looks at its trap only after the next line.
_WAITS = (
    "import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); print('ready', flush=True); "
    "signal.sigwait([signal.SIGTERM]); print('caught', flush=True); sys.exit(9)"
)


def test_a_signal_reaches_the_command_and_its_status_is_told(running: Running, tmp_path: Path) -> None:
    process = start(tmp_path, f"{running.url}/ping/{BACKUP_UUID}", "--", sys.executable, "-c", _WAITS)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "caught\n"
    assert process.wait(LONG.total_seconds()) == 9
    assert running.pings("backup")[0].exit == 9
    process.communicate()


def test_a_command_killed_by_a_signal_ends_as_a_shell_would_say_it(running: Running, tmp_path: Path) -> None:
    status, _, _ = beat(tmp_path, f"{running.url}/ping/{BACKUP_UUID}", "--", "sh", "-c", "kill -9 $$")
    assert status == 137
    assert running.pings("backup")[0].exit == 137


def test_without_a_tocsin_the_command_runs_and_the_report_is_kept_and_told_later(
    running: Running, tmp_path: Path, away: str
) -> None:
    # The address of a job is its key: what is kept is told to the same one, so a door is put where nobody was.
    key = running.key()
    status, out, err = beat(
        tmp_path, "backup", "--", "sh", "-c", "echo worked; exit 4", TOCSIN_URL=away, TOCSIN_PING_KEY=key
    )
    assert (status, out) == (4, "worked\n")
    assert "Kept in" in err
    (kept,) = (tmp_path / "spool").glob("*.json")
    assert kept.stat().st_mode & 0o077 == 0
    text = kept.read_text()
    assert key not in text
    assert "worked" in text


def test_what_was_kept_is_told_by_the_next_one(running: Running, tmp_path: Path) -> None:
    url = f"{running.url}/ping/{BACKUP_UUID}"
    sender = kept_for(url, tmp_path)
    assert len(sender) == 2
    assert beat(tmp_path, url, "--", "true")[0] == 0
    kinds = [(ping.kind, ping.exit) for ping in reversed(running.pings("backup"))]
    # The one of a moment ago says what it said; the old one is a note, for it says nothing about now.
    assert kinds == [("start", None), ("log", None), ("fail", 5), ("success", 0)]
    assert "Told late: /5" in (running.pings("backup")[2].body or "")
    assert list((tmp_path / "spool").glob("*.json")) == []


def test_a_report_that_is_refused_is_said_and_not_kept(running: Running, tmp_path: Path) -> None:
    status, _, err = beat(tmp_path, "nobody", "--", "true", TOCSIN_URL=running.url, TOCSIN_PING_KEY="0" * 32)
    assert status == 0
    assert (
        err.count("answered HTTP 404 (it knows no such job, or the key is not for it; nothing was told).")
        == 2
    )
    assert "0" * 32 not in err
    assert not (tmp_path / "spool").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backup",), "Which command?"),
        (("backup", "--", "true"), "Where is tocsin?"),
        (("--url", "http://127.0.0.1:1", "backup", "--", "true"), "There is no ping key."),
        (("--url", "http://127.0.0.1:1", "--key-file", "/no/such", "backup", "--", "true"), "cannot be read"),
    ],
)
def test_what_is_missing_is_said_before_anything_runs(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    status, _, err = beat(tmp_path, *arguments)
    assert status == 2
    assert said in err


def test_the_command_does_not_wait_for_the_start_to_be_told(tmp_path: Path, deadline: Deadline) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and never answers
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        process = start(
            tmp_path, "backup", "--", "sh", "-c", "echo runs; read -r line", TOCSIN_URL=url, TOCSIN_PING_KEY="ab" * 16
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "runs\n"
        finally:
            process.kill()
            process.communicate()


def kept_for(url: str, folder: Path) -> list[Path]:
    """Two reports nobody took: one old, one of a moment ago."""
    clock = _Old()
    for back, path in ((timedelta(hours=9), "/5"), (timedelta(), "/5")):
        clock.back = back
        sender = BeatSender(url, folder / "spool", clock, lambda seconds: None, lambda line: None)
        sender._keep(Report(path, "said"))
        sender.close()
    return list((folder / "spool").glob("*.json"))


class _Old(SystemClock):
    back = timedelta()

    def now(self) -> datetime:
        return super().now() - self.back
