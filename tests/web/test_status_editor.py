"""The status page from inside: what the public sees, whether its files are fresh, and the next word, previewed first."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline
from tests.web import house as building
from tests.web.house import House
from tests.web.test_pages import HOSTILE

from tocsin.engine.history import load
from tocsin.engine.status.files import Places
from tocsin.incident.incident import Incident
from tocsin.incident.said import PUBLIC
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents
from tocsin.web.pages import status_page

_LONG = timedelta(seconds=60)
STATUS = """
[[checks]]
name = "door"
kind = "tcp"
host = "127.0.0.1"
port = 1
every = "1 h"
[status]
url = "https://status.example.org"
[[status.components]]
name = "Checkout"
checks = ["door"]
about = "Paying"
"""


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "SETTINGS", building.SETTINGS + STATUS)
        made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


@pytest.fixture
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("plain"))
    yield made
    made.stop()


def _incident(house: House) -> Incident | None:
    with house.app.database.read() as tx:
        return load(tx, IncidentId("INC-1")) if incidents.exists(tx, IncidentId("INC-1")) else None


def _declared(house: House, deadline: Deadline) -> None:
    house.alert(f"the flag is gone {HOSTILE}", impact="Partial service outage")
    deadline(lambda: _incident(house) is not None, what="it is declared", within=_LONG)


def test_without_a_page_it_says_how_to_have_one(plain: House) -> None:
    page = plain.guests[AccessRole.VIEWER].get("/status").text
    assert "There is no public page yet" in page
    assert "No incident is open" in page


def test_components_and_the_link_to_the_page_are_shown(house: House, deadline: Deadline) -> None:
    status = house.app.settings.status
    assert status is not None
    index = status.places.public / "index.html"
    deadline(index.exists, what="the files are written", within=_LONG)
    page = house.guests[AccessRole.VIEWER].get("/status").text
    assert 'href="https://status.example.org/"' in page
    assert "Checkout" in page
    assert page.count('class="no-data"') + page.count('class="fine"') + page.count('class="outage"') >= 89
    assert "The public files are of" in page


def test_files_that_are_old_or_missing_are_said_to_be(house: House, tmp_path: Path) -> None:
    status = house.app.settings.status
    assert status is not None
    elsewhere = replace(status, places=Places(tmp_path, tmp_path / "internal.json"))
    assert status_page.files(elsewhere, house.now).written_at is None
    index = tmp_path / "index.html"
    index.write_text("x", encoding="utf-8")
    assert not status_page.files(elsewhere, house.now).stale
    old = (house.now - timedelta(days=2)).timestamp()
    os.utime(index, (old, old))
    assert status_page.files(elsewhere, house.now).stale


def test_a_preview_keeps_nothing_and_shows_what_the_page_will(house: House, deadline: Deadline) -> None:
    _declared(house, deadline)
    before = _incident(house)
    assert before is not None
    text = f"Incident: Checkout fails\n\n**Cards** are not charged.\n\n{HOSTILE}\n\n![x](https://evil.example/pixel)"
    shown = house.guests[AccessRole.RESPONDER].post("/status/preview", incident="INC-1", text=text)
    assert shown.status_code == 200
    assert "<strong>Cards</strong>" in shown.text
    assert not re.search(
        r"<script>alert|<img src|49 javascript|<img", shown.text.replace('<img src="/static/', "")
    )
    after = _incident(house)
    assert after is not None
    assert len(after.said.updates) >= len(before.said.updates)
    assert not any("Cards" in each.drafted.text for each in after.said.updates.values())


def test_a_kept_word_waits_on_the_page_that_sends_exactly_it(house: House, deadline: Deadline) -> None:
    _declared(house, deadline)
    guest = house.guests[AccessRole.COMMANDER]
    text = "Incident: Checkout fails\n\nCards are not charged."
    kept = guest.post("/status/draft", incident="INC-1", text=text)
    assert kept.status_code == 303
    where = kept.headers["location"]
    assert re.fullmatch(r"/incidents/INC-1/updates/INC-1\.u\d+", where)
    assert "Cards are not charged." in guest.get(where).text
    incident = _incident(house)
    assert incident is not None
    update = incident.said.updates[where.rpartition("/")[2]]
    assert (update.drafted.audience, update.drafted.text, update.drafted.by) == (PUBLIC, text, "ana")
    assert update.sent is None


@pytest.mark.parametrize(
    "fields",
    [
        {"incident": "INC-1", "text": ""},
        {"incident": "INC-999", "text": "x"},
        {"incident": "../etc", "text": "x"},
        {"incident": "INC-1", "text": "x" * 4_001},
        {"text": "x"},
    ],
    ids=lambda each: str(each)[:40],
)
def test_what_makes_no_sense_is_refused(plain: House, fields: dict[str, str]) -> None:
    for path in ("/status/preview", "/status/draft"):
        assert plain.guests[AccessRole.RESPONDER].post(path, **fields).status_code in (400, 404)
        assert plain.guests[AccessRole.VIEWER].post(path, **fields).status_code == 403
