"""What people read at 3 a.m.: short enough for a phone, complete enough to act."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.comms import message, templates
from tocsin.incident.events import IncidentDeclared
from tocsin.incident.incident import Incident, apply
from tocsin.kit.ids import IncidentId
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.terms import Policy, Template

NOW = datetime(2025, 10, 7, 3, tzinfo=UTC)
FACTS = templates.Facts("api-health: HTTP 502", None, None, NOW + timedelta(minutes=20), None)


def declared(title: str = "api-health: HTTP 502", drill: bool = False) -> IncidentDeclared:
    return IncidentDeclared(
        IncidentId("INC-1"), title, "P0", 0, ("complete service outage",), "1-api", "API Not Responding", 143,
        ("502 is one of its symptoms",), (), "runbook.md", "0" * 64, "check:api", drill,
    )  # fmt: skip


@given(st.text(), st.text(), st.booleans())
def test_a_subject_never_passes_160_characters(title: str, tail: str, drill: bool) -> None:
    assert len(message.subject("P0", title, tail, drill)) <= 160


def test_a_page_says_severity_what_where_since_and_the_next_step() -> None:
    line, body = message.page(declared(), "P0", NOW, "you are on call")
    assert line == "P0 api-health: HTTP 502 · § API Not Responding · since 03:00 UTC"
    assert "tocsin incident ack INC-1" in body
    assert "runbook.md:143" in body


def test_a_rehearsal_says_drill_in_its_first_word() -> None:
    assert message.page(declared(drill=True), "P0", NOW, "x")[0].startswith("DRILL ")


def test_a_long_title_gives_way_and_the_tail_stays() -> None:
    line = message.subject("P1", "x" * 400, "since 03:00 UTC", drill=False)
    assert line.endswith("since 03:00 UTC")
    assert "…" in line


def test_the_teams_own_template_is_filled_and_a_missing_field_is_unknown() -> None:
    text = "**Incident**: [Brief description]\n**Severity**: P0 | P1\n**ETA**: [Estimated]\n**Weather**: [sun or rain]\nThank you."
    template = Template("Update", text, (("Incident", ""), ("Severity", "")), Span(0, 1, 1, 1))
    incident = apply(Incident(IncidentId("INC-1")), declared(), NOW)
    filled = templates.fill(Policy(templates=(template,)), incident, FACTS, NOW)
    assert filled.splitlines() == [
        "**Incident**: api-health: HTTP 502",
        "**Severity**: P0",
        "**ETA**: next update by 03:20 UTC",
        "**Weather**: unknown",
        "Thank you.",
    ]


@pytest.mark.parametrize(
    "field", ["Incident", "Severity", "Impact", "Status", "ETA", "Incident Commander", "Updates"]
)
def test_without_a_template_every_field_of_the_default_is_there(field: str) -> None:
    incident = apply(Incident(IncidentId("INC-1")), declared(), NOW)
    assert f"**{field}**:" in templates.fill(Policy(), incident, FACTS, NOW)
