"""The policy of the two example runbooks, read from their text as it stands."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.unit.runbook.outline import outline

from tocsin.runbook.policy.read import read_policy
from tocsin.runbook.policy.terms import Policy

EXAMPLES = Path(__file__).parents[3] / "examples"


def policy_of(name: str) -> Policy:
    policy, remarks = read_policy(*outline((EXAMPLES / name / "runbook.md").read_text(encoding="utf-8")))
    assert remarks == ()
    return policy


@pytest.fixture(scope="module")
def cookcam() -> Policy:
    return policy_of("cookcam")


@pytest.fixture(scope="module")
def prepchef() -> Policy:
    return policy_of("prepchef")


def test_cookcam_states_a_clock_for_each_level(cookcam: Policy) -> None:
    assert [(s.name, s.rank, s.label, s.response) for s in cookcam.severities] == [
        ("P0", 0, "Critical", timedelta(0)),
        ("P1", 1, "High", timedelta(minutes=15)),
        ("P2", 2, "Medium", timedelta(hours=1)),
        ("P3", 3, "Low", timedelta(hours=4)),
    ]
    assert cookcam.severities[0].criteria == (
        "Complete service outage",
        "Data breach or security compromise",
        "Payment system failure",
        "Database corruption",
    )


def test_prepchef_states_no_clock(prepchef: Policy) -> None:
    assert [(s.name, s.response) for s in prepchef.severities] == [
        ("P0", None),
        ("P1", None),
        ("P2", None),
        ("P3", None),
    ]
    assert prepchef.severities[0].criteria == ("Service completely down, data loss, security breach",)


def test_cookcam_escalates_the_two_worst_after_half_an_hour(cookcam: Policy) -> None:
    assert [(level.level, level.who, level.after, level.severities) for level in cookcam.escalation] == [
        (1, "On-Call Engineer", timedelta(minutes=30), ("P0", "P1")),
        (2, "Senior Engineer", None, ()),
        (3, "CTO/Engineering Manager", None, ()),
    ]


def test_holes_among_the_contacts_are_seen(cookcam: Policy, prepchef: Policy) -> None:
    assert {c.role for c in cookcam.contacts if c.value is None} == {
        "On-Call Engineer", "Engineering Manager", "CTO", "DevOps Lead", "Digital Ocean Support",
    }  # fmt: skip
    assert {c.role: c.kind for c in cookcam.contacts if c.vendor} == {
        "Supabase Support": "mail", "Stripe Support": "phone", "Digital Ocean Support": "hole",
    }  # fmt: skip
    assert {c.role: c.kind for c in prepchef.contacts} == {
        "On-Call Engineer": "schedule", "Security Team": "mail", "Database Team": "mail", "CEO": "hole",
    }  # fmt: skip


def test_the_clocks_of_the_process(cookcam: Policy, prepchef: Policy) -> None:
    assert {(c.name, c.limit, c.severities) for c in cookcam.clocks} == {
        ("initial-response", timedelta(minutes=5), ()),
        ("investigate", timedelta(minutes=15), ("P0", "P1")),
        ("baseline", timedelta(minutes=15), ()),
        ("watch", timedelta(hours=1), ()),
        ("post-mortem", timedelta(hours=48), ()),
    }
    assert {(c.name, c.limit, c.severities) for c in prepchef.clocks} == {
        ("post-mortem", timedelta(hours=48), ("P0", "P1"))
    }


def test_the_post_mortem_has_the_parts_the_runbook_names(cookcam: Policy, prepchef: Policy) -> None:
    assert cookcam.post_mortem_parts == (
        "Timeline of events",
        "Root cause analysis",
        "Impact assessment (users, revenue, downtime)",
        "What went well",
        "What went poorly",
        "Action items (with owners and deadlines)",
    )
    assert len(prepchef.post_mortem_parts) == 6
    assert prepchef.post_mortem_severities == ("P0", "P1")


def test_the_nightly_job_and_its_cron(prepchef: Policy) -> None:
    [job] = prepchef.jobs
    assert (job.name, job.cron, job.zone) == ("Finance payout reconciliation", "0 2 * * *", "UTC")
    assert job.on_miss is not None
    assert job.on_miss.startswith("Missed SLA events")


def test_the_slo_sentence_is_read_with_its_entity_decoded(prepchef: Policy) -> None:
    [slo] = prepchef.slos
    assert (slo.statistic, slo.metric, slo.comparison, slo.value, slo.unit) == (
        "p95",
        "latency",
        "<",
        200.0,
        "ms",
    )
    assert (slo.samples, slo.per, slo.setting) == (5, "endpoint", "SYNTHETIC_THRESHOLD_MS")


def test_dates_channels_templates_and_the_last_line(cookcam: Policy, prepchef: Policy) -> None:
    assert (cookcam.review.last_updated, cookcam.review.next_review) == (date(2025, 10, 7), date(2025, 11, 7))
    assert cookcam.channel_pattern == "#incident-YYYYMMDD-HHmm"
    assert prepchef.channels == ("#incidents", "#observability")
    [template] = prepchef.templates
    assert ("Severity", "P0 | P1 | P2 | P3") in template.fields
    assert prepchef.unlisted == "For unlisted incidents, escalate to on-call engineer immediately."
    assert cookcam.unlisted is None
