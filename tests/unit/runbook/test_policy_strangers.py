"""Policy as strangers write it: ladders from sentence to sentence, clocks without definitions, crontabs, reviews in words."""

from datetime import date, timedelta

import pytest

from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.policy.terms import Policy

INCIDENT = "\n\n## Stuck\n\nSymptoms: `E1`\n\n```\nsystemctl restart web\n```\n"
MINUTE = timedelta(minutes=1)


def policy(text: str) -> Policy:
    return compile_text(f"# Shop\n\n{text}{INCIDENT}", "shop.md").policy


def ladder(text: str) -> list[tuple[str, timedelta | None]]:
    return [(level.who, level.after) for level in policy(text).escalation]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        (
            "First the on-call engineer. After 15 minutes the team lead (Mara, +47 555 01 22). After 45 minutes the head of platform.",
            [("on-call engineer", 15 * MINUTE), ("team lead", 30 * MINUTE), ("head of platform", None)],
        ),
        (
            "If nobody answers for a quarter of an hour ring the duty manager (ext. 4711).",
            [("On-call", 15 * MINUTE), ("duty manager", None)],
        ),
        (
            "Escalation: page Bo; if they have not acknowledged after ten minutes page Mia, and after half an hour call me.",
            [("Bo", 10 * MINUTE), ("Mia", 20 * MINUTE), ("me", None)],
        ),
        (
            "## Wer wird wann angerufen\n\n1. Bereitschaft\n2. nach 15 Minuten: Teamleitung, Frau Kraus\n3. nach 30 Minuten: Leitung IT\n",
            [("Bereitschaft", 15 * MINUTE), ("Teamleitung, Frau Kraus", 15 * MINUTE), ("Leitung IT", None)],
        ),
    ],
)
def test_who_is_called_after_whom_is_read_from_sentences(
    text: str, levels: list[tuple[str, timedelta | None]]
) -> None:
    assert ladder(text) == levels


@pytest.mark.parametrize(
    "text",
    [
        "First the queue fills. After 15 minutes the consumers die.", "First we look. Then we act.",
        "After 15 minutes the cache is warm. First it is cold.",
    ],
)  # fmt: skip
def test_what_happens_one_after_the_other_is_nobody_to_call(text: str) -> None:
    assert all("look" not in who and "act" not in who for who, _ in ladder(text))
    assert len(ladder("After 15 minutes the cache is warm. First it is cold.")) == 0


def test_clocks_of_levels_are_read_where_only_they_are_told() -> None:
    found = policy("We answer a P1 within 5 minutes, a P2 within 30 minutes, P3 next working day.").severities
    assert [(level.name, level.response) for level in found] == [
        ("P1", 5 * MINUTE), ("P2", 30 * MINUTE), ("P3", timedelta(days=1)),
    ]  # fmt: skip
    assert policy("P1 and P2 were both open for 30 minutes.").severities == ()


def test_a_column_of_first_answers_is_the_time_to_respond() -> None:
    table = "## Severity\n\n| Sev | Example | First answer |\n|---|---|---|\n| 1 | cluster down | 5 min |\n| 2 | one team down | 15 min |\n"
    assert [level.response for level in policy(table).severities] == [5 * MINUTE, 15 * MINUTE]


def test_each_line_of_a_crontab_is_a_job() -> None:
    text = "## Housekeeping\n\nThe crontab on batch-1:\n\n```\nMAILTO=ops\n# nightly\n0 3 * * * /opt/bin/reindex\n30 4 * * 1 root cd /opt && ./purge-old --days 400 >/dev/null\n@daily /opt/bin/dump\n```\n"
    assert [(job.name, job.cron) for job in policy(text).jobs] == [
        ("reindex", "0 3 * * *"), ("purge-old", "30 4 * * 1"), ("dump", "@daily"),
    ]  # fmt: skip


def test_so_it_is_in_a_section_about_something_else() -> None:
    text = "## Notes\n\n```\n0 3 * * * /opt/bin/reindex\n5 3 * * * /opt/bin/purge\n```\n"
    assert [job.cron for job in policy(text).jobs] == ["0 3 * * *", "5 3 * * *"]


def test_sentences_of_regular_work_are_jobs() -> None:
    text = "## Regular work\n\nThe nightly job `dump` runs at 01:30 and must be finished at 05:00.\nThe weekly reindex starts on Sunday 03:00.\nAsk Jon about it.\n"
    first, second = policy(text).jobs
    assert first.due == "must be finished at 05:00"
    assert "weekly reindex" in second.name


@pytest.mark.parametrize(
    "text",
    [
        "This page will be looked at again in six months. Last change: 2026-03-02.",
        "Stand: 2026-03-02 · nächste Durchsicht in sechs Monaten",
        "Last updated: 2026-03-02. This runbook is reviewed again in 6 months.",
    ],
)
def test_a_review_told_by_its_distance_is_due_then(text: str) -> None:
    assert policy(text).review.next_review == date(2026, 9, 4)


def test_what_else_is_looked_at_again_is_no_review() -> None:
    assert (
        policy(
            "Last change: 2026-03-02.\n\nThe certificate is checked again in two weeks."
        ).review.next_review
        is None
    )
