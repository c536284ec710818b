"""Reading the policy never raises, whatever the text."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.runbook.outline import outline

from tocsin.runbook.policy.read import read_policy

PIECES = st.sampled_from(
    [
        "# R", "## Severity Levels", "### P0 - Critical (Response: Immediate)", "- **P1**: slow (respond within 5 min)", "## Contacts",
        "- CTO: [Phone]", "| Role | Phone |", "|---|---|", "| DBA |", "| a | b | c |", "## Escalation", "1. Ana", "2. Bo (after 5 min)",
        "### Level 2: x", "Level 9999", "## Scheduled jobs", "- **Cadence**: nightly at 99:99 (`0 3 * * *`)", "```", "Subject: x",
        "## Communication", "**Severity**: P0 | P1", "p95 latency < 999999999999 ms over 0 samples", "Next review: 2025-99-99",
        "Last updated: 31 February 2025", "#incident-YYYY", "999999999999999999999 days", "within 99999999999 weeks", "Owner:", "Owner: x",
        "For unlisted incidents, call somebody now", "## Post-Mortem (Within 99999999999999 hours)", "SEV1-9", "P9",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=30))
def test_any_text_has_a_policy(pieces: list[str]) -> None:
    policy, _ = read_policy(*outline("\n".join(pieces)))
    assert [level.rank for level in policy.severities] == list(range(len(policy.severities)))
    assert len({level.level for level in policy.escalation}) == len(policy.escalation)
