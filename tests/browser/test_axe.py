"""WCAG 2.2 AA on every page, in both themes and at both sizes, and no sideways scrolling on a narrow phone."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from tests.browser.axe import violations
from tests.browser.conftest import DESK, NARROW, PHONE, Window
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents
from tocsin.web.pages.table import PAGES

_LONG = timedelta(seconds=120)
MakeWindow = Callable[..., Window]
HOLES = {
    "incident": "INC-1", "ask": "INC-1.a1", "evidence": "INC-1.r1.e", "update": "INC-1.u1", "run": "INC-1.r1",
    "secret": "none", "rule": "TOC202",
}  # fmt: skip
FORMS = ("escalate", "severity", "resolve", "role", "call", "step")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.alert("the flag is gone", impact="Partial service outage", fingerprint="flag")
    yield made
    made.stop()


def _asks(house: House) -> bool:
    with house.app.database.read() as tx:
        return (
            incidents.exists(tx, IncidentId("INC-1"))
            and load_incident(tx, IncidentId("INC-1")).open_ask is not None
        )


def _addresses() -> list[str]:
    """Every page that is looked at, each form of a room once."""
    found = []
    for each in PAGES:
        if each.method != "GET" or each.path.endswith(("/stream", ".ics")):
            continue
        for what in FORMS if "{what}" in each.path else ("",):
            holes = {**HOLES, "what": what}
            found.append(re.sub(r"\{(\w+)\}", lambda hole, holes=holes: holes.get(hole[1], "x"), each.path))  # type: ignore[misc]  # the default binds it now
    return [*found, "/nowhere", "/incidents?show=resolved", "/incidents?q=nothing+like+this"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_breaks_a_rule_of_accessibility_in_light_or_dark(
    house: House, window: MakeWindow, deadline: Deadline, size: tuple[int, int]
) -> None:
    deadline(lambda: _asks(house), what="the incident asks", within=_LONG)
    member = window(house.url, house.guests[AccessRole.COMMANDER].cookie, size=size, scheme="light")
    stranger = window(house.url, None, size=size, scheme="light")
    broken: list[str] = []
    for address in _addresses():
        who = stranger if address in ("/login", "/welcome/none") else member
        who.page.goto(address)
        broken += violations(who.page, address)
    # And with the review open over the room.
    member.page.goto("/incidents/INC-1")
    member.page.get_by_role("link", name="Review", exact=False).locator("visible=true").first.click()
    member.page.locator("#sheet h1").wait_for()
    broken += violations(member.page, "the sheet")
    assert broken == []


def test_nothing_scrolls_sideways_on_a_narrow_phone(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    deadline(lambda: _asks(house), what="the incident asks", within=_LONG)
    member = window(house.url, house.guests[AccessRole.COMMANDER].cookie, size=NARROW)
    wide = []
    for address in _addresses():
        member.page.goto(address)
        if member.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert wide == []


def test_what_is_pressed_on_a_phone_is_large_enough(
    house: House, window: MakeWindow, deadline: Deadline
) -> None:
    deadline(lambda: _asks(house), what="the incident asks", within=_LONG)
    member = window(house.url, house.guests[AccessRole.COMMANDER].cookie, size=PHONE)
    small = []
    for address in ("/incidents", "/incidents/INC-1", "/incidents/INC-1/asks/INC-1.a1"):
        member.page.goto(address)
        # All in one look: a page that is live may have other buttons in the next moment.
        pressed = member.page.locator(
            "button:visible, a.button:visible, .phone-tabs a:visible, nav a:visible"
        )
        small += [
            f"{address}: {words!r} is {height} px high"
            for words, height in pressed.evaluate_all(
                "found => found.map(each => [each.innerText, each.getBoundingClientRect().height])"
            )
            if height < 47.5
        ]
    assert small == []
