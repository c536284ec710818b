"""A time when nobody is on call is a warning on every page, whoever looks; where there is none, nothing is said."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web import house as building
from tests.web.house import House

from tocsin.app.oncall import amend
from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.person import AccessRole

ROTATION = """[oncall.level1]
zone = "UTC"
[[oncall.level1.layers]]
people = ["ana"]
handover = "Mon 09:00"
start = "2025-10-06"
"""
PAGES = (
    "/incidents",
    "/runbooks",
    "/drills",
    "/oncall",
    "/checks",
    "/status",
    "/insights",
    "/settings",
    "/me",
    "/nowhere",
)


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            building,
            "SETTINGS",
            building.SETTINGS.replace('[oncall]\nlevel1 = ["ana"]\n', "[oncall]\n") + ROTATION,
        )
        made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def _away(house: House, after: timedelta) -> None:
    start = house.now + after
    wanted = Amendment(
        0, Kind.ABSENCE, PersonId("ana"), start, start + timedelta(hours=2), "ana", house.now, reason="at sea"
    )  # fmt: skip
    amend(house.app.database, house.app.settings.oncall, wanted)


def test_without_a_gap_nothing_is_said(house: House) -> None:
    for path in PAGES:
        assert "Nobody is on call" not in house.guests[AccessRole.VIEWER].get(path, accept="text/html").text


@pytest.mark.parametrize(
    ("after", "words"),
    [(timedelta(seconds=-1), "Nobody is on call at level 1 now, until"), (timedelta(days=2), "Nobody is on call at level 1 from")],
    ids=["now", "in two days"],
)  # fmt: skip
def test_a_gap_is_a_warning_on_every_page(house: House, after: timedelta, words: str) -> None:
    _away(house, after)
    for path in PAGES:
        assert words in house.guests[AccessRole.VIEWER].get(path, accept="text/html").text, path
    assert "Nobody is on call" not in house.nobody.get("/login").text, "strangers are told nothing"


def test_a_gap_far_ahead_waits_for_its_week(house: House) -> None:
    _away(house, timedelta(days=9))
    assert "Nobody is on call" not in house.guests[AccessRole.VIEWER].get("/incidents").text
