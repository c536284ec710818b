"""Sentences that hold commands: their conditions are never lost, and what is in doubt is shown to a person, never dropped."""

import pytest

from tocsin.runbook.book import Choice, ChoiceKind, Hop, Step, StepKind
from tocsin.runbook.compile import compile as compile_text


def steps(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Stuck\n\n### Mitigation\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps()]


def choices(text: str) -> list[Choice]:
    book = compile_text(f"# Shop\n\n## Stuck\n\n### Mitigation\n\n{text}", "shop.md")
    return [node for section in book.sections for node in section.nodes() if isinstance(node, Choice)]


@pytest.mark.parametrize(
    "text",
    [
        "If the queue is stuck, run `systemctl restart worker`.",
        "When the disk is full run `journalctl --vacuum-size=1G`.",
        "Only if two masters are lost: `systemctl restart master`",
    ],
)
def test_a_command_in_a_conditional_sentence_waits_for_its_case(text: str) -> None:
    assert [step.condition is not None for step in steps(text)] == [True] or [
        choice.kind for choice in choices(text)
    ] == [ChoiceKind.CASES]


def test_or_try_is_another_way() -> None:
    (choice,) = choices("Run `systemctl restart web`.\n\nOr try `systemctl reload web`.\n")
    assert choice.kind is ChoiceKind.ALTERNATIVES


@pytest.mark.parametrize(
    "text",
    [
        "You can also scale with `kubectl scale deploy/api --replicas=8`.",
        "Optionally: `kubectl rollout restart deploy/api`",
        "Restart it if needed: `systemctl restart worker`",
        "- Restart it when necessary: `systemctl restart worker`",
    ],
)
def test_what_may_be_done_is_asked_for(text: str) -> None:
    (step,) = steps(text)
    assert step.condition is not None


@pytest.mark.parametrize(
    "text",
    [
        "Either `systemctl restart kibana` or `systemctl restart nginx` — never both.",
        "The load balancer needs `systemctl reload haproxy` afterwards.",
        "Unless the master is gone, don't touch `es-0`. Only if two are lost: `systemctl stop es`, then wait.",
    ],
)
def test_a_sentence_in_doubt_is_a_step_by_hand(text: str) -> None:
    (step,) = steps(text)
    assert step.kind is StepKind.MANUAL


@pytest.mark.parametrize(
    "text",
    [
        "We once ran `rm -rf /var/log/*` and lost the audit log. Never do that.", "Never run `redis-cli FLUSHALL` here.",
        "The script runs `systemctl restart web` itself.", "The value of `kubectl get pods` is shown in the graph.",
    ],
)  # fmt: skip
def test_what_is_told_or_forbidden_is_no_step(text: str) -> None:
    assert steps(text) == []


def test_sql_in_a_code_span_runs_in_the_client_that_a_sentence_opened() -> None:
    text = "Get a shell: `psql $DATABASE_URL`\n\n1. `SELECT count(*) FROM jobs;`\n2. Kill them: `SELECT pg_cancel_backend(7);`\n3. `\\q`\n4. `kubectl get pods -n shop`\n"
    found = [step for step in steps(text) if step.actions]
    database = (Hop("database", "$DATABASE_URL", "postgres"),)
    assert [(step.kind, step.context) for step in found] == [
        (StepKind.SQL, database),
        (StepKind.SQL, database),
        (StepKind.SHELL, ()),
    ]


def test_sql_in_a_code_span_without_a_client_has_no_place_to_run_at() -> None:
    (step,) = steps("Run `SELECT pg_cancel_backend(7);`")
    assert (step.kind, step.context) == (StepKind.SQL, (Hop("database", ""),))


def test_a_command_below_a_short_word_in_an_item_is_its_command() -> None:
    found = steps("1. Check\n   df -h /var\n2. Clean:\n   find /var/log -name '*.gz' -delete\n")
    assert [(step.title, step.actions[0].text) for step in found] == [
        ("Check", "df -h /var"), ("Clean", "find /var/log -name '*.gz' -delete"),
    ]  # fmt: skip


def test_where_cd_minus_leads_nobody_knows() -> None:
    (step,) = steps("```bash\ncd /srv/web\ncd -\nls -l\n```\n")
    assert step.actions[-1].context == (Hop("cwd", "-"),)
