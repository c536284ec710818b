"""What an open page is told: everything that happened after it was made, once, also after the line was lost."""

import asyncio
import json
import threading
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from tests.conftest import Deadline
from tests.web.house import Guest, House

from tocsin.errors import StoreError
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import log
from tocsin.store.database import Database
from tocsin.store.tx import Tx
from tocsin.web.pages import live

_LONG = timedelta(seconds=60)


class Listener:
    """A page that listens, as a browser does."""

    def __init__(self, guest: Guest, path: str, last: int | None = None) -> None:
        self.messages: list[tuple[str, str, str]] = []
        self.status = 0
        self._headers = {"last-event-id": str(last)} if last is not None else {}
        self._client = httpx2.Client(
            base_url=guest.http.base_url, cookies={"tocsin_session": guest.cookie}, timeout=60
        )
        self._path = path
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            with self._client.stream("GET", self._path, headers=self._headers) as answer:
                self.status = answer.status_code
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif fields:
                        self.messages.append(
                            (fields.get("event", ""), fields.get("id", ""), fields.get("data", ""))
                        )
                        fields = {}
        except (httpx2.HTTPError, OSError):
            pass  # the line was cut; what was heard until then counts
        finally:
            self.ended.set()

    def changes(self) -> list[dict[str, object]]:
        """What it was told of changes."""
        return [json.loads(data) for event, _, data in self.messages if event == "change"]

    def rows(self) -> list[str]:
        """The lines of the timeline it has got, in order."""
        return [row for change in self.changes() for row in change["rows"]]  # type: ignore[attr-defined]  # a list

    def close(self) -> None:
        self._client.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    made.alert("the flag is gone", impact="Partial service outage")
    yield made
    made.stop()


@pytest.fixture
def quiet(house: House, deadline: Deadline) -> int:
    """Where the incident stands once nothing more happens by itself."""
    return deadline(lambda: _asked(house), what="the incident waits for a person", within=_LONG)


def _asked(house: House) -> int:
    text = house.guests[AccessRole.VIEWER].get("/incidents/INC-1").text
    return _position(house) if "Needs a decision" in text else 0


def _position(house: House) -> int:
    with house.app.database.read() as tx:
        return log.last_position(tx, IncidentId("INC-1"))


def test_a_page_hears_of_what_happens_and_of_nothing_twice(
    house: House, quiet: int, deadline: Deadline
) -> None:
    guest = house.guests[AccessRole.COMMANDER]
    page = Listener(guest, f"/incidents/INC-1/stream?after={quiet}")
    deadline(page.changes, what="it gets the regions", within=_LONG)
    assert page.messages[0][0] == "beat"
    guest.post("/incidents/INC-1/do/note", text="the first word")
    guest.post("/incidents/INC-1/do/note", text="the second word")
    deadline(lambda: "the second word" in str(page.rows()), what="both words arrive", within=_LONG)
    rows = page.rows()
    assert sum("the first word" in row for row in rows) == 1
    assert len(rows) == len(set(rows))
    page.close()


def test_a_page_that_was_cut_off_gets_all_it_missed(house: House, quiet: int, deadline: Deadline) -> None:
    guest = house.guests[AccessRole.COMMANDER]
    first = Listener(guest, f"/incidents/INC-1/stream?after={quiet}")
    guest.post("/incidents/INC-1/do/note", text="before the cut")
    deadline(lambda: "before the cut" in str(first.rows()), what="it is told before the cut", within=_LONG)
    last = max(int(number) for event, number, _ in first.messages if event == "change")
    first.close()
    guest.post("/incidents/INC-1/do/note", text="during the cut")
    again = Listener(guest, f"/incidents/INC-1/stream?after={quiet}", last)
    deadline(lambda: "during the cut" in str(again.rows()), what="it is told what it missed", within=_LONG)
    assert "before the cut" not in str(again.rows())
    again.close()


def test_the_id_of_a_message_is_a_place_in_the_log(house: House, quiet: int, deadline: Deadline) -> None:
    page = Listener(house.guests[AccessRole.VIEWER], "/incidents/INC-1/stream?after=0")
    deadline(page.changes, what="it gets the regions", within=_LONG)
    numbers = [int(number) for event, number, _ in page.messages if event == "change"]
    assert 0 < numbers[0] <= _position(house)
    page.close()


def test_every_page_gets_the_token_of_its_own_session_and_the_mark_of_none(
    house: House, quiet: int, deadline: Deadline
) -> None:
    guests = [house.guests[AccessRole.RESPONDER], house.guests[AccessRole.COMMANDER]]
    pages = [Listener(guest, "/incidents/INC-1/stream?after=0") for guest in guests]
    for page, guest, other in zip(pages, guests, reversed(guests), strict=True):
        deadline(page.changes, what="it gets the regions", within=_LONG)
        told = str(page.messages)
        assert guest.csrf in told
        assert other.csrf not in told
        assert "token-" not in told
        page.close()


def test_a_stream_needs_a_session_and_ends_with_it(
    house: House, quiet: int, deadline: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT", timedelta(milliseconds=50))
    assert house.nobody.get("/incidents/INC-1/stream").status_code == 401
    guest = Guest(house.url, house.session(AccessRole.VIEWER))
    page = Listener(guest, "/incidents/INC-1/stream?after=0")
    deadline(page.changes, what="it listens", within=_LONG)
    guest.post("/logout")
    deadline(page.ended.is_set, what="the stream ends with the session", within=_LONG)
    assert page.messages[-1][0] == "over"


def test_a_stream_of_nothing_ends(house: House) -> None:
    guest = house.guests[AccessRole.VIEWER]
    with guest.http.stream("GET", "/incidents/INC-999/stream") as answer:
        assert "change" not in "".join(answer.iter_text())


def test_a_door_that_closes_does_not_wait_for_open_pages(
    tmp_path_factory: pytest.TempPathFactory, deadline: Deadline
) -> None:
    house = House(tmp_path_factory.mktemp("closing"))
    page = Listener(house.guests[AccessRole.VIEWER], "/incidents/stream?after=0")
    deadline(page.changes, what="it listens", within=_LONG)
    house.stop()
    assert page.ended.wait(120)


def test_an_error_of_the_store_does_not_end_the_telling(
    house: House, quiet: int, deadline: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = house.guests[AccessRole.COMMANDER]
    page = Listener(guest, f"/incidents/INC-1/stream?after={quiet}")
    deadline(page.changes, what="it listens", within=_LONG)
    before, failed = Database.wait, threading.Event()

    def wait(self: Database, timeout: timedelta) -> bool:
        if threading.current_thread().name == "tocsin-live" and not failed.is_set():
            failed.set()
            raise StoreError("the disk is gone for a moment")
        return before(self, timeout)

    monkeypatch.setattr(Database, "wait", wait)
    assert failed.wait(120)
    guest.post("/incidents/INC-1/do/note", text="after the trouble")
    deadline(lambda: "after the trouble" in str(page.rows()), what="it goes on being told", within=_LONG)
    page.close()


class _Ours:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed


def test_news_goes_before_what_is_only_measured(house: House, quiet: int, deadline: Deadline) -> None:
    clock, asked = _Ours(), list[str]()
    app = copy(house.app)
    app.clock = clock
    desk = live.Live(app)
    listening = threading.Event()
    guest = house.guests[AccessRole.COMMANDER]

    def source(inner: live.Live, tx: Tx, name: str, before: live.Snapshot | None) -> live.Snapshot:
        if listening.is_set():
            asked.append(name)
            if name.startswith("slow"):
                clock.passed += 0.05  # longer than what is measured may take at once
            if len(asked) == 3:
                position = _position(house)
                guest.post("/incidents/INC-1/do/note", text="in the middle of it")
                deadline(lambda: _position(house) > position, what="the log has it", within=_LONG)
        return live.Snapshot(len(asked), {})

    async def listen() -> None:
        names = [*(f"slow INC-90{number}" for number in range(9)), "room INC-1"]
        streams = [desk.stream(source, name, 0, "", lambda: True) for name in names]
        for stream in streams:
            await anext(stream)
        listening.set()
        clock.passed += 60.0  # all of it is due, and the room too
        await asyncio.to_thread(
            deadline, lambda: set(names) <= set(asked), what="all were asked", within=_LONG
        )
        desk.close()
        for stream in streams:
            await stream.aclose()

    asyncio.run(listen())
    assert asked[3] == "room INC-1", asked
