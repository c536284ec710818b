"""The command line as people use it: one clear sentence when something is wrong, JSON that can be read, and honest exit codes."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.cli.ready import started
from tests.cli.shop import ROOT, Shop, run
from tests.conftest import Deadline

from tocsin.app.build import App
from tocsin.app.settings import load
from tocsin.detection.alert import AlertState
from tocsin.kit.clock import SystemClock


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.app.stop()


@pytest.fixture
def asking(shop: Shop, deadline: Deadline) -> Shop:
    shop.alert()
    deadline(
        lambda: shop.tocsin("incident", "list", "--json").stdout.count("INC-1"), what="the incident is listed"
    )
    deadline(lambda: shop.json("incident", "show", "INC-1")["open_ask"], what="a step is asked for")
    return shop


def test_one_incident_from_the_terminal_alone(asking: Shop, deadline: Deadline) -> None:
    assert asking.tocsin("incident", "ack", "INC-1", "--as", "ana").returncode == 0
    assert asking.tocsin("incident", "note", "INC-1", "the bulb is fine", "--as", "ana").returncode == 0
    shown = asking.json("incident", "show", "INC-1")
    ask = shown["open_ask"]
    assert isinstance(ask, dict)
    assert ask["text"] == "echo lit >> lamp"
    done = asking.tocsin("incident", "approve", "INC-1", "--digest", str(ask["digest"])[:8], "--as", "ana")
    assert done.returncode == 0, done.stderr
    deadline(lambda: asking.lamp.read_text() == "dark\nlit\n", what="the lamp is lit, once")
    asking.alert(AlertState.RESOLVED)
    deadline(lambda: asking.json("incident", "show", "INC-1")["stage"] == "resolved", what="resolved")
    deadline(lambda: asking.json("incident", "show", "INC-1")["postmortem"], what="written up")
    shown_text = asking.tocsin("incident", "show", "INC-1").stdout
    assert "the bulb is fine" in shown_text
    assert "approved 1.2" in shown_text
    exported = asking.tocsin("incident", "export", "INC-1").stdout
    assert "## Evidence" in exported
    assert "dark" in exported
    as_json = json.loads(asking.tocsin("incident", "export", "INC-1", "--format", "json").stdout)
    assert as_json["evidence"][0]["sha256"]
    assert json.loads(asking.tocsin("incident", "export", "INC-1", "--json").stdout) == as_json
    verified = asking.tocsin("audit", "verify")
    assert verified.returncode == 0
    assert "Intact" in verified.stdout


def test_nothing_is_approved_blindly_without_a_terminal(asking: Shop) -> None:
    done = asking.tocsin("incident", "approve", "INC-1", "--as", "ana")
    assert done.returncode == 2
    assert "--digest" in done.stderr
    wrong = asking.tocsin("incident", "approve", "INC-1", "--digest", "00000000", "--as", "ana")
    assert wrong.returncode == 5
    short = asking.tocsin("incident", "approve", "INC-1", "--digest", "", "--as", "ana")
    assert short.returncode == 5
    assert asking.lamp.read_text() == "dark\n"


def test_a_viewer_is_refused_and_a_stranger_named(asking: Shop) -> None:
    assert "may not act" in asking.tocsin("incident", "ack", "INC-1", "--as", "vic").stderr
    stranger = asking.tocsin("incident", "ack", "INC-1", "--as", "zoe")
    assert stranger.returncode == 2
    assert "Known: ana, bo, dana, admin-of-shop, vic" in stranger.stderr


def test_a_second_yes_to_the_same_thing_is_refused(asking: Shop) -> None:
    assert asking.tocsin("incident", "ack", "INC-1", "--as", "ana").returncode == 0
    again = asking.tocsin("incident", "ack", "INC-1", "--as", "bo")
    assert again.returncode == 5
    assert "acknowledged by ana already" in again.stderr


def test_rejecting_resolving_and_raising(asking: Shop) -> None:
    assert asking.tocsin("incident", "reject", "INC-1", "--reason", "not now", "--as", "ana").returncode == 0
    assert asking.tocsin("incident", "severity", "INC-1", "P1", "--as", "ana").returncode == 5
    assert (
        asking.tocsin("incident", "severity", "INC-1", "P1", "--reason", "one lamp", "--as", "ana").returncode
        == 0
    )
    assert asking.tocsin("incident", "severity", "INC-1", "P9", "--as", "ana").returncode == 2
    still = asking.tocsin("incident", "resolve", "INC-1", "--as", "ana")
    assert still.returncode == 5
    assert "Not proven well" in still.stderr
    assert (
        asking.tocsin("incident", "resolve", "INC-1", "--anyway", "daylight", "--as", "ana").returncode == 0
    )


def test_what_does_not_exist_is_said_with_exit_code_3(shop: Shop) -> None:
    missing = shop.tocsin("incident", "show", "INC-77")
    assert missing.returncode == 3
    assert "There is no incident INC-77" in missing.stderr
    assert shop.tocsin("check", "run", "nosuch").returncode == 3
    assert shop.tocsin("plan", f"{shop.folder / 'runbook.md'}#nosuch").returncode == 3


def test_a_word_without_an_engine_is_stored_and_said(asking: Shop) -> None:
    asking.app.stop()
    done = asking.tocsin("incident", "ack", "INC-1", "--as", "ana")
    assert done.returncode == 5
    assert "no engine has taken it up" in done.stderr
    again = App(load(asking.config, asking.environment), SystemClock())
    again.start(threading.Event())
    try:
        Deadline()(
            lambda: asking.json("incident", "show", "INC-1")["acknowledged_by"] == "ana",
            what="taken up after the start",
        )
    finally:
        again.stop()
    asking.app = App(load(asking.config, asking.environment), SystemClock())
    asking.app.start(threading.Event())


def test_an_edited_log_does_not_verify(asking: Shop) -> None:
    with asking.app.database.write() as tx:
        tx.execute(text("UPDATE events SET body = replace(body, 'lamp', 'lump')"))
    done = asking.tocsin("audit", "verify")
    assert done.returncode == 1
    assert "NOT INTACT" in done.stderr


class TestReadingRunbooks:
    def test_the_plan_of_a_seed_section_as_text_and_as_json(self) -> None:
        shown = run("plan", "examples/cookcam/runbook.md#api-not-responding")
        assert shown.returncode == 0, shown.stderr
        assert "pm2 restart cookcam-api" in shown.stdout
        found = json.loads(run("plan", "examples/prepchef/runbook.md#redis-memory-full", "--json").stdout)
        assert found["schema"] == 1
        steps = found["sections"][0]["steps"]
        assert [step["effect"] for step in steps if "FLUSHALL" in step["text"]] == ["destroy"]

    def test_lint_finds_the_flush_and_exits_with_1(self) -> None:
        done = run("lint", "examples/prepchef/runbook.md")
        assert done.returncode == 1
        assert "TOC204" in done.stdout
        findings = json.loads(run("lint", "examples/prepchef/runbook.md", "--json").stdout)
        assert {"doc", "line", "column", "severity", "rule", "message", "fix"} <= set(findings[0])

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("e.md", b"", "is empty"),
            ("b.md", b"\0\1\2", "binary"),
            ("nowhere.md", None, "There is no runbook"),
        ],
    )
    def test_what_is_no_runbook_is_one_sentence_and_exit_code_2(
        self, tmp_path: Path, name: str, content: bytes | None, said: str
    ) -> None:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        for command in ("plan", "lint"):
            done = run(command, str(tmp_path / name))
            assert done.returncode == 2
            assert said in done.stderr
            assert "Traceback" not in done.stderr

    def test_text_that_is_not_markdown_is_a_runbook_without_steps(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_text("a,b\n1,2\n")
        assert run("plan", str(tmp_path / "x.csv")).returncode == 0

    def test_judge_in_bulk(self) -> None:
        lines = '{"id": 1, "cmd": "redis-cli FLUSHALL", "lang": "bash"}\n{"id": 2, "cmd": "SELECT 1", "lang": "sql"}\n'
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", "judge", "--jsonl"],
            input=lines,
            text=True,
            capture_output=True,
            check=True,
        )
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert [(row["id"], row["effect"]) for row in rows] == [(1, "destroy"), (2, "observe")]
        assert set(rows[0]) == {"id", "effect", "flags", "undo", "why"}


def test_help_names_every_command_and_a_typo_is_answered() -> None:
    done = started("--help", cwd=ROOT, environment=os.environ)
    assert done.returncode == 0
    for name in ("plan", "lint", "judge", "serve", "incident", "check", "audit", "demo"):
        assert name in done.stdout
    typo = started("incidnet", cwd=ROOT, environment=os.environ)
    assert typo.returncode == 2
    assert 'Did you mean "incident"?' in typo.stderr


def test_a_bad_setting_stops_serve_before_anything_begins(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("[tocsin]\nrunbok = 'x.md'\n")
    done = started("serve", "--config", str(tmp_path / "tocsin.toml"), cwd=ROOT, environment=os.environ)
    assert done.returncode == 2
    assert "tocsin.runbok" in done.stderr
    assert f"{tmp_path / 'tocsin.toml'}:2" in done.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "tocsin.toml"]
