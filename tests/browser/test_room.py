"""The incident room in a real browser, on real services: an incident goes from the alert to its end, page by page.

CookCam's room is broken as in the demo; from then on everything is done with the mouse, the keys or a thumb.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PATIENCE_MS, PHONE, Window
from tests.browser.rooms import LONG, Played, played
from tests.conftest import Deadline

from tocsin.kit.ids import PersonId

pytestmark = pytest.mark.xdist_group("browser-rooms")

MakeWindow = Callable[..., Window]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def cookcam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with played("cookcam", tmp_path_factory.mktemp("cookcam")) as made:
        yield made


def test_an_incident_is_driven_to_its_end_at_a_desk(
    cookcam: Played, window: MakeWindow, deadline: Deadline, tmp_path: Path
) -> None:
    ana = window(cookcam.url, cookcam.cookies["ana"])
    page = ana.page
    page.goto("/incidents")
    expect(page.get_by_text("No open incidents")).to_be_visible()
    cookcam.break_it(deadline, "INC-1")
    # The list hears of it by itself.
    page.get_by_role("link", name="INC-1").click()
    expect(page.locator("#live .word")).to_have_text("Live")
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.locator(".phases .here")).to_contain_text("Acknowledged")
    note = page.get_by_label("A note for the timeline")
    note.fill("half a sentence, typed while")
    # The key opens the review; the focus is on the safe choice, so Enter changes nothing.
    page.locator("main").focus()
    page.keyboard.press("a")
    expect(page.locator("#sheet h1")).to_contain_text("Restart service")
    expect(page.locator(".cmd pre", has_text="pm2 restart cookcam-api").last).to_be_visible()
    expect(page.locator("#sheet :focus")).to_have_text("Not now")
    page.screenshot(path=tmp_path / "review.png")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).not_to_be_visible()
    assert cookcam.asks("INC-1")
    page.keyboard.press("a")
    page.get_by_role("button", name="Approve and run").click()
    expect(page.locator(".phases .past", has_text="Resolved")).to_be_visible(timeout=300_000)
    expect(note).to_have_value("half a sentence, typed while")
    expect(page.locator("#step-1-4a")).to_contain_text("approved by ana")
    expect(page.locator("#rows")).to_contain_text("resolved")
    page.screenshot(path=tmp_path / "room.png", full_page=True)


def test_an_incident_is_driven_to_its_end_on_a_phone(
    cookcam: Played, window: MakeWindow, deadline: Deadline, tmp_path: Path
) -> None:
    before = cookcam.incident
    deadline(lambda: cookcam.incident.resolved_at is not None, what="the first one is over", within=LONG)
    ana = window(cookcam.url, cookcam.cookies["ana"], size=PHONE)
    cookcam.break_it(deadline, before.id)  # the same trouble within a day: it is reopened
    page = ana.page
    page.goto(f"/incidents/{before.id}")
    expect(page.locator("#live .word")).to_have_text("Live")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".phone-tabs").get_by_role("button", name="Acknowledge").tap()
    expect(page.locator(".phone-tabs").get_by_role("button", name="Acknowledge")).to_have_count(0)
    page.locator(".phone-tabs").get_by_role("link", name="Review").tap()
    expect(page.locator("#sheet :focus")).to_have_text("Not now")
    for each in page.locator("#sheet .choice > *").all():
        box = each.bounding_box()
        assert box is not None
        assert box["height"] >= 48
    page.screenshot(path=tmp_path / "review.png")
    page.get_by_role("button", name="Approve and run").tap()
    expect(page.locator("#phases")).to_contain_text("Resolved")
    expect(page.locator(".phases .past", has_text="Resolved")).to_be_attached(timeout=300_000)
    page.screenshot(path=tmp_path / "room.png", full_page=True)


def test_a_page_says_when_it_is_not_live_and_comes_back_without_losing_a_word(
    cookcam: Played, window: MakeWindow, deadline: Deadline
) -> None:
    found = cookcam.incident
    ana, bo = (window(cookcam.url, cookcam.cookies[name]) for name in ("ana", "bo"))
    for each in (ana, bo):
        each.page.goto(f"/incidents/{found.id}")
        expect(each.page.locator("#live .word")).to_have_text("Live")
    pid = cookcam.play.serve_pid
    assert pid is not None
    # A frozen server keeps every line open; only the missing beat gives it away.
    os.kill(pid, signal.SIGSTOP)
    expect(ana.page.locator("#live .word")).to_contain_text("Not live, data")
    ana.page.get_by_label("A note for the timeline").fill("typed while it was frozen")
    os.kill(pid, signal.SIGCONT)
    expect(ana.page.locator("#live .word")).to_have_text("Live")
    # Killed in the middle, and started again at the same place.
    os.kill(pid, signal.SIGKILL)
    cookcam.begin_again(deadline)
    expect(bo.page.locator("#live .word")).to_have_text("Live")
    bo.page.get_by_label("A note for the timeline").fill("said after the restart")
    bo.page.get_by_role("button", name="Add the note").click()
    expect(ana.page.locator("#rows li", has_text="said after the restart")).to_have_count(1)
    expect(ana.page.get_by_label("A note for the timeline")).to_have_value("typed while it was frozen")
    for each in (ana, bo):
        each.wrong.clear()  # a browser whose server is gone writes that down as an error


def test_the_person_named_is_the_one_who_did_it(cookcam: Played) -> None:
    found = cookcam.incident
    assert {answer.by for ask in found.asks.values() for answer in ask.approvals} == {PersonId("ana")}
