"""The drills page: what is proven, how each drill went, and its report with the picture; hostile words stay words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.conftest import Deadline
from tests.web.drilled import kept
from tests.web.drilling import Rehearsed
from tests.web.house import House
from tests.web.test_live import Listener
from tests.web.test_pages import HOSTILE

from tocsin.oncall.person import AccessRole
from tocsin.store import drills

_LONG = timedelta(seconds=60)


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


# --- a drill that somebody runs from the page ---


def test_a_drill_is_started_watched_and_stopped_from_the_page(house: House, deadline: Deadline) -> None:
    house.app.drilling = desk = Rehearsed("cache-full", "flag-missing")
    bo = house.guests[AccessRole.RESPONDER]
    assert "Drill flag-missing now" in bo.get("/drills").text
    page = Listener(bo, "/drills/stream")
    deadline(page.changes, what="it gets the regions", within=_LONG)
    assert bo.post("/do/run_drill", scenario="flag-missing").status_code == 303
    assert desk.attempt is not None
    assert desk.attempt.by == "person:bo"
    desk.enter("inject", "the flag is taken away")
    deadline(lambda: "the flag is taken away" in str(page.changes()), what="its states arrive", within=_LONG)
    assert "started by Bo" in bo.get("/drills").text
    again = bo.post("/do/run_drill", scenario="cache-full")
    assert again.status_code == 409
    assert "is being drilled already" in again.text
    bo.post("/do/stop_drill")
    assert desk.attempt.stopped_by == "person:bo"
    desk.end("stopped before it came to a verdict", proven=None)
    deadline(lambda: "No verdict" in str(page.changes()), what="its end arrives", within=_LONG)
    page.close()


def test_a_verdict_leads_to_its_report(house: House) -> None:
    house.app.drilling = desk = Rehearsed("flag-missing")
    desk.start("flag-missing", "person:ana")
    desk.end("fixed as written by 2.2", proven=True, drill=_drill(house))
    page = house.guests[AccessRole.VIEWER].get("/drills").text
    assert "fixed as written by 2.2" in page
    assert 'href="/drills/1"' in page


def test_whoever_only_looks_starts_and_stops_nothing(house: House) -> None:
    house.app.drilling = desk = Rehearsed("flag-missing")
    vera = house.guests[AccessRole.VIEWER]
    assert vera.post("/do/run_drill", scenario="flag-missing").status_code == 403
    assert desk.attempt is None
    desk.start("flag-missing", "person:bo")
    assert vera.post("/do/stop_drill").status_code == 403
    assert desk.attempt.stopped_by is None
    assert vera.get("/drills").status_code == 200


@pytest.mark.parametrize(
    "name", ["nothing", "../../etc/passwd", "/tmp/x.toml", "--all", "-h", "flag-missing.toml"]
)
def test_only_what_is_offered_is_drilled(house: House, name: str) -> None:
    house.app.drilling = desk = Rehearsed("flag-missing")
    assert house.guests[AccessRole.ADMIN].post("/do/run_drill", scenario=name).status_code == 404
    assert desk.attempt is None


def test_where_no_sandbox_is_the_page_says_why_and_shows_the_command(house: House) -> None:
    house.app.drilling = Rehearsed(
        "flag-missing", why_not="the sandbox has no nginx.", hint="Run scripts/setup."
    )
    page = house.guests[AccessRole.ADMIN].get("/drills").text
    assert "Nothing can be drilled from here: the sandbox has no nginx. Run scripts/setup." in page
    assert "tocsin drill run flag-missing" in page
    assert "Drill flag-missing now" not in page


def test_words_of_a_running_drill_stay_words(house: House) -> None:
    house.app.drilling = desk = Rehearsed(HOSTILE, note=HOSTILE)
    desk.start(HOSTILE, HOSTILE)
    desk.enter(HOSTILE, HOSTILE)
    running = house.guests[AccessRole.VIEWER].get("/drills").text
    desk.end(HOSTILE, proven=False)
    for page in (running, house.guests[AccessRole.VIEWER].get("/drills").text):
        assert "&lt;script&gt;" in page
        assert not re.search(r"<script>alert|<img src=x|49 javascript|\sstyle=", page)
