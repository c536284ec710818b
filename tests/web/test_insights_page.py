"""Insights: the same numbers as the log gives, few are said to be few, and a quiet time is no error."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.engine.history import load, records
from tocsin.incident.measures import measure
from tocsin.kit import duration
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents

_LONG = timedelta(seconds=60)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def _paged(house: House) -> bool:
    with house.app.database.read() as tx:
        return incidents.exists(tx, IncidentId("INC-1")) and bool(_measured(house).pages)


def _measured(house: House):  # type: ignore[no-untyped-def]  # what `measure` gives
    with house.app.database.read() as tx:
        found = measure(load(tx, IncidentId("INC-1")), records(tx, IncidentId("INC-1")))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "query", ["", "?days=30", "?days=365&drills=1", "?days=x", "?zone=Europe/Berlin", "?zone=../etc"]
)
def test_a_quiet_time_is_said_to_be_one(house: House, query: str) -> None:
    answer = house.guests[AccessRole.VIEWER].get(f"/insights{query}")
    assert answer.status_code == 200
    assert "No incident in" in answer.text
    assert "May the runbook be trusted?" in answer.text


def test_an_incident_is_counted_with_the_times_of_its_log(house: House, deadline: Deadline) -> None:
    house.alert("the flag is gone", impact="Partial service outage")
    deadline(lambda: _paged(house), what="somebody is woken", within=_LONG)
    guest = house.guests[AccessRole.COMMANDER]
    assert guest.post("/incidents/INC-1/do/acknowledge").status_code == 303
    deadline(lambda: "acknowledge" in _measured(house).times, what="the engine has heard it", within=_LONG)
    page = guest.get("/insights").text
    one = _measured(house)
    assert "1 incident declared" in page
    assert duration.spell(one.times["acknowledge"]) in page
    assert "n=1" in page
    assert "one night&#39;s luck" in page or "one night's luck" in page
    assert ">Ana</b>" in page
    assert "used 1 ×" in page


def test_a_rehearsal_counts_only_when_it_is_asked_for(house: House) -> None:
    page = house.guests[AccessRole.VIEWER].get("/insights").text
    assert "With rehearsals" in page
    assert "Without rehearsals" in house.guests[AccessRole.VIEWER].get("/insights?drills=1").text
