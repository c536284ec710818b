"""What a runbook forbids, what others run and what was run once is no next step."""

import pytest

from tocsin.runbook.book import ConditionKind, Step
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.words.told_only import Told, told_only

PURGE = "redis-cli FLUSHALL"


def steps(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Cache\n\n### Mitigation\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps()]


def fence(*commands: str) -> str:
    return "```bash\n" + "\n".join(commands) + "\n```\n\n"


@pytest.mark.parametrize(
    "words",
    [
        "Never run this in production:", "Do NOT run:", "Don't ever run these commands.", "❌ Never do this", "**Do not run this:**", "Bad:",
        "You must never execute the following:", "What not to do:", "Nicht ausführen:", "Ne faites pas ceci :", "No ejecute esto:",
    ],
)  # fmt: skip
def test_a_forbidden_command_is_no_step(words: str) -> None:
    assert [step for step in steps(f"{words}\n\n{fence(PURGE)}") if step.actions] == []


def test_a_forbidden_command_in_a_quote_or_a_comment_is_no_step() -> None:
    assert steps(f"> [!CAUTION]\n> Never do this:\n> ```bash\n> {PURGE}\n> ```\n") == []
    (step,) = steps(fence("# Never run this:", PURGE, "", "# Look", "redis-cli INFO"))
    assert step.actions[0].text == "redis-cli INFO"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Do NOT run this while the primary is up:", ConditionKind.IF_SAFE),
        ("Never run these without a backup:", ConditionKind.IF_SAFE),
        ("In dev only:", ConditionKind.IF_OBSERVED),
        ("Only on the replica:", ConditionKind.IF_OBSERVED),
        ("Previously we used:", ConditionKind.IF_NEEDED),
        ("This is what we did last time:", ConditionKind.IF_NEEDED),
        ("For example, on staging:", ConditionKind.IF_NEEDED),
    ],
)
def test_what_is_meant_for_one_case_waits_for_it(words: str, kind: ConditionKind) -> None:
    (step,) = steps(f"{words}\n\n{fence(PURGE)}")
    assert step.condition is not None
    assert step.condition.kind is kind


@pytest.mark.parametrize(
    "words", ["The cron job runs this every night:", "The backup is run by cron:", "Das Skript führt folgende Befehle aus:"]
)  # fmt: skip
def test_what_a_job_runs_nobody_else_does(words: str) -> None:
    assert steps(f"{words}\n\n{fence(PURGE)}") == []


@pytest.mark.parametrize(
    "words",
    [
        "Don't forget to restart the worker:", "Never delete the claim. Instead:", "Do not use kill -9; stop it:", "Run this only on the primary:",
        "Never use the old script. Run this:", "Each service runs its migrations:", "Do not use the UI. Use:", "No output?",
        "The operator runs in namespace x:", "If the job runs, stop it:", "You should not do it by hand:",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_forbids_nothing(words: str) -> None:
    assert told_only(words) is None
    assert [step.actions[0].text for step in steps(f"{words}\n\n{fence(PURGE)}") if step.actions] == [PURGE]


def test_an_example_that_only_looks_is_looked_at() -> None:
    assert told_only("For example:") is Told.EXAMPLE
    (step,) = steps("For example:\n\n" + fence("kubectl get pods -n shop"))
    assert step.condition is None


@pytest.mark.parametrize(
    "words",
    [
        "If this returns nothing, skip the next step.",
        "If the queue is empty, go to step 4:",
        "If there are no pods, you are done.",
    ],
)
def test_who_is_sent_on_in_a_case_does_not_do_what_follows_in_that_case(words: str) -> None:
    (step,) = [step for step in steps(f"{words}\n\n{fence('systemctl restart web')}") if step.actions]
    assert step.condition is not None
    assert step.condition.text == words.rstrip(".:")
    (step,) = steps(fence(f"# {words}", "systemctl restart web"))
    assert step.condition is not None
    assert step.condition.text == words.rstrip(".:")
