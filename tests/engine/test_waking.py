"""Somebody is woken, or it is said at once that nobody can be."""

from tests.properties.test_response import runbook, world

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.targets import Targets
from tocsin.oncall.escalation import Roster
from tocsin.testing.story import DAY
from tocsin.testing.world import World


def fire(w: World, impact: str) -> None:
    w.happen(
        ev.AlertReceived(Alert("x", AlertState.FIRING, "api-health: HTTP 502", "check:x", w.now, {}, impact)),
        "check:x",
    )


def woken(w: World) -> list[str]:
    return [page.queued.person for page in w.incident.pages.values() if page.queued.urgent]


def fail(w: World, person: str) -> None:
    for key, page in list(w.incident.pages.items()):
        if page.queued.person == person and page.queued.urgent and page.state == "queued":
            w.happen(ev.PageFailed(key, "every method", "no such number", final=True))


def test_a_level_no_channel_reaches_is_passed_at_once_and_not_when_its_clock_ends() -> None:
    w = world("cookcam")
    fire(w, "Partial service outage")
    assert woken(w) == ["ana"]
    fail(w, "ana")
    assert woken(w) == ["ana", "bo"]
    fail(w, "bo")
    assert woken(w) == ["ana", "bo", "chen"]
    fail(w, "chen")  # the last level: its clock calls again, waiting may help
    assert woken(w) == ["ana", "bo", "chen"]
    assert w.incident.clock_running("respond")
    assert not w.incident.exhausted


def test_a_page_that_is_only_tried_again_calls_nobody_else() -> None:
    w = world("cookcam")
    fire(w, "Partial service outage")
    key = next(iter(w.incident.pages))
    w.happen(ev.PageFailed(key, "every method", "busy", final=False))
    assert woken(w) == ["ana"]


def test_a_failed_page_calls_nobody_once_somebody_has_it() -> None:
    w = world("cookcam")
    fire(w, "Partial service outage")
    w.happen(ev.Acknowledged(w.roster.people[0].id), "person:ana")
    fail(w, "ana")
    assert woken(w) == ["ana"]


def test_with_nobody_to_wake_it_says_so_at_once() -> None:
    w = World(runbook("cookcam"), Roster(), Targets(), ResponseSettings(), DAY)
    fire(w, "Complete service outage")
    assert w.incident.exhausted
    assert not w.incident.clock_running("respond")


def test_a_raise_after_nobody_answered_calls_everybody_anew() -> None:
    w = world("cookcam")
    fire(w, "Partial service outage")
    w.until(w.now.replace(hour=3))
    assert w.incident.exhausted
    before = len(woken(w))
    w.happen(ev.SeverityChanged("P0", 0, w.roster.people[3].id), "person:dee")
    w.until(w.now.replace(hour=4))
    assert set(woken(w)[before:]) == {"ana", "bo", "chen"}
