"""The dry run on the sheet: it is waited for without a key, its answer comes by itself, and the yes follows it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.axe import violations
from tests.browser.conftest import DESK, PATIENCE_MS, PHONE, Window
from tests.conftest import Deadline
from tests.web import house as building
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents

_LONG = timedelta(seconds=120)
MakeWindow = Callable[..., Window]

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Gated:
    """A shop whose git does not answer before the gate is opened."""

    house: House
    gate: int

    def open(self) -> None:
        """Let git answer, as often as it asks."""
        os.write(self.gate, b"x" * 64)

    def asks(self) -> bool:
        with self.house.app.database.read() as tx:
            name = IncidentId("INC-1")
            return incidents.exists(tx, name) and load_incident(tx, name).open_ask is not None

    def staged(self) -> str:
        shop = str(self.house.folder / "shop")
        told = subprocess.run(
            ("git", "-C", shop, "-c", "core.fsmonitor=false", "ls-files"),
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[Gated]:
    settings = building.SETTINGS.replace("[response]", '[response]\nstep_timeout = "10 min"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "RUNBOOK", building.RUNBOOK.replace("mkdir flags/on", "git add flags"))
        patch.setattr(building, "SETTINGS", settings)
        house = House(tmp_path / "house")
    shop, fifo, hook = house.folder / "shop", tmp_path / "gate", tmp_path / "hook"
    os.mkfifo(fifo)
    gate = os.open(fifo, os.O_RDWR)
    hook.write_text(f"#!/bin/sh\nhead -c 1 {fifo} >/dev/null\nexit 1\n")
    hook.chmod(0o755)
    subprocess.run(("git", "init", "-q", str(shop)), check=True)
    subprocess.run(("git", "-C", str(shop), "config", "core.fsmonitor", str(hook)), check=True)
    (shop / "flags/checkout").write_text("on")
    house.alert("the flag is gone", impact="Partial service outage")
    found = Gated(house, gate)
    yield found
    found.open()
    house.stop()
    os.close(gate)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_yes_waits_for_the_dry_run_whose_answer_comes_by_itself(
    gated: Gated, window: MakeWindow, deadline: Deadline, size: tuple[int, int]
) -> None:
    deadline(gated.asks, what="it asks for a yes", within=_LONG)
    page = window(gated.house.url, gated.house.guests[AccessRole.COMMANDER].cookie, size=size).page
    page.goto("/incidents/INC-1")
    expect(page.locator("#live .word")).to_have_text("Live")
    page.locator("[data-decision],.phone-tabs .go").locator("visible=true").first.click()
    sheet = page.locator("#sheet")
    # A minute after it began the yes waits no longer; on a busy machine that may have passed.
    expect(sheet.locator("#dry")).to_contain_text(re.compile("Running for|has not answered"))
    assert violations(page, "the sheet while it runs") == []
    assert gated.staged() == ""
    gated.open()
    expect(sheet.locator("#dry")).to_contain_text("It answered; nothing was changed.")
    expect(sheet.locator("#dry")).to_contain_text("add 'flags/checkout'")
    expect(sheet.get_by_role("link", name="Not now")).to_be_focused()
    approve = sheet.get_by_role("button", name="Approve and run")
    expect(approve).to_be_enabled()
    assert violations(page, "the sheet with its answer") == []
    assert gated.staged() == ""
    approve.click()
    deadline(lambda: gated.staged() == "flags/checkout\n", what="it ran", within=_LONG)


def test_without_a_script_the_page_says_it_runs_and_offers_to_look_again(
    gated: Gated, window: MakeWindow, deadline: Deadline
) -> None:
    deadline(gated.asks, what="it asks for a yes", within=_LONG)
    page = window(
        gated.house.url, gated.house.guests[AccessRole.COMMANDER].cookie, size=PHONE, scripts=False
    ).page
    page.goto("/incidents/INC-1/asks/INC-1.a1")
    expect(page.locator("#dry")).to_contain_text(re.compile("Running for|has not answered"))
    gated.open()
    guest = gated.house.guests[AccessRole.COMMANDER]
    path = "/incidents/INC-1/asks/INC-1.a1"
    deadline(lambda: "It answered" in guest.get(path).text, what="it has answered", within=_LONG)
    page.goto(path)
    expect(page.locator("#dry")).to_contain_text("It answered; nothing was changed.")
    page.get_by_role("button", name="Approve and run").click()
    deadline(lambda: gated.staged() == "flags/checkout\n", what="it ran", within=_LONG)


def test_a_phone_says_how_old_it_is_when_nobody_answers(gated: Gated, window: MakeWindow) -> None:
    gated.open()
    made = window(gated.house.url, gated.house.guests[AccessRole.COMMANDER].cookie, size=(360, 740))
    page = made.page
    page.clock.install()
    page.goto("/incidents")
    expect(page.locator("#live .word")).to_have_text("Live")
    made.bears = "ERR_INTERNET_DISCONNECTED"  # for as long as the window is open it tries again
    made.context.set_offline(True)
    page.clock.run_for(30_000)
    word = page.locator("#live .word")
    expect(word).to_contain_text(re.compile(r"Not live, data \d+:\d\d old"))
    box = page.locator("#live").bounding_box()
    assert box is not None
    assert box["width"] >= 350
    assert word.evaluate(
        "each => each.scrollWidth <= each.clientWidth + 1 || getComputedStyle(each).overflow === 'visible'"
    )
