"""Drills over the API say what the page says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web.drilled import kept
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
