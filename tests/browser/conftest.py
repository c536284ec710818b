"""A real browser: Debian's Chromium, the same on every machine."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tocsin.sandbox.tools import Tools, browser

FLAGS = (
    "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 180_000
DESK, PHONE, NARROW = (1440, 900), (390, 844), (360, 740)


@contextmanager
def driven() -> Iterator[Browser]:
    """A running Chromium without a window, and Playwright that drives it."""
    tools = Path(__file__).parents[2] / ".tools"
    # The Node.js in Playwright's own wheel wants libatomic, which a bare Debian lacks.
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(Tools.find(tools).node)
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=str(browser(tools)), args=list(FLAGS), timeout=300_000
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; each has its own profile.

    No longer: as long as Playwright is there, its event loop counts as running, and `asyncio.run` of any other test fails.
    """
    with driven() as started:
        yield started


class Window:
    """Somebody's browser window: a profile of its own, logged in or not, that notices what goes wrong in it.

    Attributes:
        wrong: what went wrong so far. bears: words of an error that a test makes on purpose; "" for none.
    """

    def __init__(
        self,
        chromium: Browser,
        url: str,
        cookie: str | None,
        size: tuple[int, int],
        scheme: str,
        scripts: bool,
    ) -> None:
        phone = size[0] < 640
        self.context: BrowserContext = chromium.new_context(
            base_url=url, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme,  # type: ignore[arg-type]  # light or dark
            java_script_enabled=scripts, is_mobile=phone, has_touch=phone, reduced_motion="reduce",
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE_MS)
        if cookie is not None:
            self.context.add_cookies([{"name": "tocsin_session", "value": cookie, "url": url}])
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.bears = ""
        self.page.on("pageerror", lambda problem: self.wrong.append(str(problem)))
        self.page.on("console", lambda said: self._said(said.type, said.text))

    def _said(self, kind: str, text: str) -> None:
        # A refusal of the server is what some tests want to see; the browser writes it down as an error.
        made = bool(self.bears) and self.bears in text
        if kind == "error" and not made and not re.search(r"status of (4\d\d|503)", text):
            self.wrong.append(text)

    def close(self) -> None:
        """Close it; whatever went wrong in it fails the test."""
        self.context.close()
        assert self.wrong == []


Open = type[Window]


@pytest.fixture
def window(chromium: Browser) -> Iterator[object]:
    """`window(url, cookie)` opens one; all are closed at the end."""
    opened: list[Window] = []

    def make(
        url: str, cookie: str | None, size: tuple[int, int] = DESK, scheme: str = "dark", scripts: bool = True
    ) -> Window:
        opened.append(Window(chromium, url, cookie, size, scheme, scripts))
        return opened[-1]

    yield make
    for each in opened:
        each.close()
