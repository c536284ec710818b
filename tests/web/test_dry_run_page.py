"""The dry run on the review: what the change would do, when that was seen, and why there is none where there is none."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.web import house as building
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident, apply
from tocsin.incident.preview import DRY_RUN, tried
from tocsin.incident.state import Ask
from tocsin.kit.ids import AskId, EvidenceId, IncidentId, RunId, StepId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents

_LONG = timedelta(seconds=60)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "RUNBOOK", building.RUNBOOK.replace("mkdir flags/on", "git add flags"))
        made = House(tmp_path_factory.mktemp("dry"))
    shop = made.folder / "shop"
    subprocess.run(("git", "init", "-q", str(shop)), check=True)
    (shop / "flags/checkout").write_text("on")
    made.alert("the flag is gone")
    yield made
    made.stop()


def asked(house: House, name: str) -> Incident | None:
    with house.app.database.read() as tx:
        if not incidents.exists(tx, IncidentId(name)):
            return None
        found = load_incident(tx, IncidentId(name))
    return found if found.open_ask is not None and not any(run.open for run in found.runs.values()) else None


def test_the_review_shows_what_the_dry_run_showed_and_where_all_of_it_is(
    house: House, deadline: Deadline
) -> None:
    incident = deadline(lambda: asked(house, "INC-1"), what="the incident asks for a yes", within=_LONG)
    assert incident is not None
    ask = incident.open_ask
    assert ask is not None
    text = house.guests[AccessRole.RESPONDER].get(f"/incidents/INC-1/asks/{ask.made.ask}").text
    assert "git add -n flags" in text
    assert "add &#39;flags/checkout&#39;" in text
    assert "It answered; nothing was changed." in text
    run = next(run for run in incident.runs.values() if run.queued.previews == ask.made.ask)
    assert f"/incidents/INC-1/evidence/{run.queued.run}.e" in text
    assert " disabled" not in text
    staged = subprocess.run(
        ("git", "-C", str(house.folder / "shop"), "ls-files"), capture_output=True, text=True, check=True
    )
    assert staged.stdout == ""


def test_the_room_tells_it_beside_the_step_and_not_as_a_step_of_its_own(
    house: House, deadline: Deadline
) -> None:
    deadline(lambda: asked(house, "INC-1"), what="the incident asks for a yes", within=_LONG)
    text = house.guests[AccessRole.VIEWER].get("/incidents/INC-1").text
    assert "<b>Dry run:</b> add &#39;flags/checkout&#39;" in text
    assert 'id="step-dry' not in text


def test_the_api_names_the_run_that_shows_it(house: House, deadline: Deadline) -> None:
    deadline(lambda: asked(house, "INC-1"), what="the incident asks for a yes", within=_LONG)
    found = house.guests[AccessRole.VIEWER].get("/api/v1/incidents/INC-1").json()
    assert found["open_ask"]["no_dry_run"] is None
    shown = [run for run in found["runs"] if run["previews"] == found["open_ask"]["id"]]
    assert [run["text"] for run in shown] == ["git add -n flags"]
    assert shown[0]["outcome"] == "done"


def test_where_there_is_none_the_review_says_why(tmp_path: Path, deadline: Deadline) -> None:
    house = House(tmp_path)
    try:
        house.alert("the flag is gone")
        incident = deadline(lambda: asked(house, "INC-1"), what="the incident asks for a yes", within=_LONG)
        assert incident is not None
        ask = incident.open_ask
        assert ask is not None
        text = house.guests[AccessRole.RESPONDER].get(f"/incidents/INC-1/asks/{ask.made.ask}").text
        assert "No preview is possible: no dry run of mkdir is known." in text
        assert not any(run.queued.previews for run in incident.runs.values())
    finally:
        house.stop()


def _waiting() -> tuple[Incident, Ask]:
    made = ev.AskMade(
        AskId("INC-1.a1"), StepId("5"), "5", "Stage", "git add x", "local", "", "change", (), (), None, None, "no", None, (), (), NOW, 1,
        "tocsin",
    )  # fmt: skip
    queued = ev.StepQueued(
        RunId("INC-1.r1"), StepId("5 dry run"), "dry run 5", "Stage", "git add -n x", "local", "observe", DRY_RUN, previews=made.ask,
    )  # fmt: skip
    incident = apply(apply(Incident(IncidentId("INC-1")), made, NOW), queued, NOW)
    return incident, incident.asks[made.ask]


def test_a_yes_waits_for_the_dry_run_and_for_a_minute_at_most() -> None:
    incident, ask = _waiting()
    assert tried(incident, ask, NOW + timedelta(seconds=59)).held
    assert not tried(incident, ask, NOW + timedelta(seconds=60)).held


def test_a_yes_does_not_wait_for_a_dry_run_that_has_answered() -> None:
    incident, ask = _waiting()
    ended = ev.StepFinished(
        RunId("INC-1.r1"),
        "failed",
        "It ended with status 1.",
        1,
        NOW,
        timedelta(seconds=1),
        EvidenceId("INC-1.r1.e"),
        "",
        (),
        None,
        "",
    )
    assert not tried(apply(incident, ended, NOW), ask, NOW).held
