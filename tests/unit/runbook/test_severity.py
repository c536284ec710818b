"""How bad it is, by the definitions of the two example runbooks."""

from datetime import timedelta

import pytest
from tests.unit.runbook.builders import alert, at, section

from tocsin.runbook.defaults import (
    effective_acknowledge,
    effective_clock,
    effective_escalation,
    effective_response,
    needs_post_mortem,
)
from tocsin.runbook.matching.severity import assess
from tocsin.runbook.policy.terms import Policy, SeverityLevel


def level(
    name: str, rank: int, *criteria: str, response: timedelta | None = None, line: int = 10
) -> SeverityLevel:
    return SeverityLevel(name, rank, None, criteria, response, at(line))


COOKCAM = Policy(
    severities=(
        level("P0", 0, "Complete service outage", "Data breach or security compromise", "Payment system failure",
              "Database corruption", response=timedelta(0)),
        level("P1", 1, "Partial service outage", "Significant performance degradation",
              "Authentication system issues", "Payment processing errors", response=timedelta(minutes=15), line=16),
        level("P2", 2, "Non-critical feature failure", "Moderate performance issues", "Isolated user issues",
              response=timedelta(hours=1), line=22),
        level("P3", 3, "Minor bugs", "Cosmetic issues", "Enhancement requests", response=timedelta(hours=4), line=27),
    )
)  # fmt: skip
PREPCHEF = Policy(
    severities=(
        level("P0", 0, "Service completely down", "data loss", "security breach"),
        level("P1", 1, "Major feature unavailable", "significant user impact"),
        level("P2", 2, "Minor feature degraded", "limited user impact"),
        level("P3", 3, "No immediate user impact"),
    )
)


@pytest.mark.parametrize(
    ("policy", "impact", "name"),
    [
        (COOKCAM, "Complete service outage", "P0"),
        (COOKCAM, "The whole site is down", "P0"),
        (COOKCAM, "Service is not responding", "P0"),
        (COOKCAM, "customer data was breached", "P0"),
        (COOKCAM, "Payment system failure", "P0"),
        (COOKCAM, "partial outage of the service", "P1"),
        (COOKCAM, "Significant performance degradation", "P1"),
        (COOKCAM, "Users cannot log in: authentication system issues", "P1"),
        (COOKCAM, "isolated user issues", "P2"),
        (COOKCAM, "cosmetic issues on the landing page", "P3"),
        (PREPCHEF, "Service completely down", "P0"),
        (PREPCHEF, "We are losing data: data loss in bookings", "P0"),
        (PREPCHEF, "Major feature unavailable", "P1"),
        (PREPCHEF, "Minor feature degraded, no data loss", "P2"),
        (PREPCHEF, "No immediate user impact", "P3"),
    ],
)
def test_the_impact_is_compared_with_the_runbooks_own_definitions(
    policy: Policy, impact: str, name: str
) -> None:
    found = assess(alert("x", impact=impact), None, policy)
    assert found.severity == name, found.reasons
    assert "line" in found.reasons[0]


def test_in_doubt_the_higher_level_is_taken() -> None:
    assert assess(alert("x", impact="service outage"), None, COOKCAM).severity == "P0"


def test_the_reason_quotes_the_definition_and_its_line() -> None:
    found = assess(alert("x", impact="Partial service outage"), None, COOKCAM)
    assert found.reasons == (
        'the impact is "Partial service outage"; P1 names "Partial service outage" (line 16)',
    )


def test_the_matched_section_speaks_when_the_alert_does_not() -> None:
    found = assess(alert("502 from /health"), section("API Not Responding"), COOKCAM)
    assert found.severity == "P0"
    assert "API Not Responding" in found.reasons[0]


def test_nothing_known_is_taken_as_serious_and_says_so() -> None:
    found = assess(alert("quokka"), None, COOKCAM)
    assert found.severity == "P1"
    assert "by default" in found.reasons[0]


def test_a_label_and_words_that_disagree_give_the_higher() -> None:
    found = assess(alert("x", impact="cosmetic issues", severity="critical"), None, COOKCAM)
    assert found.severity == "P0"
    assert len(found.reasons) == 2


def test_a_runbook_without_levels_gives_a_default_rank_and_says_so() -> None:
    found = assess(alert("x", impact="Complete service outage"), None, Policy())
    assert found.severity is None
    assert found.rank == 1
    assert "defines no severities" in found.reasons[0]


def test_a_runbook_without_clocks_gets_the_defaults_by_rank() -> None:
    clocks = [effective_response(s, PREPCHEF) for s in PREPCHEF.severities]
    assert clocks == [timedelta(0), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)]


def test_immediate_still_leaves_five_minutes_to_acknowledge() -> None:
    assert effective_acknowledge(COOKCAM.severities[0], COOKCAM) == timedelta(minutes=5)
    assert effective_acknowledge(COOKCAM.severities[1], COOKCAM) == timedelta(minutes=15)


def test_without_a_stated_clock_the_two_worst_levels_escalate_after_half_an_hour() -> None:
    found = [effective_escalation(None, s, PREPCHEF) for s in PREPCHEF.severities]
    assert found == [timedelta(minutes=30), timedelta(minutes=30), None, None]


def test_the_post_mortem_of_the_two_worst_levels_is_due_in_two_days() -> None:
    assert [needs_post_mortem(s, PREPCHEF) for s in PREPCHEF.severities] == [True, True, False, False]
    assert effective_clock("post-mortem", PREPCHEF.severities[0], PREPCHEF) == timedelta(hours=48)
    assert effective_clock("post-mortem", PREPCHEF.severities[3], PREPCHEF) is None
