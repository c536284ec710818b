"""Policies written in other shapes and languages than the two examples."""

from datetime import date, timedelta

import pytest
from tests.unit.runbook.outline import outline

from tocsin.runbook.policy.read import read_policy
from tocsin.runbook.policy.terms import Policy
from tocsin.runbook.policy.text import day, duration, level_name, level_names


def policy(text: str) -> Policy:
    return read_policy(*outline(text))[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("< 15 minutes", timedelta(minutes=15)),
        ("15-30 min", timedelta(minutes=15)),
        ("Immediate", timedelta(0)),
        ("4h", timedelta(hours=4)),
        ("within 48 hours", timedelta(hours=48)),
        ("half an hour", timedelta(minutes=30)),
        ("next business day", timedelta(days=1)),
        ("en menos de 15 minutos", timedelta(minutes=15)),
        ("sous 2 heures", timedelta(hours=2)),
        ("innerhalb von 30 Minuten", timedelta(minutes=30)),
        ("sofort", timedelta(0)),
        ("best effort", None),
        ("24/7", None),
        ("200 users", None),
    ],
)
def test_durations_as_people_write_them(text: str, expected: timedelta | None) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-10-07", date(2025, 10, 7)),
        ("7 October 2025", date(2025, 10, 7)),
        ("October 7th, 2025", date(2025, 10, 7)),
        ("07.10.2025", date(2025, 10, 7)),
        ("7 de octubre de 2025", date(2025, 10, 7)),
        ("10/07/2025", None),
        ("15/07/2025", date(2025, 7, 15)),
        ("07/15/2025", date(2025, 7, 15)),
        ("2025-13-45", None),
    ],
)
def test_dates_as_people_write_them(text: str, expected: date | None) -> None:
    assert day(text) == expected


def test_a_bucket_is_no_severity() -> None:
    assert level_names("stored in S3 since 2019") == ("S3",) or level_name("upload to S3") is None
    assert level_name("upload to S3") is None


def test_a_table_of_severities() -> None:
    found = policy(
        "# R\n\n## Severity Levels\n\n"
        "| Level | Definition | Response Time | Escalation |\n|---|---|---|---|\n"
        "| SEV1 | Site down | 5 minutes | CTO |\n| SEV2 | Feature broken | 30 min | Lead |\n| SEV3 | Minor | 1 business day | - |\n"
    )
    assert [(s.name, s.rank, s.criteria, s.response) for s in found.severities] == [
        ("SEV1", 0, ("Site down",), timedelta(minutes=5)),
        ("SEV2", 1, ("Feature broken",), timedelta(minutes=30)),
        ("SEV3", 2, ("Minor",), timedelta(days=1)),
    ]


def test_words_instead_of_numbers_and_the_worst_last() -> None:
    found = policy(
        "# R\n\n## Priority\n\n- **Low**: cosmetic (respond within 2 days)\n- **Medium**: slow (respond within 4 h)\n"
        "- **Critical**: down (respond within 10 min)\n"
    )
    assert [(s.name, s.response) for s in found.severities] == [
        ("Critical", timedelta(minutes=10)),
        ("Medium", timedelta(hours=4)),
        ("Low", timedelta(days=2)),
    ]


def test_fields_below_a_level() -> None:
    found = policy(
        "# R\n\n## Severities\n\n### SEV-1: Critical\n\n- **Response time**: 15 minutes\n- **Definition**: all users affected\n"
        "- Update every 30 minutes\n\n### SEV-2: Major\n\n**Response time**: 1 hour\n\nSome users affected\n"
    )
    assert [(s.name, s.response) for s in found.severities] == [
        ("SEV1", timedelta(minutes=15)),
        ("SEV2", timedelta(hours=1)),
    ]
    assert found.severities[0].criteria[0] == "all users affected"


def test_a_table_of_fields_below_a_level() -> None:
    found = policy(
        "# R\n\n## Severity Classification\n\n### P1 - Critical\n\n| Criteria | Threshold |\n|---|---|\n"
        "| **User Impact** | everybody |\n| **Response Time** | Acknowledge within 5 minutes |\n"
        "| **Resolution Target** | 1 hour |\n\n### P2 - High\n\n| Criteria | Threshold |\n|---|---|\n| **Response Time** | 15 min |\n"
    )
    assert [(s.name, s.response, s.criteria) for s in found.severities] == [
        ("P1", timedelta(minutes=5), ("everybody",)),
        ("P2", timedelta(minutes=15), ()),
    ]


def test_severities_in_portuguese() -> None:
    found = policy(
        "# R\n\n## Severidade\n\n| Nível | Descrição | Tempo de resposta |\n|---|---|---|\n"
        "| P1 | Sistema fora do ar | 15 minutos |\n| P2 | Lento | 1 hora |\n"
    )
    assert [(s.name, s.response) for s in found.severities] == [
        ("P1", timedelta(minutes=15)),
        ("P2", timedelta(hours=1)),
    ]


def test_a_clock_stated_twice_gives_the_stricter_and_a_remark() -> None:
    text = (
        "# R\n\n## Severity Levels\n\n### P1 - High (Response: < 15 minutes)\n- bad\n\n### P2 - Low (Response: 4 h)\n- meh\n\n"
        "## Severity overview\n\n| Severity | Response |\n|---|---|\n| P1 | 1 hour |\n| P2 | 4 hours |\n"
    )
    found, remarks = read_policy(*outline(text))
    assert found.severities[0].response == timedelta(minutes=15)
    assert [(r.rule, r.span.first_line) for r in remarks] == [("TOC110", 15)]


def test_a_level_called_after_a_time_gives_the_level_above_its_clock() -> None:
    found = policy(
        "# R\n\n## Escalation path\n\n1. Primary on-call\n2. Secondary on-call (after 15 minutes)\n3. Head of engineering (after 45 min)\n"
    )
    assert [(level.who, level.after) for level in found.escalation] == [
        ("Primary on-call", timedelta(minutes=15)),
        ("Secondary on-call", timedelta(minutes=30)),
        ("Head of engineering", None),
    ]


def test_an_escalation_table() -> None:
    found = policy(
        "# R\n\n## Escalation\n\n| Level | Contact | When |\n|---|---|---|\n| L1 | On-call | immediately |\n| L2 | Tech lead | after 20 min |\n"
    )
    assert [(level.level, level.who, level.after) for level in found.escalation] == [
        (1, "On-call", timedelta(minutes=20)),
        (2, "Tech lead", None),
    ]


def test_a_contact_table_with_a_hole() -> None:
    found = policy(
        "# R\n\n## Contacts\n\n| Role | Name | Phone |\n|---|---|---|\n| DBA | Ana | +1 415 555 2671 |\n| CTO | Chen | TBD |\n"
    )
    assert [(c.role, c.kind) for c in found.contacts] == [("DBA", "phone"), ("CTO", "hole")]


def test_front_matter_names_owner_and_review() -> None:
    found = policy(
        "---\nowner: payments\nlast_reviewed_on: 2025-01-10\nreview_in: 6 months\n---\n# R\n\ntext\n"
    )
    assert found.owner == "payments"
    assert found.review.next_review == date(2025, 7, 9)


def test_words_and_cron_that_disagree_are_remarked() -> None:
    _, remarks = read_policy(
        *outline(
            "# R\n\n## Scheduled jobs\n\n### Export\n\n- **Schedule**: nightly at 02:00 UTC (`0 3 * * *`)\n- **Purpose**: x\n"
        )
    )
    assert [r.rule for r in remarks] == ["TOC110"]


def test_a_table_of_jobs() -> None:
    found = policy(
        "# R\n\n## Cron jobs\n\n| Job | Schedule | Purpose |\n|---|---|---|\n| backup | `30 1 * * *` | dump |\n| report | weekly, Mon 06:00 | mail |\n"
    )
    assert [(j.name, j.cron) for j in found.jobs] == [("backup", "30 1 * * *"), ("report", None)]


def test_text_without_any_policy_states_none() -> None:
    assert policy("# R\n\nhello\n") == Policy()
    assert policy("") == Policy()
