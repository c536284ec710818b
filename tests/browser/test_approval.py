"""Yes and no in a browser: two people for what destroys, one honest error, and everything without a script too."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PATIENCE_MS, PHONE, Window
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.incident.incident import Incident
from tocsin.incident.state import AskState
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents

_LONG = timedelta(seconds=120)
MakeWindow = Callable[..., Window]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.alert("cache is full", impact="Partial service outage")
    yield made
    made.stop()


def _incident(house: House, name: str) -> Incident | None:
    with house.app.database.read() as tx:
        if not incidents.exists(tx, IncidentId(name)):
            return None
        return load_incident(tx, IncidentId(name))


def _asks(house: House, name: str) -> bool:
    found = _incident(house, name)
    return found is not None and found.open_ask is not None


def test_what_destroys_takes_two_people_who_type_its_name(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    cache = house.folder / "shop/cache"
    bo, ana, chen = (
        window(house.url, house.guests[role].cookie, size=size)
        for role, size in (
            (AccessRole.RESPONDER, PHONE),
            (AccessRole.COMMANDER, PHONE),
            (AccessRole.ADMIN, (1440, 900)),
        )
    )
    deadline(
        lambda: (found := _incident(house, "INC-1")) is not None and "1.2" in found.refused,
        what="tocsin does not propose it by itself", within=_LONG,
    )  # fmt: skip
    # Bo asks for the step; nothing runs by that.
    bo.page.goto("/incidents/INC-1/ask/step")
    bo.page.get_by_role("button", name="Ask for 1.2").click()
    deadline(lambda: _asks(house, "INC-1"), what="it is asked for", within=_LONG)
    assert cache.exists()
    # Ana reviews on the phone: one tap does not do it.
    ana.page.goto("/incidents/INC-1")
    expect(ana.page.locator("#live .word")).to_have_text("Live")
    ana.page.locator(".phone-tabs").get_by_role("link", name="Review").tap()
    sheet = ana.page.locator("#sheet")
    expect(sheet.get_by_text("Destructive")).to_be_visible()
    expect(sheet.get_by_text("2 different people")).to_be_visible()
    approve = sheet.get_by_role("button", name="Approve, as one of two")
    approve.tap()
    expect(sheet.locator("#confirm:invalid")).to_have_count(1)
    sheet.locator("#confirm").fill("another machine")
    approve.tap()
    expect(sheet.locator(".js-wrong")).to_contain_text("type the name of its target")
    expect(sheet).to_be_visible()  # an error never looks like a success
    sheet.locator("#confirm").fill("local (shop-1)")
    approve.tap()
    expect(sheet).not_to_be_visible()
    # The same person again does not count, and is told so.
    ana.page.locator(".phone-tabs").get_by_role("link", name="Review").tap()
    sheet.locator("#confirm").fill("local (shop-1)")
    approve.tap()
    expect(sheet.locator(".js-wrong")).to_contain_text("a second person is needed")
    # Bo asked for it, so Bo is not the second person.
    bo.page.goto("/incidents/INC-1")
    bo.page.locator(".phone-tabs").get_by_role("link", name="Review").tap()
    bo.page.locator("#confirm").fill("local (shop-1)")
    bo.page.get_by_role("button", name="Approve, as one of two").tap()
    expect(bo.page.locator(".js-wrong")).to_contain_text("somebody else must say yes")
    assert cache.exists()
    # Chen, at a desk.
    chen.page.goto("/incidents/INC-1")
    chen.page.get_by_role("link", name="Review", exact=False).first.click()
    expect(chen.page.locator("#sheet")).to_contain_text("Ana")
    chen.page.locator("#confirm").fill("local (shop-1)")
    chen.page.get_by_role("button", name="Approve, as one of two").click()
    deadline(lambda: not cache.exists(), what="it ran", within=_LONG)
    expect(chen.page.locator("#step-1-2")).to_contain_text("approved by ana and chen")


def test_everything_is_a_plain_form_without_a_script(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    house.alert("the flag is gone", impact="Partial service outage", fingerprint="flag")
    deadline(lambda: _asks(house, "INC-2"), what="INC-2 asks", within=_LONG)
    ana = window(house.url, house.guests[AccessRole.COMMANDER].cookie, scripts=False)
    page = ana.page
    page.goto("/incidents")
    page.get_by_role("link", name="INC-2").click()
    expect(page.locator("#live")).to_contain_text("As of")
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.locator(".flash")).to_contain_text("Acknowledged")
    page.get_by_label("A note for the timeline").fill("no script here")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#rows")).to_contain_text("no script here")
    page.get_by_role("link", name="Review", exact=False).first.click()
    expect(page.get_by_role("heading", name="Put it back?")).to_be_visible()
    page.get_by_role("link", name="Not now").click()
    expect(page.locator("#decision")).to_contain_text("Needs a decision")
    page.get_by_role("link", name="Review", exact=False).first.click()
    page.get_by_role("button", name="Approve and run").click()
    expect(page.locator(".flash")).to_contain_text("Approved")
    deadline(lambda: (house.folder / "shop/flags/on").is_dir(), what="it ran", within=_LONG)
    page.goto("/incidents/INC-2")
    page.get_by_role("link", name="Resolve", exact=False).first.click()
    page.get_by_label("What ended it").fill("the flag is back")
    page.get_by_label("If a check is not good").fill("it was an alert by hand")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".flash")).to_contain_text("Resolved")
    expect(page.locator("#phases")).to_contain_text("Resolved")


def test_an_incident_is_declared_and_a_step_rejected_by_the_keys_alone(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    chen = window(house.url, house.guests[AccessRole.ADMIN].cookie)
    page = chen.page
    page.goto("/incidents")
    page.keyboard.press("c")
    page.get_by_label("What is wrong").fill("the flag is gone, 404 errors at checkout, again")
    page.keyboard.press("Enter")
    # The room and the timeline hear of it by the stream, maybe sooner than the sheet by the answer that closes it; until
    # then a key is a letter in its field.
    expect(page.locator("#sheet")).not_to_be_visible()
    deadline(lambda: _asks(house, "INC-3"), what="it is declared and asks", within=_LONG)
    page.keyboard.press("Control+k")
    page.locator("#jump-q").fill("INC-3")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("INC-3")
    expect(page.locator("#live .word")).to_have_text("Live")
    page.keyboard.press("x")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("not tonight")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).not_to_be_visible()
    expect(page.locator("#rows")).to_contain_text("chen rejected")
    found = _incident(house, "INC-3")
    assert found is not None
    assert next(iter(found.asks.values())).state is AskState.REJECTED
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).not_to_be_visible()
    # The page's clock stands: the second key follows the first, however busy the machine is.
    page.clock.set_fixed_time(SystemClock().now())
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url(f"{house.url}/incidents")
