"""What is kept before anybody is told so: turns between keys, one flush for many, the spool, and in which order all of it ends."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.engine.foreign.admission import MAY_WAIT, Admission, Entry, Kept
from tocsin.engine.foreign.spool import Spool
from tocsin.errors import StoreError
from tocsin.kit.clock import SystemClock
from tocsin.store import requests
from tocsin.store.database import Database
from tocsin.store.requests import NewRequest, State
from tocsin.store.tx import Tx

PATIENCE = timedelta(seconds=90)
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def request(key: str, integration: str = "am") -> NewRequest:
    return NewRequest(
        key, integration, "alertmanager", "POST", "/", {}, b"{}", "127.0.0.1", NOW, State.PENDING, 200, 1
    )


class Gate:
    """A database whose writes wait, or fail, until they are let through."""

    def __init__(self, real: Database) -> None:
        self._real = real
        self.open = threading.Event()
        self.open.set()
        self.failing = False
        self.defect: Exception | None = None
        self.waiting = threading.Event()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        if self.failing:
            raise StoreError("away")
        if self.defect is not None:
            raise self.defect
        self.waiting.set()
        self.open.wait(600)
        with self._real.write() as tx:
            yield tx

    def stored(self) -> list[str]:
        with self._real.read() as tx:
            return [each.request.key for each in reversed(requests.listing(tx, 10_000))]


class Hand(SystemClock):
    """A clock whose time passes by hand: a slow disk is no stall unless a test says so."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed


class Sent:
    """Hears what became of each request, in that order."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.heard: list[tuple[str, Kept | None]] = []

    def __call__(self, entries: Sequence[Entry]) -> None:
        self.heard += [(entry.new.key, entry.kept) for entry in entries]

    def send(self, key: str, bucket: str = "am", patient: bool = True) -> bool:
        return self._admission.submit(Entry(request(key), bucket, self), patient)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with Database.open(tmp_path / "tocsin.db") as database:
        yield Gate(database)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def admission(gate: Gate, clock: Hand, tmp_path: Path) -> Iterator[Admission]:
    made = Admission(gate, Spool(tmp_path / "spool"), clock)  # type: ignore[arg-type]  # what it uses of a Database
    made.start()
    yield made
    gate.failing = False
    gate.open.set()
    made.stop()


def test_whoever_is_told_yes_is_on_the_disk(gate: Gate, admission: Admission, deadline: Deadline) -> None:
    sent = Sent(admission)
    for number in range(50):
        assert sent.send(f"{number:03}")
    deadline(lambda: len(sent.heard) == 50, what="all are answered", within=PATIENCE)
    assert sent.heard == [(f"{number:03}", Kept.STORED) for number in range(50)]
    assert gate.stored() == [f"{number:03}" for number in range(50)]


def test_keys_take_turns_so_a_storm_of_one_delays_no_other(
    gate: Gate, admission: Admission, deadline: Deadline
) -> None:
    sent = Sent(admission)
    with admission._lock:  # nothing is taken while they line up
        for number in range(80):
            sent.send(f"storm{number:03}", "storm")
        sent.send("page", "quiet")
    deadline(lambda: len(sent.heard) == 81, what="all are answered", within=PATIENCE)
    order = gate.stored()
    assert order.index("page") <= 1
    assert [key for key in order if key != "page"] == [f"storm{number:03}" for number in range(80)]


def test_a_sender_that_repeats_by_itself_is_told_when_too_much_waits(
    gate: Gate, admission: Admission
) -> None:
    sent = Sent(admission)
    with admission._lock:
        taken = [sent.send(f"{number:03}", patient=False) for number in range(MAY_WAIT + 5)]
    assert taken == [True] * MAY_WAIT + [False] * 5


def test_a_database_that_is_away_costs_nobody_anything_and_the_order_stays(
    gate: Gate, admission: Admission, deadline: Deadline, tmp_path: Path
) -> None:
    sent = Sent(admission)
    gate.failing = True
    for number in range(20):
        sent.send(f"{number:03}")
    deadline(lambda: len(sent.heard) == 20, what="all are answered", within=PATIENCE)
    assert {kept for _, kept in sent.heard} == {Kept.SPOOLED}
    gate.failing = False
    for number in range(20, 40):
        sent.send(f"{number:03}")
    deadline(lambda: len(gate.stored()) == 40, what="all are stored", within=PATIENCE)
    assert gate.stored() == [f"{number:03}" for number in range(40)]
    deadline(lambda: admission.waiting == 0, what="nothing waits", within=PATIENCE)
    assert all(file.stat().st_size == 0 for file in (tmp_path / "spool").glob("*.spool"))


def test_a_defect_while_storing_costs_nobody_anything_and_ends_no_thread(
    gate: Gate, admission: Admission, deadline: Deadline, caplog: pytest.LogCaptureFixture
) -> None:
    sent = Sent(admission)
    gate.defect = RuntimeError("a defect of ours")
    for number in range(20):
        sent.send(f"{number:03}")
    deadline(lambda: len(sent.heard) == 20, what="all are answered", within=PATIENCE)
    assert {kept for _, kept in sent.heard} == {Kept.SPOOLED}
    assert any(
        "a defect of ours" in record.message for record in caplog.records if record.levelname == "CRITICAL"
    )
    gate.defect = None
    deadline(lambda: len(gate.stored()) == 20, what="all are stored", within=PATIENCE)
    assert gate.stored() == [f"{number:03}" for number in range(20)]


def test_a_database_that_hangs_is_not_waited_for(
    gate: Gate, admission: Admission, clock: Hand, deadline: Deadline
) -> None:
    sent = Sent(admission)
    gate.open.clear()
    sent.send("a")
    assert gate.waiting.wait(120)
    sent.send("b")
    clock.passed += 1
    deadline(lambda: len(sent.heard) == 2, what="both are answered while it hangs", within=PATIENCE)
    assert dict(sent.heard) == {"a": Kept.SPOOLED, "b": Kept.SPOOLED}
    gate.open.set()
    deadline(lambda: admission.waiting == 0, what="both are stored", within=PATIENCE)
    assert gate.stored() == ["a", "b"], "stored and spooled it is stored once"


def test_where_nothing_can_be_kept_nobody_is_told_yes(
    gate: Gate, admission: Admission, deadline: Deadline, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    gate.failing = True
    sent = Sent(admission)
    sent.send("a")
    deadline(lambda: sent.heard, what="it is answered", within=PATIENCE)
    assert sent.heard == [("a", Kept.LOST)]
    assert gate.stored() == []


def test_what_a_dead_process_spooled_is_taken_over_and_a_torn_record_was_never_promised(
    tmp_path: Path,
) -> None:
    first = Spool(tmp_path)
    first.append([request("a"), request("b")])
    (file,) = tmp_path.glob("*.spool")
    whole = file.read_bytes()
    again = Spool(tmp_path)
    assert again.adopt() == 0, "its owner lives"
    first._waiting.append(request("kept"))  # so that closing does not remove the file
    first.close()
    for cut in (1, 20, len(whole) // 2 - 1):
        file.write_bytes(whole + whole[:cut])
        taken = Spool(tmp_path)
        assert taken.adopt() == 2
        assert [each.key for each in taken.waiting(10)] == ["a", "b"]
        assert taken.waiting(10)[0] == request("a")
        taken._waiting.append(request("kept"))
        taken.close()
        for left in tmp_path.glob("*.spool"):
            left.unlink()
