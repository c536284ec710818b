"""A declaration: severity, section, way and reasons at once, and nothing is asked before it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.targets import Targets
from tocsin.runbook.document import Text, read
from tocsin.testing.story import roster
from tocsin.testing.world import World

RUNBOOK = Path(__file__).parents[3] / "examples" / "cookcam" / "runbook.md"
NOW = datetime(2025, 10, 7, 3, tzinfo=UTC)


def world() -> World:
    book = read(Text(RUNBOOK, RUNBOOK.read_text(encoding="utf-8")), date(2025, 10, 7))
    return World(book, roster(), Targets(), ResponseSettings(), NOW)


def declared(
    title: str, source: str = "check:api", impact: str | None = None, **labels: str
) -> ev.IncidentDeclared:
    w = world()
    w.happen(ev.AlertReceived(Alert("x", AlertState.FIRING, title, source, NOW, labels, impact)), source)
    made = w.incident.declared
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("source", "label", "way"),
    [
        ("check:api", None, "monitoring"),
        ("api", None, "monitoring"),
        ("person:ana", None, "manual"),
        ("person:ana", "user", "user"),
        ("person:ana", "test", "test"),
        ("person:ana", "gossip", "manual"),
    ],
)
def test_the_way_an_incident_was_noticed_is_recorded(source: str, label: str | None, way: str) -> None:
    """DEC-01"""
    labels = {"way": label} if label else {}
    assert declared("something is odd", source, **labels).way == way


def test_severity_section_and_reasons_come_with_the_declaration() -> None:
    """DEC-03"""
    made = declared("api-health: HTTP 502", impact="Complete service outage")
    assert (made.severity, made.section_title) == ("P0", "API Not Responding")
    assert made.severity_reasons
    assert made.match_reasons


def test_nothing_is_asked_before_an_incident_is_declared() -> None:
    """DEC-08: with nothing known there is an incident all the same, and somebody is paged."""
    w = world()
    w.happen(ev.AlertReceived(Alert("x", AlertState.FIRING, "?", "person:ana", NOW)), "person:ana")
    assert w.incident.open
    assert [page.queued.person for page in w.incident.pages.values() if page.queued.urgent] == ["ana"]
