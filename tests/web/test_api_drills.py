"""Drills over the API say what the page says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web.drilled import kept
from tests.web.drilling import Rehearsed
from tests.web.house import House


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def test_what_is_proven_and_every_drill_of_this_runbook(house: House) -> None:
    app = house.app
    empty = house.nobody.get("/api/v1/drills").json()
    assert [each["badge"] for each in empty["sections"]] == ["never", "never"]
    assert empty["drills"] == []
    at = house.now - timedelta(hours=1)
    number = kept(app.database, app.library.current, str(app.settings.runbook), at)
    kept(app.database, app.library.current, "/elsewhere/runbook.md", at)
    found = house.nobody.get("/api/v1/drills").json()
    assert {each["title"]: each["badge"] for each in found["sections"]} == {
        "Cache Full": "never", "Flag Missing": "drilled",
    }  # fmt: skip
    assert [each["drill"] for each in found["sections"]] == [None, number]
    assert [(each["drill"], each["verdict"], each["passed"]) for each in found["drills"]] == [
        (number, "fixed as written by 2.2", True)
    ]
    kept(app.database, app.library.current, str(app.settings.runbook), at, scenario="again")
    assert len(house.nobody.get("/api/v1/drills?limit=1").json()["drills"]) == 1


def test_a_drill_is_started_and_stopped_over_the_api(house: House) -> None:
    http = house.nobody.http
    before = http.get("/api/v1/drills/current").json()
    assert (before["scenarios"], before["current"]) == ([], None)
    assert http.post("/api/v1/drills/current", json={"scenario": "flag-missing"}).status_code == 409
    house.app.drilling = desk = Rehearsed("flag-missing")
    begun = http.post("/api/v1/drills/current", json={"scenario": "flag-missing"})
    assert begun.status_code == 202
    desk.enter("inject", "the flag is taken away")
    shown = http.get("/api/v1/drills/current").json()
    assert shown["scenarios"] == ["flag-missing"]
    assert [each["state"] for each in shown["current"]["states"]] == ["inject"]
    assert http.post("/api/v1/drills/current", json={"scenario": "flag-missing"}).status_code == 409
    assert http.post("/api/v1/drills/current", json={"scenario": "other"}).status_code == 404
    assert http.post("/api/v1/drills/current/stop", json={}).json()["stopped_by"]
    desk.end("stopped", proven=None)
    assert http.post("/api/v1/drills/current/stop", json={}).status_code == 404
