"""The one place where a step runs: what it refuses, what it captures, what it keeps."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.connectors.process import LocalRunner
from tocsin.engine.run_step import Workshop, run_step
from tocsin.incident import approval
from tocsin.incident.commands import RunStep, StepText
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, RunId, StepId
from tocsin.kit.redact import Redactor

SECRET = "correct-horse-battery"
ME = LocalRunner("local", {}, Redactor(), SystemClock()).identity()


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    clock = SystemClock()
    redactor = Redactor([SECRET])
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "DATABASE_URL": f"postgres://u:{SECRET}@db/x",
    }
    runner = LocalRunner("local", environment, redactor, clock)
    return Workshop({"local": runner}, redactor, clock, timedelta(seconds=10), cwd=str(tmp_path))


def step(*texts: str, effect: str = "observe", ask: str | None = None, capture: str | None = None) -> RunStep:
    statements = tuple(StepText(text, "shell", "local") for text in texts)
    digest = approval.digest(tuple((text.text, text.target) for text in statements))
    return RunStep(
        RunId("INC-1.r1"), IncidentId("INC-1"), StepId("0123456789ab"), statements, effect, "investigate", digest,
        AskId(ask) if ask else None, capture, identities=(("local", ME),) if ask else (),
    )  # fmt: skip


def test_a_step_that_only_looks_runs_and_its_output_is_evidence(workshop: Workshop) -> None:
    done = run_step(step("echo hello", "date +%Y"), workshop)
    assert done.finished.outcome == "done"
    assert done.evidence.stdout.startswith("hello\n20")
    assert [ran.stdout_chars for ran in done.evidence.about.ran] == [6, 5]
    assert done.finished.evidence_sha256 == done.evidence.sha256


def test_what_changes_something_does_not_run_without_an_ask(workshop: Workshop, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    done = run_step(step(f"rm {victim}"), workshop)
    assert done.finished.outcome == "failed"
    assert "not run" in done.finished.sentence
    assert victim.exists()


def test_a_text_that_is_not_the_approved_one_does_not_run(workshop: Workshop, tmp_path: Path) -> None:
    approved = step("touch a", effect="change", ask="INC-1.a1")
    swapped = replace(approved, texts=(StepText("touch b", "shell", "local"),))
    done = run_step(swapped, workshop)
    assert "not the one that was approved" in done.finished.sentence
    assert not (tmp_path / "b").exists()


def test_a_text_that_judges_worse_than_it_was_approved_as_does_not_run(workshop: Workshop) -> None:
    done = run_step(step("rm -rf /var/lib/no-such-shop", effect="change", ask="INC-1.a1"), workshop)
    assert "let through as change" in done.finished.sentence
    assert done.evidence.about.ran == ()


def test_a_target_that_is_not_bound_is_not_replaced_by_this_machine(workshop: Workshop) -> None:
    statement = StepText("uptime", "shell", "db-7")
    digest = approval.digest((("uptime", "db-7"),))
    done = run_step(replace(step("uptime"), texts=(statement,), digest=digest), workshop)
    assert '"db-7" is not bound' in done.finished.sentence
    assert done.evidence.about.ran == ()


def test_after_a_failure_the_rest_does_not_start(workshop: Workshop, tmp_path: Path) -> None:
    done = run_step(step(f"ls {tmp_path / 'not-there'}", "echo after"), workshop)
    assert done.finished.outcome == "failed"
    assert "after" not in done.evidence.stdout


def test_a_missing_program_is_evidence_and_not_silence(workshop: Workshop) -> None:
    done = run_step(step("df-from-another-planet -h || df -h"), workshop)
    assert done.finished.outcome in ("failed", "done")
    missing = run_step(step("uptime --no-such-option"), workshop)
    assert missing.finished.outcome == "failed"
    assert missing.evidence.stderr


def test_a_secret_reaches_neither_evidence_nor_event(workshop: Workshop) -> None:
    done = run_step(step('echo "$DATABASE_URL"'), workshop)
    kept = done.evidence.stdout + done.evidence.stderr + done.evidence.meta + repr(done.finished)
    assert SECRET not in kept
    assert "postgres://" in done.evidence.stdout


def test_a_file_is_not_waited_for_on_standard_input(workshop: Workshop) -> None:
    done = run_step(step("cat"), workshop)
    assert done.finished.outcome == "done"
    assert done.evidence.stdout == ""


def test_what_takes_too_long_is_ended_with_everything_it_started(workshop: Workshop) -> None:
    short = replace(workshop, timeout=timedelta(seconds=0.3))
    done = run_step(step("tail -n 1 /etc/hostname; sleep 30"), short)
    assert done.finished.outcome != "done"
