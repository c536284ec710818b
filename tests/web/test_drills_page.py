"""The drills page: what is proven, how each drill went, and its report with the picture; hostile words stay words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.web.drilled import kept
from tests.web.house import House
from tests.web.test_pages import HOSTILE

from tocsin.oncall.person import AccessRole
from tocsin.store import drills


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def _drill(house: House, **more: object) -> int:
    app = house.app
    return kept(
        app.database, app.library.current, str(app.settings.runbook), house.now - timedelta(hours=1), **more
    )  # type: ignore[arg-type]  # of `kept`


def test_before_any_drill_the_page_says_how_to_make_one(house: House) -> None:
    page = house.guests[AccessRole.VIEWER].get("/drills").text
    assert "0 of 2 incident sections" in page
    assert "Nothing has been rehearsed" in page
    assert "tocsin drill list" in page


def test_a_scenario_that_was_never_drilled_is_listed_with_its_command(house: House) -> None:
    (house.folder / "drills").mkdir()
    (house.folder / "drills/cache-full.toml").write_text("", encoding="utf-8")
    page = house.guests[AccessRole.VIEWER].get("/drills").text
    assert "tocsin drill run cache-full" in page
    assert "Never drilled" in page


def test_a_proven_section_has_its_badge_and_its_drill(house: House) -> None:
    number = _drill(house)
    guest = house.guests[AccessRole.VIEWER]
    page = guest.get("/drills").text
    assert "1 of 2 incident sections" in page
    assert "Proven" in page
    assert "detected in 3.0 s" in page
    assert f'href="/drills/{number}"' in page
    report = guest.get(f"/drills/{number}").text
    assert "<svg viewBox" in report
    assert "mkdir flags/on" in report
    assert "Control: nothing was broken" in report
    assert "destroys" in report


def test_a_sandbox_that_failed_is_not_a_runbook_that_failed(house: House) -> None:
    number = _drill(house, sandbox="redis did not start", passed=False)
    for path in ("/drills", f"/drills/{number}"):
        page = house.guests[AccessRole.VIEWER].get(path).text
        assert "Sandbox failed" in page
        assert "redis did not start" in page


def test_a_drill_with_an_unexpected_end_says_what_was_expected(house: House) -> None:
    report = house.guests[AccessRole.VIEWER].get(f"/drills/{_drill(house, passed=False)}").text
    assert "Not as expected: not fixed" in report


def test_a_drill_of_another_version_keeps_its_line(house: House) -> None:
    number = _drill(house)
    with house.app.database.read() as tx:
        row = drills.by_id(tx, number)
    assert row is not None
    with house.app.database.write() as tx:
        other = drills.put(
            tx, replace(row, scenario="older", verdict='{"shape": "old"}', runs='{"shape": "old"}')
        )
    guest = house.guests[AccessRole.VIEWER]
    assert "written by another version" in guest.get("/drills").text
    assert "Its runs cannot be read" in guest.get(f"/drills/{other}").text


@pytest.mark.parametrize("number", ["0", "999", "x", "1e3", "9" * 30, "%2e%2e"])
def test_what_is_no_drill_is_not_found(house: House, number: str) -> None:
    assert house.guests[AccessRole.VIEWER].get(f"/drills/{number}").status_code == 404


def test_words_of_a_drill_stay_words(house: House) -> None:
    number = _drill(house, passed=False, hostile=HOSTILE)
    for path in ("/drills", f"/drills/{number}"):
        page = house.guests[AccessRole.VIEWER].get(path).text
        assert path == "/drills" or "&lt;script&gt;" in page
        assert not re.search(r"<script>alert|<img src=x|49 javascript|\sstyle=", page)
