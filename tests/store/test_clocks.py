"""Clocks are rows: a restart moves none of them, and each passes once."""

from datetime import UTC, datetime, timedelta

from tocsin.kit.ids import IncidentId
from tocsin.store import clocks
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
A, B = IncidentId("INC-1"), IncidentId("INC-2")


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


def start(database: Database, name: str, due: int, incident: IncidentId = A, key: str | None = None) -> None:
    with database.write() as tx:
        clocks.start(tx, incident, name, NOW, minutes(due), key or f"{incident}:{name}:{due}")


def due(database: Database, at: int) -> list[str]:
    with database.read() as tx:
        return [clock.name for clock in clocks.due(tx, minutes(at))]


def test_a_clock_is_due_at_its_time_and_not_before(database: Database) -> None:
    start(database, "ack", 15)
    assert due(database, 14) == []
    assert due(database, 15) == ["ack"]


def test_the_longest_overdue_clock_comes_first(database: Database) -> None:
    start(database, "update", 30)
    start(database, "ack", 15)
    assert due(database, 60) == ["ack", "update"]
    with database.read() as tx:
        assert clocks.next_due(tx) == minutes(15)


def test_a_clock_passes_once(database: Database) -> None:
    start(database, "ack", 15)
    with database.write() as tx:
        (clock,) = clocks.due(tx, minutes(20))
        assert clocks.fired(tx, clock.id, minutes(20))
        assert not clocks.fired(tx, clock.id, minutes(21))
    assert due(database, 60) == []
    with database.read() as tx:
        assert clocks.next_due(tx) is None


def test_a_stopped_clock_never_passes_and_says_why(database: Database) -> None:
    start(database, "ack", 15)
    with database.write() as tx:
        (clock,) = clocks.due(tx, minutes(20))
        assert clocks.stop(tx, A, "ack", "acknowledged by ana", minutes(3)) == 1
        assert not clocks.fired(tx, clock.id, minutes(20))
        assert clocks.stop(tx, A, "ack", "again", minutes(4)) == 0
    with database.read() as tx:
        (stopped,) = clocks.of_incident(tx, A)
    assert (stopped.stopped_by, stopped.stopped_at, stopped.fired_at) == (
        "acknowledged by ana",
        minutes(3),
        None,
    )


def test_resolving_stops_every_clock_of_that_incident_only(database: Database) -> None:
    start(database, "ack", 15)
    start(database, "update", 30)
    start(database, "ack", 15, incident=B)
    with database.write() as tx:
        assert clocks.stop_all(tx, A, "resolved", minutes(5)) == 2
        assert [clock.incident for clock in clocks.due(tx, minutes(60))] == [B]


def test_starting_the_same_clock_twice_is_one_clock(database: Database) -> None:
    start(database, "ack", 15, key="INC-1:4")
    start(database, "ack", 45, key="INC-1:4")
    assert due(database, 15) == ["ack"]


def test_a_clock_started_anew_replaces_the_running_one(database: Database) -> None:
    start(database, "update", 30)
    start(database, "update", 60)
    with database.read() as tx:
        (clock,) = clocks.due(tx, minutes(90))
        old, new = clocks.of_incident(tx, A)
    assert clock == new
    assert old.stopped_by == "started anew"


def test_a_restart_moves_no_clock(address: str) -> None:
    with Database.open(address) as before:
        start(before, "ack", 15)
        with before.read() as tx:
            kept = clocks.of_incident(tx, A)
    with Database.open(address) as after, after.read() as tx:
        assert clocks.of_incident(tx, A) == kept
        assert clocks.due(tx, minutes(600)) == kept


def test_at_most_so_many_are_handed_out(database: Database) -> None:
    for number in range(5):
        start(database, f"c{number}", number)
    with database.read() as tx:
        assert [clock.name for clock in clocks.due(tx, minutes(60), limit=2)] == ["c0", "c1"]
