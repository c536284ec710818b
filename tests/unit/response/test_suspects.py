"""Recent changes are a fact of an incident, weighed, and named with the line of the runbook that asks for them."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.detection.test_suspect import API, DEPLOYED, THREE

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.change_event import ChangeEvent
from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.timeline import timeline
from tocsin.kit.ids import IncidentId
from tocsin.response.decide import decide
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile as compile_runbook

ROOT = Path(__file__).parents[3]
SILENT = "# Shop\n\n## 1. Checkout Down\n\n**Symptoms**: 502\n"


def seed(name: str) -> Runbook:
    return compile_runbook((ROOT / f"examples/{name}/runbook.md").read_text(encoding="utf-8"), "runbook.md")


def seen(
    changes: tuple[ChangeEvent, ...] | None, book: Runbook, **labels: str
) -> tuple[list[ev.ChangesSeen], list[ev.Recorded]]:
    alert = Alert(
        "a", AlertState.FIRING, "502 from api.cookcam.app", "api", THREE, {**API.labels[0], **labels}
    )
    situation = Situation(THREE, IncidentId("INC-1"), book, changes=changes)
    decision = decide(Incident(IncidentId("INC-1")), ev.AlertReceived(alert), situation, "api")
    records = [ev.Recorded(at + 1, THREE, by, event) for at, (event, by) in enumerate(decision.events)]
    return [each.event for each in records if isinstance(each.event, ev.ChangesSeen)], records


def test_a_deployment_before_the_incident_is_a_fact_with_its_source_and_its_reasons() -> None:
    other = ChangeEvent("k", "flag new-search on", "launchdarkly", THREE - timedelta(hours=2))
    (fact,), records = seen((other, DEPLOYED), seed("cookcam"))
    assert [(each.title, each.fit) for each in fact.changes] == [
        (DEPLOYED.title, "same thing"), ("flag new-search on", "near in time")
    ]  # fmt: skip
    assert "its repository cookcam/api is the alert's service cookcam-api" in fact.changes[0].reasons
    line = next(each for each in timeline(records) if "recent changes" in each.text)
    assert line.text == "2 recent changes (line 59 asks for them), 1 about the same thing"
    assert line.detail[0].startswith(f"02:48 {DEPLOYED.title} by ana [github]: ")


@pytest.mark.parametrize(
    ("name", "section", "line"),
    [("cookcam", "API Not Responding", 59), ("prepchef", "Disable Payments (Emergency Stop)", 192), ("prepchef", "Redis Memory Full", None)],
)  # fmt: skip
def test_the_seeds_ask_for_recent_deployments_in_every_incident_or_in_one(
    name: str, section: str, line: int | None
) -> None:
    (fact,), _ = seen((DEPLOYED,), seed(name), section=section)
    assert fact.line == line


def test_that_nothing_was_changed_is_a_fact_too_where_the_runbook_asks() -> None:
    (fact,), records = seen((), seed("cookcam"))
    assert fact.changes == ()
    assert any(each.text.endswith("none since 2026-11-21 03:00 UTC") for each in timeline(records))
    assert seen((), compile_runbook(SILENT, "r.md"))[0] == []


def test_where_nobody_tells_of_changes_nothing_is_said_about_them() -> None:
    assert seen(None, seed("cookcam"))[0] == []


def test_what_is_older_than_a_day_is_no_suspect_and_only_the_first_five_are_written_down() -> None:
    old = ChangeEvent("old", "old", "github", THREE - timedelta(hours=25))
    many = tuple(
        ChangeEvent(f"k{i}", f"change {i}", "github", THREE - timedelta(minutes=i + 1)) for i in range(8)
    )
    (fact,), _ = seen((*many, old), compile_runbook(SILENT, "r.md"))
    assert [each.title for each in fact.changes] == [f"change {i}" for i in range(5)]
    assert fact.more == 3


def test_the_fact_is_written_and_read_back() -> None:
    (fact,), _ = seen((DEPLOYED,), seed("cookcam"))
    assert codec.decode_event("ChangesSeen", codec.encode(fact)) == fact
