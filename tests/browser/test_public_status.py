"""The public status page as readers have it: plain files from any web server, in a real browser, with and without script."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.axe import violations
from tests.browser.conftest import DESK, NARROW, PHONE, Window
from tests.unit.status.boards import EMPTY, FULL, NOW

from tocsin.engine.status import files as status_files
from tocsin.status import site

MakeWindow = Callable[..., Window]
ADDRESSES = ("/full/", "/full/history.html", "/full/incidents/a1.html", "/empty/")


class Quiet(SimpleHTTPRequestHandler):
    """Python's own server of files, without its log."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("page")
    status_files.write(folder / "full", site.files(FULL))
    status_files.write(folder / "empty", site.files(EMPTY))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_breaks_a_rule_of_accessibility_in_light_or_dark(
    url: str, window: MakeWindow, size: tuple[int, int]
) -> None:
    page = window(url, None, size=size, scheme="light").page
    broken = []
    for address in ADDRESSES:
        page.goto(address)
        for each in page.locator("summary:visible").all():
            each.click()
        broken += violations(page, address)
    assert broken == []


def test_nothing_scrolls_sideways_on_a_narrow_phone(url: str, window: MakeWindow) -> None:
    page = window(url, None, size=NARROW).page
    wide = []
    for address in ADDRESSES:
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert wide == []


def test_when_what_writes_it_falls_silent_the_page_says_so_by_itself(url: str, window: MakeWindow) -> None:
    page = window(url, None).page
    page.clock.install(time=NOW)
    page.clock.pause_at(NOW + timedelta(minutes=1))  # from here on only by hand, however slow this machine is
    page.goto("/full/")
    expect(page.locator("#late")).to_be_hidden()
    expect(page.get_by_text(", overdue since 03:10 UTC")).to_be_hidden()
    page.clock.fast_forward("12:00")  # nobody reloads it, and nothing writes it anew
    expect(page.locator("#late")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("This page is 13 minutes old")
    expect(page.get_by_text(", overdue since 03:10 UTC")).to_be_visible()


def test_without_script_everything_is_there_and_a_reader_can_judge_its_age(
    url: str, window: MakeWindow
) -> None:
    page = window(url, None, scripts=False).page
    page.goto("/full/")
    expect(page.get_by_role("heading", name="Happening now")).to_be_visible()
    expect(page.get_by_text("As of 21 Nov 2026, 03:00 UTC")).to_be_visible()
    expect(page.get_by_text("more than 5 min ago")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(len(FULL.components))
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Slow search").first).to_be_visible()
