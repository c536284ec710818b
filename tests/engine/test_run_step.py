"""The one place where a step runs: what it refuses, what it captures, what it keeps."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.process import LocalRunner
from tocsin.engine.run_step import Workshop, run_step
from tocsin.engine.secret_store import SecretStore
from tocsin.errors import Permanent
from tocsin.incident import approval
from tocsin.incident.commands import Expected, RunStep, StepText
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
    return Workshop({"local": runner}, redactor, clock, timedelta(minutes=2), cwd=str(tmp_path))


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


def test_a_target_that_is_not_who_it_has_to_be_is_not_changed(workshop: Workshop, tmp_path: Path) -> None:
    wanted = replace(
        step(f"touch {tmp_path / 'made'}", effect="change", ask="INC-1.a1"),
        identities=(("local", "host another, machine 0123456789ab"),),
    )
    done = run_step(wanted, workshop)
    assert done.finished.outcome == "not run"
    assert "has to be host another" in done.finished.sentence
    assert not (tmp_path / "made").exists()


def test_a_target_nobody_spoke_for_is_not_changed(workshop: Workshop, tmp_path: Path) -> None:
    done = run_step(
        replace(step(f"touch {tmp_path / 'made'}", effect="change", ask="INC-1.a1"), identities=()), workshop
    )
    assert "nobody has said who local is" in done.finished.sentence
    assert not (tmp_path / "made").exists()


def test_looking_asks_nobody_who_they_are(workshop: Workshop) -> None:
    assert run_step(step("echo hello"), workshop).finished.outcome == "done"


def test_a_step_of_several_statements_says_how_far_it_got(workshop: Workshop, tmp_path: Path) -> None:
    texts = (f"touch {tmp_path / 'one'}", f"touch {tmp_path / 'no/such/two'}", f"touch {tmp_path / 'three'}")
    done = run_step(step(*texts, effect="change", ask="INC-1.a1"), workshop).finished
    assert done.outcome == "failed"
    assert done.sentence.startswith("statement 2 of 3 failed, 1 before it ran, 1 after it did not: ")
    assert (done.statements, done.ended_well) == (3, 1)
    assert not (tmp_path / "three").exists()


def test_each_statement_is_announced_before_it_begins(workshop: Workshop, tmp_path: Path) -> None:
    seen: list[tuple[int, bool]] = []
    made = tmp_path / "one"
    texts = (f"touch {made}", f"touch {tmp_path / 'two'}")
    run_step(
        step(*texts, effect="change", ask="INC-1.a1"),
        workshop,
        lambda number: seen.append((number, made.exists())),
    )
    assert seen == [(1, False), (2, True)]


def test_what_the_runbook_expects_stands_beside_what_was_seen(workshop: Workshop) -> None:
    wanted = (Expected("contains", "hello", "should show hello"), Expected("empty", "", "should be empty"))
    done = run_step(replace(step("echo hello"), expects=wanted), workshop).finished
    assert [(each.text, each.state) for each in done.expectations] == [
        ("should show hello", "met"),
        ("should be empty", "not met"),
    ]


def test_a_secret_of_the_store_reaches_the_process_and_nothing_else(workshop: Workshop) -> None:
    store = SecretStore({"shop key": lambda: "swordfish-4711"})
    done = run_step(step('echo "key: ${TOCSIN_SECRET_SHOP_KEY}" | wc -c'), replace(workshop, secrets=store))
    assert done.finished.summary.strip() == str(len("key: swordfish-4711\n"))
    shown = run_step(step('echo "${TOCSIN_SECRET_SHOP_KEY}"'), replace(workshop, secrets=store))
    assert "swordfish" not in repr(shown)
    assert "[redacted]" in shown.evidence.stdout


def test_a_secret_that_cannot_be_fetched_keeps_the_step_from_running(workshop: Workshop) -> None:
    def fetch() -> str:
        raise Permanent("the secret x cannot be read")

    done = run_step(
        step('echo "${TOCSIN_SECRET_X}" ran'), replace(workshop, secrets=SecretStore({"x": fetch}))
    )
    assert done.finished.outcome == "failed"
    assert done.finished.sentence == "not run: the secret x cannot be read"
    missing = run_step(step('echo "${TOCSIN_SECRET_Y}" ran'), workshop)
    assert "nothing for $TOCSIN_SECRET_Y" in missing.finished.sentence


def test_a_way_back_that_holds_a_secret_is_none(workshop: Workshop) -> None:
    command = step(
        "redis-cli CONFIG SET masterauth other-thing", effect="change", ask="INC-1.a1",
        capture="redis-cli CONFIG GET masterauth",
    )  # fmt: skip
    done = run_step(command, replace(workshop, runners={"local": Redis(f"masterauth\n{SECRET}\n")}))
    assert done.finished.undo is None
    assert SECRET not in repr(done)


class Redis:
    """Answers every question with the same text."""

    target = "local"
    local = True

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def identity(self) -> str:
        return ME

    def run(self, request: RunRequest) -> RunResult:
        out = self.answer if " GET " in request.text else "OK\n"
        return RunResult(0, (0,), out, "", 0, SystemClock().now(), timedelta(milliseconds=1))
