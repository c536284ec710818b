"""PrepChef's Redis is full: from the alert to its end through the browser alone, at a desk, then on a phone past a crash."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PATIENCE_MS, PHONE, Window
from tests.browser.rooms import LONG, Played, played
from tests.conftest import Deadline

pytestmark = pytest.mark.xdist_group("browser-rooms")

COMMAND = "redis-cli CONFIG SET maxmemory-policy allkeys-lru"
ENDED_MS = 300_000
MakeWindow = Callable[..., Window]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def prepchef(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with played("prepchef", tmp_path_factory.mktemp("prepchef")) as made:
        yield made


def test_full_memory_is_mended_at_a_desk_and_written_up(
    prepchef: Played, window: MakeWindow, deadline: Deadline, tmp_path: Path
) -> None:
    page = window(prepchef.url, prepchef.cookies["ana"]).page
    page.goto("/incidents")
    prepchef.break_it(deadline, "INC-1")
    page.get_by_role("link", name="INC-1").click()
    expect(page.locator("#live .word")).to_have_text("Live")
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.locator("#runbook-title")).to_contain_text("Redis Memory Full")
    # What the runbook calls "flush expired keys" would delete every key: it stands there blocked, with the reason.
    expect(page.locator("#step-5-2a")).to_contain_text("Blocked")
    page.get_by_role("link", name="Review", exact=False).first.click()
    sheet = page.locator("#sheet")
    expect(sheet.locator(".cmd pre")).to_have_text(COMMAND)
    expect(sheet).to_contain_text("Change · partly reversible")
    page.screenshot(path=tmp_path / "review.png")
    sheet.get_by_role("button", name="Approve and run").click()
    expect(page.locator(".phases .past", has_text="Resolved")).to_be_visible(timeout=ENDED_MS)
    expect(page.locator("#step-5-4")).to_contain_text("approved by ana")
    # A word to the public: kept as a draft, read once more, sent.
    page.locator("#update").get_by_text("Public", exact=True).click()
    page.get_by_label("The text", exact=True).fill("Bookings work again. Nothing was charged twice.")
    page.get_by_role("button", name="Keep this draft").click()
    draft = page.locator("#updates .update", has_text="Bookings work again").filter(has_text="Preview, send")
    draft.get_by_role("link", name="Preview, send").click()
    expect(sheet.get_by_role("heading", name="Send to public?")).to_be_visible()
    sheet.get_by_label("If it is held back").fill("the page is watched by a person")
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(sheet).not_to_be_visible()
    expect(page.locator("#updates")).to_contain_text("by Ana")
    page.screenshot(path=tmp_path / "room.png", full_page=True)
    page.goto("/postmortems")
    page.get_by_role("link", name="INC-1").first.click()
    expect(page.locator("main")).to_contain_text(COMMAND)


def test_full_memory_is_mended_on_a_phone_though_the_server_dies_before_the_yes(
    prepchef: Played, window: MakeWindow, deadline: Deadline, tmp_path: Path
) -> None:
    deadline(lambda: prepchef.incident.resolved_at is not None, what="the first one is over", within=LONG)
    ana = window(prepchef.url, prepchef.cookies["ana"], size=PHONE)
    page, name = ana.page, prepchef.incident.id
    page.goto("/incidents")
    prepchef.break_it_again(deadline, name)  # the same trouble within a day: it is reopened
    page.goto(f"/incidents/{name}")
    expect(page.locator("#live .word")).to_have_text("Live")
    page.locator(".phone-tabs").get_by_role("button", name="Acknowledge").tap()
    page.locator(".phone-tabs").get_by_role("link", name="Review").tap()
    sheet = page.locator("#sheet")
    expect(sheet.locator(".cmd pre")).to_have_text(COMMAND)
    expect(sheet.locator(":focus")).to_have_text("Not now")
    pid = prepchef.play.serve_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    sheet.get_by_role("button", name="Approve and run").tap()
    expect(sheet.locator(".js-wrong")).to_contain_text("The server does not answer. Nothing was done.")
    assert prepchef.asks(name)
    prepchef.begin_again(deadline)
    expect(page.locator("#live .word")).to_have_text("Live")
    # The sheet is still open, and the yes is given to the very question that was asked before the crash.
    sheet.get_by_role("button", name="Approve and run").tap()
    expect(page.locator(".phases .past", has_text="Resolved")).to_be_attached(timeout=ENDED_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "room.png", full_page=True)
    ran = [run for run in prepchef.incident.runs.values() if run.queued.text == COMMAND]
    assert len(ran) == 2, "once for each yes"
    ana.wrong.clear()  # a browser whose server is gone writes that down as an error
