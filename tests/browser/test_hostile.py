"""What others wrote is shown and never run: every text that an alert, a runbook, evidence, settings or a person can bring.

Looked at in a real browser on every page: a hostile text that became an element would be one here, and a script that ran
would say so. The policy of the pages is not leant on: a violation of it would mean that markup had already got through.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx2
import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PATIENCE_MS, Window
from tests.browser.test_axe import _addresses
from tests.conftest import Deadline
from tests.web import house as building
from tests.web.drilled import kept
from tests.web.drilling import Rehearsed
from tests.web.house import House

from tocsin.engine.history import load as load_incident
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents

_LONG = timedelta(seconds=120)
MakeWindow = Callable[..., Window]
EVIL = "<script>window.ran=1</script><img src=x onerror=window.ran=2><b class=evil>{{ 7*7 }}</b>\"'><a class=evil href=javascript:window.ran=3>x</a>"
# A name of a file has no slash, and the closing tags need one.
FILE = "<img class=evil src=x onerror=window.ran=4>"
SETTINGS_NAME = EVIL.replace('"', '\\"')
RUNBOOK = building.RUNBOOK.replace("### 2. Flag Missing", f"### 2. Flag Missing {EVIL}").replace(
    "# Put it back", f"# Put it back {EVIL}"
)
LINES = (
    "document.querySelectorAll('.evil,img[src=x],a[href^=javascript]').length + (window.ran || 0)"
    " + [...document.scripts].filter(each => !each.src).length"
)

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        named = building.SETTINGS.replace('name = "Ana"', f'name = "{SETTINGS_NAME}"')
        patch.setattr(building, "SETTINGS", f'[tocsin]\nname = "{SETTINGS_NAME}"\n{named}')
        patch.setattr(building, "RUNBOOK", RUNBOOK)
        made = House(tmp_path_factory.mktemp("house"))
    (made.folder / "shop/flags" / FILE).touch()  # what `ls flags` shows is evidence
    made.app.drilling = Rehearsed(EVIL, why_not=EVIL, hint=EVIL)
    kept(made.app.database, made.app.library.current, str(made.app.settings.runbook), made.now, hostile=EVIL,
         section=f"Flag Missing {EVIL}")  # fmt: skip
    change = {"title": EVIL, "source": EVIL[:60], "who": EVIL[:60]}
    httpx2.post(f"{made.url}/api/v1/changes", json=change, timeout=60)
    made.alert(
        f"the flag is gone {EVIL}",
        impact="Partial service outage",
        labels={EVIL: EVIL},
    )
    _speak(made)
    yield made
    made.stop()


def _asks(house: House) -> bool:
    with house.app.database.read() as tx:
        if not incidents.exists(tx, IncidentId("INC-1")):
            return False
        found = load_incident(tx, IncidentId("INC-1"))
    return found.open_ask is not None and not any(run.open for run in found.runs.values())


def _speak(house: House) -> None:
    """Everybody says something hostile, once the step that shows the file has run."""
    Deadline()(lambda: _asks(house), what="the incident asks", within=_LONG)
    ana = house.guests[AccessRole.COMMANDER]
    for operation, fields in (
        ("note", {"text": EVIL}), ("draft_update", {"audience": "team", "text": EVIL}),
        ("draft_update", {"audience": "public", "text": EVIL}), ("give_task", {"to": "bo", "what": EVIL}),
        ("name_cause", {"cause": EVIL}), ("set_severity", {"severity": "P0", "reason": EVIL}),
    ):  # fmt: skip
        assert ana.post(f"/incidents/INC-1/do/{operation}", **fields).status_code == 303
    absence = {
        "kind": "absence",
        "person": "bo",
        "start": "2099-01-01T00:00",
        "end": "2099-01-02T00:00",
        "reason": EVIL,
    }
    ana.post("/oncall/amend", **absence)
    house.guests[AccessRole.ADMIN].post("/settings/tokens", label=EVIL[:100], scope="viewer", life="30")


def test_no_text_of_others_becomes_an_element_or_runs(house: House, window: MakeWindow) -> None:
    page = window(house.url, house.guests[AccessRole.ADMIN].cookie).page
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    broken = []
    for address in [
        *_addresses(),
        "/incidents?q=%3Cb+class%3Devil%3E",
        "/jump?q=%3Cb+class%3Devil%3E",
        "/drills/1",
    ]:
        page.goto(address)
        if page.evaluate(LINES):
            broken.append(address)
    assert broken == []
    assert alerts == []


def test_nor_does_what_arrives_while_a_page_is_open(house: House, window: MakeWindow) -> None:
    page: Page = window(house.url, house.guests[AccessRole.ADMIN].cookie).page
    page.goto("/incidents/INC-1")
    expect(page.locator("#live .word")).to_have_text("Live")
    expect(page.locator("#runbook")).to_contain_text(FILE)
    house.guests[AccessRole.RESPONDER].post("/incidents/INC-1/do/note", text=f"late {EVIL}")
    late = page.locator("#rows li", has_text="late <script>window.ran=1</script>")
    expect(late).to_have_count(1)  # not the first one: something else may have happened meanwhile
    assert page.evaluate(LINES) == 0
