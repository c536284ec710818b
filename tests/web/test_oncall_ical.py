"""The on-call page's calendar file."""

from collections.abc import Iterator

import pytest
from tests.web.house import House

from tocsin.oncall.person import AccessRole


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def test_the_shifts_are_a_calendar_file_of_everybody_or_of_one(house: House) -> None:
    guest = house.guests[AccessRole.VIEWER]
    everybody, hers = guest.get("/oncall.ics"), guest.get("/oncall.ics?person=ana")
    assert everybody.headers["content-type"] == "text/calendar; charset=utf-8"
    assert everybody.text.startswith("BEGIN:VCALENDAR")
    assert everybody.text.count("BEGIN:VEVENT") > hers.text.count("BEGIN:VEVENT") >= 1
    assert 'href="/oncall.ics"' in guest.get("/oncall").text


def test_nobody_is_no_calendar(house: House) -> None:
    assert house.guests[AccessRole.VIEWER].get("/oncall.ics?person=nobody").status_code == 404
    assert house.nobody.get("/oncall.ics").status_code == 303
