"""What a terminal shows before a yes: the whole command, and what its dry run says or why there is none."""

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console

from tocsin.cli import sheet
from tocsin.incident.events import AskMade, StepFinished, StepQueued
from tocsin.incident.preview import Tried
from tocsin.incident.state import Ask, Run, RunState
from tocsin.kit.ids import AskId, EvidenceId, RunId, StepId

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
COMMAND, DRY = "kubectl apply -f shop.yaml", "kubectl diff -f shop.yaml"
ASK = Ask(
    AskMade(
        AskId("INC-1.a1"), StepId("0" * 12), "1.4", "Apply", COMMAND, "local", "f" * 64, "change", (), (), None,
        None, "no", None, (), (), NOW + timedelta(minutes=15), 1, "tocsin",
    ),
    NOW,
)  # fmt: skip
QUEUED = StepQueued(
    RunId("INC-1.r1"), StepId("0" * 12), "dry run 1.4", "Apply", DRY, "local", "observe", "dry run",
    previews=ASK.made.ask,
)  # fmt: skip


def shown(dry: Tried) -> str:
    out = io.StringIO()
    sheet.question(ASK, dry, Console(file=out, width=120, highlight=False))
    return out.getvalue()


def finished(outcome: str, sentence: str, summary: str) -> Run:
    run = RunId("INC-1.r1")
    ended = StepFinished(
        run, outcome, sentence, 0, NOW, timedelta(0), EvidenceId("INC-1.r1.e"), "", (), None, summary
    )
    return Run(QUEUED, NOW, RunState.FINISHED, ended)


def test_a_terminal_says_why_there_is_no_preview() -> None:
    text = shown(Tried("PM2 has no dry run", None, False))
    assert COMMAND in text
    assert "no preview is possible: PM2 has no dry run" in text


def test_a_terminal_shows_what_the_dry_run_answered_and_what_it_was() -> None:
    text = shown(
        Tried("", finished("done", "done", "-  replicas: 2\n+  replicas: 0\n\x1b[2Jgone"), held=False)
    )
    assert DRY in text
    assert "nothing was changed" in text
    assert "+  replicas: 0" in text
    assert "\x1b[2J" not in text


def test_a_terminal_says_that_a_dry_run_failed() -> None:
    assert "failed. The file is gone." in shown(Tried("", finished("failed", "The file is gone.", ""), False))


def test_a_terminal_says_that_the_dry_run_has_not_answered_yet() -> None:
    assert "has not answered yet" in shown(Tried("", Run(QUEUED, NOW), held=True))
