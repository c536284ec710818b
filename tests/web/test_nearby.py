"""What was changed for one incident stands in the room of another: the first suspect."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.incident.incident import Incident
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents

_LONG = timedelta(seconds=60)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def incident(house: House, name: str) -> Incident | None:
    with house.app.database.read() as tx:
        return load_incident(tx, IncidentId(name)) if incidents.exists(tx, IncidentId(name)) else None


def asked(house: House) -> Incident | None:
    found = incident(house, "INC-1")
    return found if found is not None and found.open_ask is not None else None


def changed(house: House) -> bool:
    found = incident(house, "INC-1")
    return found is not None and any(run.changes and run.finished for run in found.runs.values())


def test_a_change_made_for_another_incident_is_shown_and_one_only_asked_for_is_not(
    house: House, deadline: Deadline
) -> None:
    house.alert("the flag is gone", impact="Partial service outage", fingerprint="flag")
    found = deadline(lambda: asked(house), what="INC-1 asks for a yes", within=_LONG)
    assert found is not None
    ask = found.open_ask
    assert ask is not None
    house.alert("cache is full", impact="Partial service outage", fingerprint="cache")
    deadline(lambda: incident(house, "INC-2"), what="INC-2 is declared", within=_LONG)
    viewer, bo = house.guests[AccessRole.VIEWER], house.guests[AccessRole.RESPONDER]
    assert "mkdir flags/on" not in viewer.get("/incidents/INC-2").text
    bo.post(f"/incidents/INC-1/asks/{ask.made.ask}/approve", digest=ask.made.digest)
    deadline(lambda: changed(house), what="the change ran", within=_LONG)
    text = viewer.get("/incidents/INC-2").text
    assert "mkdir flags/on" in text
    assert 'href="/incidents/INC-1"' in text
