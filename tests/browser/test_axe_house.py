"""WCAG 2.2 AA of pages that need something on them: drills with pictures, settings of an admin, the status page, insights."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import violations
from tests.browser.conftest import DESK, NARROW, PHONE, Window
from tests.conftest import Deadline
from tests.web import house as building
from tests.web.drilled import kept
from tests.web.house import House
from tests.web.test_status_editor import STATUS

from tocsin.oncall.person import AccessRole

_LONG = timedelta(seconds=120)
MakeWindow = Callable[..., Window]
ADDRESSES = (
    "/drills",
    "/drills/1",
    "/drills/2",
    "/insights",
    "/status",
    "/status/work",
    "/status/work/1",
    "/settings",
    "/audit",
    "/audit?head=",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "SETTINGS", building.SETTINGS + STATUS)
        made = House(tmp_path_factory.mktemp("house"))
    app = made.app
    for number, sandbox in enumerate((None, "redis did not start")):
        kept(
            app.database, app.library.current, str(app.settings.runbook), made.now - timedelta(days=number + 1),
            scenario=f"drill-{number}", sandbox=sandbox, passed=sandbox is None,
        )  # fmt: skip
    made.alert("the flag is gone", impact="Partial service outage", fingerprint="flag")
    made.guests[AccessRole.ADMIN].post("/settings/tokens", label="the wall", scope="viewer", life="30")
    begin = made.now + timedelta(days=1)
    made.guests[AccessRole.ADMIN].post(
        "/status/work", name="New disks", start=f"{begin:%Y-%m-%dT%H:%M}", end=f"{begin + timedelta(hours=2):%Y-%m-%dT%H:%M}", text="Two hours.",
    )  # fmt: skip
    yield made
    made.stop()


def _open(house: House, deadline: Deadline) -> None:
    guest = house.guests[AccessRole.ADMIN]
    deadline(lambda: guest.get("/incidents/INC-1").status_code == 200, what="it is declared", within=_LONG)


def _preview(page: Page) -> None:
    page.goto("/status")
    page.get_by_label("The exact text").fill("Incident: Checkout fails\n\n**Cards** are not charged.")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="As the public will read it").wait_for()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_breaks_a_rule_of_accessibility(
    house: House, window: MakeWindow, deadline: Deadline, size: tuple[int, int]
) -> None:
    _open(house, deadline)
    page = window(house.url, house.guests[AccessRole.ADMIN].cookie, size=size, scheme="light").page
    broken = []
    for address in ADDRESSES:
        page.goto(address)
        for each in page.locator("summary:visible").all():
            each.click()
        broken += violations(page, address)
    _preview(page)
    broken += violations(page, "the preview")
    assert broken == []


def test_nothing_scrolls_sideways_on_a_narrow_phone(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    _open(house, deadline)
    page = window(house.url, house.guests[AccessRole.ADMIN].cookie, size=NARROW).page
    wide = []
    for address in ADDRESSES:
        page.goto(address)
        for each in page.locator("summary:visible").all():
            each.click()
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    _preview(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wide == []


def test_a_word_to_the_public_is_written_previewed_and_kept_without_a_script(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    _open(house, deadline)
    page = window(house.url, house.guests[AccessRole.COMMANDER].cookie, size=PHONE, scripts=False).page
    page.goto("/status?incident=INC-1")
    page.get_by_label("The exact text").fill("Incident: Checkout fails\n\n**Cards** are not charged.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="The rendered text").locator("strong")).to_have_text("Cards")
    page.get_by_role("button", name="Keep it, go on to sending").click()
    expect(page.get_by_role("heading", name="Send to public?")).to_be_visible()
    expect(page.get_by_role("region", name="The text")).to_contain_text("**Cards** are not charged.")


def test_a_token_is_made_and_revoked_without_a_script(house: House, window: MakeWindow) -> None:
    page = window(house.url, house.guests[AccessRole.ADMIN].cookie, scripts=False).page
    page.goto("/settings")
    page.get_by_text("Make a token").click()
    page.get_by_label("What it is for").fill("a test of the page")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("region", name="The secret")).to_contain_text("tocsin_")
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("button", name="a test of the page").click()
    expect(page.get_by_text("revoked by chen")).to_have_count(1)
