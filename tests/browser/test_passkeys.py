"""Passkeys in a real browser, with the authenticator that Chromium brings for tests (WebDriver Virtual Authenticators)."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import PATIENCE_MS, Window
from tests.web.house import House

from tocsin.oncall.person import AccessRole

MakeWindow = Callable[..., Window]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def test_a_passkey_is_made_on_ones_own_page_and_logs_in(house: House, window: MakeWindow) -> None:
    url = house.url.replace("127.0.0.1", "localhost")
    ana = window(url, house.session(AccessRole.COMMANDER))
    page = ana.page
    line = ana.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    device = line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    page.goto("/me")
    page.get_by_label("What to call it").fill("Ana's phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#keys + ul, [aria-labelledby=keys]")).to_contain_text("Ana's phone")
    kept = line.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [(each["rpId"], each["isResidentCredential"]) for each in kept] == [("localhost", True)]
    # The same device has one already, and says so.
    page.get_by_label("What to call it").fill("again")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("[data-passkey=create] .js-said")).to_contain_text("has a passkey here already")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{url}/login")
    # Nobody verified: the device says no, and so do we.
    line.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("[data-passkey=get] .js-said")).to_contain_text("Nothing was done")
    line.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page).to_have_url(f"{url}/incidents")
    page.goto("/me")
    expect(page.get_by_text("acting as ana")).to_be_visible()
    page.get_by_role("button", name="Remove Ana's phone").click()
    expect(page.locator(".flash")).to_contain_text("taken no more")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("[data-passkey=get] .js-said")).to_contain_text("cannot be used here")


def test_without_a_script_there_is_password_and_code(house: House, window: MakeWindow) -> None:
    url = house.url.replace("127.0.0.1", "localhost")
    page = window(url, None, scripts=False).page
    page.goto("/login")
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
