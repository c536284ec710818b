"""Every key of the map does what it says, and none does anything in a field, beside another key, or when switched off."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PATIENCE_MS, Window
from tests.conftest import Deadline
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents
from tocsin.web.pages.jump import KEYS

_LONG = timedelta(seconds=120)
MakeWindow = Callable[..., Window]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.alert("the flag is gone", impact="Partial service outage", fingerprint="flag")
    yield made
    made.stop()


def _asks(house: House, name: str) -> bool:
    with house.app.database.read() as tx:
        return (
            incidents.exists(tx, IncidentId(name))
            and load_incident(tx, IncidentId(name)).open_ask is not None
        )


@pytest.fixture
def room(house: House, window: MakeWindow, deadline: Deadline) -> Page:
    """The room of the first incident, live, with a question in it."""
    deadline(lambda: _asks(house, "INC-1"), what="INC-1 asks", within=_LONG)
    page = window(house.url, house.guests[AccessRole.COMMANDER].cookie).page
    page.goto("/incidents/INC-1")
    expect(page.locator("#live .word")).to_have_text("Live")
    return page


def _in_no_time(page: Page) -> None:
    """From now on the page's clock stands: two keys are one after the other, however long we take to press the second."""
    page.clock.set_fixed_time(SystemClock().now())


@pytest.mark.parametrize(
    ("letter", "path"),
    [
        ("i", "/incidents"),
        ("r", "/runbooks"),
        ("d", "/drills"),
        ("o", "/oncall"),
        ("s", "/status"),
        ("c", "/checks"),
    ],
)
def test_g_and_a_letter_go_to_a_page(house: House, room: Page, letter: str, path: str) -> None:
    _in_no_time(room)
    room.keyboard.press("g")
    room.keyboard.press(letter)
    expect(room).to_have_url(f"{house.url}{path}")


@pytest.mark.parametrize(
    ("key", "heading"),
    [("a", "Put it back?"), ("x", "Put it back?"), ("e", "Escalate"), ("h", "Roles"), ("?", "Keys")],
)
def test_a_key_opens_its_sheet_and_escape_closes_it(house: House, room: Page, key: str, heading: str) -> None:
    room.keyboard.press(key)
    expect(room.locator("#sheet h1")).to_contain_text(heading)
    room.keyboard.press("Escape")
    expect(room.locator("#sheet")).not_to_be_visible()
    assert _asks(house, "INC-1"), "a key never answers"


@pytest.mark.parametrize(("key", "field"), [("t", "#note"), ("u", "#draft")])
def test_a_key_goes_to_its_field_and_escape_leaves_it(room: Page, key: str, field: str) -> None:
    room.keyboard.press(key)
    expect(room.locator(field)).to_be_focused()
    room.keyboard.press("a")  # in a field a letter is a letter
    expect(room.locator("#sheet")).not_to_be_visible()
    room.keyboard.press("Escape")
    expect(room.locator(field)).not_to_be_focused()


def test_c_declares_slash_filters_and_j_and_k_walk(house: House, room: Page) -> None:
    room.goto("/incidents")
    room.keyboard.press("c")
    expect(room.locator("#sheet h1")).to_contain_text("Declare an incident")
    room.keyboard.press("Escape")
    expect(room.locator("#sheet")).not_to_be_visible()
    room.keyboard.press("/")
    expect(room.locator("#filter")).to_be_focused()
    room.keyboard.press("Escape")
    room.keyboard.press("j")
    expect(room.locator(".incident").first).to_be_focused()
    room.keyboard.press("Enter")
    expect(room).to_have_url(f"{house.url}/incidents/INC-1")
    room.wait_for_load_state()  # the address is there before what listens to keys
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        room.keyboard.press(key)
        expect(room.locator(".step h3").nth(place)).to_be_focused()


def test_news_takes_the_place_from_nobody_who_walks(room: Page) -> None:
    steps = room.locator(".step h3")
    room.keyboard.press("j")
    expect(steps.nth(0)).to_be_focused()
    # Every new line of the stream begins with the whole page as it is now.
    room.evaluate(
        """() => new Promise(done => {
            document.addEventListener("tocsin:change", () => requestAnimationFrame(() => done()), { once: true });
            dispatchEvent(new Event("pagehide")); dispatchEvent(new Event("pageshow"));
        })"""
    )
    expect(steps.nth(0)).to_be_focused()
    room.keyboard.press("j")
    expect(steps.nth(1)).to_be_focused()


def test_ctrl_k_jumps_and_runs(house: House, room: Page) -> None:
    room.keyboard.press("Control+k")
    room.locator("#jump-q").fill("escalate inc-1")
    room.keyboard.press("Enter")
    expect(room.locator("#sheet h1")).to_contain_text("Escalate")


def test_a_key_with_a_modifier_or_switched_off_does_nothing(room: Page) -> None:
    room.keyboard.press("Alt+e")
    expect(room.locator("#sheet")).not_to_be_visible()
    room.keyboard.press("?")
    room.get_by_label("Single keys do something").uncheck()
    room.keyboard.press("Escape")
    room.keyboard.press("e")
    room.keyboard.press("m")
    expect(room.locator("#toasts p")).to_have_count(0)
    expect(room.locator("#sheet")).not_to_be_visible()
    # The palette has a modifier and stays.
    room.keyboard.press("Control+k")
    expect(room.locator("#palette")).to_be_visible()


def test_m_keeps_the_page_quiet_for_ten_minutes_and_says_that_paging_goes_on(
    house: House, room: Page, deadline: Deadline
) -> None:
    room.goto("/incidents")
    expect(room.locator("#live .word")).to_have_text("Live")
    heard = room.locator("html[data-heard]")
    room.evaluate(
        "document.addEventListener('tocsin:sound', () => { document.documentElement.dataset.heard = '1'; })"
    )
    house.alert(
        "the flag is gone", impact="Partial service outage", fingerprint="second", labels={"service": "b"}
    )
    expect(heard).to_have_count(1)
    # A word that is shown for five seconds may be gone before a busy machine has looked: the page writes it down.
    room.evaluate(
        """() => new MutationObserver(() => {
            const words = document.querySelector("#toasts").textContent;
            if (words) document.documentElement.dataset.said = words;
        }).observe(document.querySelector("#toasts"), { childList: true })"""
    )
    room.keyboard.press("m")
    expect(room.locator("html[data-said='Sound is off for 10 minutes. Paging goes on.']")).to_have_count(1)
    expect(room.get_by_text("Sound off", exact=True)).to_be_visible()
    room.evaluate("delete document.documentElement.dataset.heard")
    house.alert(
        "cache is full", impact="Partial service outage", fingerprint="third", labels={"service": "c"}
    )
    expect(room.locator("#list")).to_contain_text("cache is full")
    expect(heard).to_have_count(0)
    room.keyboard.press("m")
    expect(room.get_by_text("Sound off", exact=True)).not_to_be_visible()


def test_the_map_of_keys_is_the_one_that_is_tested() -> None:
    assert [keys for keys, _ in KEYS] == [
        "Ctrl K", "?", "g i r d o s c", "j k Enter", "/", "c", "a", "x", "u", "t", "e", "h", "m", "Esc",
    ]  # fmt: skip
