"""Planned work on its page: announced, moved and called off by whoever may, as the public page then shows it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.web import house as building
from tests.web.house import Guest, House
from tests.web.test_pages import HOSTILE
from tests.web.test_status_editor import STATUS

from tocsin.oncall.person import AccessRole
from tocsin.store import status as store
from tocsin.store.status import Work


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "SETTINGS", building.SETTINGS + STATUS)
        made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()


def works(house: House) -> list[Work]:
    with house.app.database.read() as tx:
        return list(store.works(tx, datetime(2000, 1, 1, tzinfo=UTC)))


def local(house: House, hours: float) -> str:
    at = house.now.astimezone(UTC) + timedelta(hours=hours)
    return at.replace(second=0, microsecond=0, tzinfo=None).isoformat(timespec="minutes")


def announce(house: House, guest: Guest, **more: str) -> int:
    fields = {
        "name": "New disks",
        "start": local(house, 24),
        "end": local(house, 26),
        "component.1": "Checkout",
        **more,
    }
    return guest.post("/status/work", **fields).status_code


def test_announced_work_stands_on_the_page_and_in_the_store_in_utc(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    start = local(house, 24)  # asked once: the next minute may begin at any time
    assert announce(house, guest, start=start, text="Checkout is away for **two hours**.") == 303
    (made,) = works(house)
    assert (made.name, made.components, made.by) == ("New disks", ("Checkout",), "bo")
    assert made.starts_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes") == start
    text = guest.get("/status/work").text
    assert "New disks" in text
    assert "New disks" in guest.get("/status").text


def test_a_viewer_reads_and_announces_nothing(house: House) -> None:
    announce(house, house.guests[AccessRole.RESPONDER])
    guest = house.guests[AccessRole.VIEWER]
    number = works(house)[0].id
    assert "New disks" in guest.get("/status/work").text
    assert announce(house, guest, name="Mine") == 403
    assert guest.get(f"/status/work/{number}").status_code == 403
    assert guest.post(f"/status/work/{number}/move", name="Mine").status_code == 403
    assert guest.post("/do/end_work", **{"path.work": str(number)}).status_code == 403
    assert [each.over_at for each in works(house)] == [None]


def test_moved_work_is_announced_anew_and_called_off_as_it_was(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    announce(house, guest, text="Two hours.")
    number = works(house)[0].id
    form = guest.get(f"/status/work/{number}").text
    assert 'value="New disks"' in form
    assert "Two hours.</textarea>" in form
    assert 'value="Checkout" checked' in form
    fields = {
        "name": "New disks",
        "start": local(house, 48),
        "end": local(house, 50),
        "component.1": "Checkout",
    }
    assert guest.post(f"/status/work/{number}/move", **fields).status_code == 303
    old, new = works(house)
    assert (old.id, old.over_at is not None) == (number, True)
    assert new.over_at is None
    assert new.starts_at - old.starts_at >= timedelta(hours=23)
    assert guest.get(f"/status/work/{number}").status_code == 404


def test_a_move_that_is_refused_leaves_the_work_as_it_was_and_what_was_typed(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    announce(house, guest)
    number = works(house)[0].id
    answer = guest.post(
        f"/status/work/{number}/move", name="Other disks", start=local(house, 5), end=local(house, 4)
    )
    assert answer.status_code == 400
    assert "ends after it begins" in answer.text
    assert 'value="Other disks"' in answer.text
    assert [(each.name, each.over_at) for each in works(house)] == [("New disks", None)]


def test_work_is_called_off_by_a_form(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    announce(house, guest)
    assert (
        guest.post("/do/end_work", next="/status/work", **{"path.work": str(works(house)[0].id)}).status_code
        == 303
    )
    assert works(house)[0].over_at is not None
    text = guest.get("/status/work").text
    assert "No work is announced." in text
    assert "called off" in text


@pytest.mark.parametrize(
    "wrong",
    [{"start": "tomorrow"}, {"end": ""}, {"name": " "}, {"component.1": "Elsewhere"}, {"name": "x" * 10_000}],
    ids=str,
)
def test_what_makes_no_sense_is_refused_and_announces_nothing(house: House, wrong: dict[str, str]) -> None:
    assert announce(house, house.guests[AccessRole.RESPONDER], **wrong) in (400, 404)
    assert works(house) == []


def test_no_text_of_others_becomes_markup(house: House) -> None:
    guest = house.guests[AccessRole.RESPONDER]
    announce(house, guest, name=HOSTILE, text=HOSTILE)
    for path in ("/status/work", f"/status/work/{works(house)[0].id}", "/status"):
        text = guest.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_without_a_status_page_there_is_nothing_to_announce(tmp_path_factory: pytest.TempPathFactory) -> None:
    plain = House(tmp_path_factory.mktemp("plain"))
    try:
        guest = plain.guests[AccessRole.RESPONDER]
        assert "There is no public page yet" in guest.get("/status/work").text
        assert announce(plain, guest) == 409
    finally:
        plain.stop()
