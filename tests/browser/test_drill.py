"""A drill started from the page: a real sandbox, a real child, its states as they are entered, its report; and its end."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PATIENCE_MS, Window
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.kit.clock import SystemClock
from tocsin.oncall.person import AccessRole
from tocsin.sandbox.drill.attended import Attended
from tocsin.sandbox.state import rooms

ROOT = Path(__file__).parents[2]
DRILLED_MS = 300_000
MakeWindow = Callable[..., Window]
SETTINGS = """
[[checks]]
name = "flag"
kind = "command"
command = "test -d flags/on"
exit_status = 0
every = "1 s"
timeout = "5 s"
failures = 2
successes = 1
impact = "Partial service outage"
section = "Flag Missing"
"""
SCENARIO = """
section = "Flag Missing"
watch = ["flag"]

[[room]]
kind = "files"
files = { "flags/on/here" = "" }

[fault]
inject = "rm -r flags/on"
confirm = "test ! -e flags/on"
restore = "mkdir -p flags/on; touch flags/on/here"

[fault.oracles]
top = "ls"
"""
# Its check never notices: it runs for minutes, so whoever wants to stop it comes in time.
UNSEEN = (
    SCENARIO.replace("rm -r flags/on", "touch flags/off")
    .replace("test ! -e flags/on", "test -e flags/off")
    .replace("mkdir -p flags/on; touch flags/on/here", "rm -f flags/off")
)

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    (made.folder / "drills").mkdir()
    # The drill's own settings: the same runbook with the check that has to notice.
    watched = made.folder / "tocsin.toml"
    watched.write_text(watched.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    for name, scenario in (("flag-missing", SCENARIO), ("flag-missing-again", UNSEEN)):
        (made.folder / f"drills/{name}.toml").write_text(scenario, encoding="utf-8")
    attended = Attended(made.app.settings.drills_at, str(ROOT / ".tools"), SystemClock())
    made.app.drilling = attended
    yield made
    attended.close()
    made.stop()


def test_a_drill_is_started_watched_and_read_without_leaving_the_page(
    house: House, window: MakeWindow
) -> None:
    bo = window(house.url, house.guests[AccessRole.RESPONDER].cookie)
    page = bo.page
    page.goto("/drills")
    expect(page.locator("#live .word")).to_have_text("Live")
    page.get_by_role("button", name="Drill flag-missing now").click()
    running = page.locator("#running")
    expect(running).to_contain_text("Drilling flag-missing")
    expect(running).to_contain_text("started by Bo")
    expect(page.get_by_role("button", name="Drill flag-missing-again now")).to_be_disabled()
    expect(running.locator(".states")).to_contain_text("inject")
    expect(running.get_by_text("Proven", exact=True)).to_be_visible(timeout=DRILLED_MS)
    expect(page.locator("#history + *, #lists")).to_contain_text("flag-missing")
    running.get_by_role("link", name="The report").click()
    expect(page.locator(".film svg").first).to_be_visible()
    expect(page.get_by_text(re.compile("by bo")).first).to_be_visible()


def test_a_drill_that_is_stopped_leaves_nothing_and_no_verdict(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    page = window(house.url, house.guests[AccessRole.RESPONDER].cookie).page
    page.goto("/drills")
    expect(page.locator("#live .word")).to_have_text("Live")
    page.get_by_role("button", name="Drill flag-missing-again now").click()
    running = page.locator("#running")
    expect(running.locator(".states")).to_contain_text("provision")
    cell = deadline(lambda: _cell("flag-missing-again"), what="it has a cell", within=timedelta(seconds=120))
    assert cell is not None
    running.get_by_role("button", name="Stop it").click()
    expect(running.get_by_text("No verdict")).to_be_visible()
    expect(running).to_contain_text("stopped by Bo")
    # Only its own is looked for: others drill on this machine, too.
    deadline(
        lambda: not list(rooms().glob(f"{cell.name}*")),
        what="its cell is gone",
        within=timedelta(seconds=120),
    )


def _cell(scenario: str) -> Path | None:
    """Where a drill of this scenario takes place at the moment."""
    for job in rooms().glob("*/job.json"):
        with suppress(OSError):
            if f'"{scenario}"' in job.read_text(encoding="utf-8"):
                return job.parent
    return None


def test_a_drill_is_started_without_a_script(house: House, window: MakeWindow) -> None:
    page = window(house.url, house.guests[AccessRole.RESPONDER].cookie, scripts=False).page
    page.goto("/drills")
    page.get_by_role("button", name="Drill flag-missing-again now").click()
    expect(page.locator(".flash")).to_contain_text("The drill begins")
    expect(page.locator("#running")).to_contain_text("Drilling flag-missing-again")
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator(".flash")).to_contain_text("The drill ends now")
