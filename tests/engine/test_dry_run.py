"""Dry runs carried out by the real programs: the answer is evidence, and nothing is different afterwards."""

import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.connectors.process import LocalRunner
from tocsin.effects.dry import dry_run
from tocsin.engine.run_step import Workshop, run_step
from tocsin.incident.commands import RunStep, StepText
from tocsin.incident.events import AskMade
from tocsin.incident.place import digest_of
from tocsin.incident.preview import DRY_RUN, preview, preview_of
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, RunId, StepId
from tocsin.kit.redact import Redactor

SECRET = "correct-horse-battery"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    clock, redactor = SystemClock(), Redactor([SECRET])
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    runner = LocalRunner("local", environment, redactor, clock)
    return Workshop({"local": runner}, redactor, clock, timedelta(seconds=60), cwd=str(tmp_path))


def tried(text: str, effect: str = "observe") -> RunStep:
    texts = (StepText(text, "shell", "local"),)
    return RunStep(
        RunId("INC-1.r1"),
        IncidentId("INC-1"),
        StepId("5.4 dry run"),
        texts,
        effect,
        DRY_RUN,
        digest_of(texts),
    )


def state(folder: Path) -> Mapping[str, bytes]:
    return {str(each): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def test_what_would_be_deleted_is_named_and_still_there(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("x")
    (tmp_path / "kept.txt").write_text("x")
    before = state(tmp_path)
    form = dry_run("find . -name '*.log' -delete").text
    assert form is not None
    done = run_step(tried(form), workshop)
    assert done.finished.sentence == "It answered; nothing was changed."
    assert done.evidence.stdout == "./old.log\n"
    assert state(tmp_path) == before


def test_what_git_would_clean_is_named_and_still_there(workshop: Workshop, tmp_path: Path) -> None:
    subprocess.run(("git", "init", "-q", "."), cwd=tmp_path, check=True)
    (tmp_path / "left-over").write_text("x")
    before = state(tmp_path)
    form = dry_run("git clean -fd").text
    assert form is not None
    done = run_step(tried(form), workshop)
    assert "Would remove left-over" in done.evidence.stdout
    assert state(tmp_path) == before


def test_a_secret_in_its_answer_is_redacted(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / f"{SECRET}.log").write_text("x")
    done = run_step(tried("find . -name '*.log' -print"), workshop)
    assert ".log" in done.evidence.stdout
    assert SECRET not in done.evidence.stdout + done.finished.summary


def test_what_is_passed_off_as_a_dry_run_does_not_run(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("x")
    done = run_step(tried("find . -name '*.log' -delete"), workshop)
    assert "not run" in done.finished.sentence
    assert (tmp_path / "old.log").exists()


def test_it_is_tried_in_the_very_place_of_the_change() -> None:
    change = StepText("git clean -fd", "shell", "web-1", "/srv/app", (("LANG", "C"),))
    found = preview((StepText("git status", "shell", "web-1", "/srv/app"), change)).text
    assert found == StepText("git clean -n -fd", "shell", "web-1", "/srv/app", (("LANG", "C"),))


def test_a_variable_that_makes_it_more_than_a_look_keeps_it_from_being_tried() -> None:
    change = StepText(
        "kubectl apply -f k8s/", "shell", "local", None, (("KUBECTL_EXTERNAL_DIFF", "rm -rf /srv"),)
    )
    assert preview((change,)).text is None


def test_several_changes_are_not_tried_for_one_builds_on_the_other() -> None:
    both = (StepText("git clean -fd", "shell", "local"), StepText("nginx -s reload", "shell", "local"))
    assert preview(both).because == "2 statements change something, and each builds on the one before it"


def test_an_ask_that_kept_no_statements_says_that_there_is_none() -> None:
    made = AskMade(
        AskId("INC-1.a1"), StepId("5.4"), "5.4", "Reload", "nginx -s reload", "local", "", "change", (), (), None, None, "no",
        None, (), (), datetime(2026, 11, 22, tzinfo=UTC), 1, "tocsin",
    )  # fmt: skip
    assert preview_of(made).because == "where it would run is not on record"
