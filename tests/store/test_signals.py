"""The inbox: stored before anybody is answered, decided in order, once."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.errors import NotFound
from tocsin.kit.ids import IncidentId
from tocsin.store import signals
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)


def put(database: Database, body: str = "{}", dedup: str | None = None, incident: str | None = None) -> int:
    with database.write() as tx:
        return signals.put(
            tx, "alert", body, NOW, actor="check:api-health", dedup=dedup,
            incident=None if incident is None else IncidentId(incident),
        )  # fmt: skip


def waiting(database: Database, limit: int = 100) -> list[int]:
    with database.read() as tx:
        return [signal.id for signal in signals.next_unhandled(tx, limit)]


def test_signals_wait_in_the_order_they_came(database: Database) -> None:
    first, second, third = (put(database, f'{{"n":{n}}}') for n in range(3))
    assert waiting(database) == [first, second, third]
    assert waiting(database, limit=2) == [first, second]
    with database.read() as tx:
        assert signals.waiting(tx) == 3


def test_a_signal_comes_back_as_it_was_put(database: Database) -> None:
    number = put(database, '{"t":"“ü” 🚨"}', incident="INC-4")
    with database.read() as tx:
        assert signals.next_unhandled(tx) == (
            signals.Signal(number, "alert", '{"t":"“ü” 🚨"}', NOW, "check:api-health", IncidentId("INC-4")),
        )


def test_the_same_thing_said_twice_is_one_signal(database: Database) -> None:
    first = put(database, dedup="sentry:1")
    assert put(database, dedup="sentry:1") == first
    assert put(database, dedup="sentry:2") != first
    with database.read() as tx:
        assert signals.known(tx, "sentry:1") == first
        assert signals.known(tx, "sentry:3") is None
    assert len(waiting(database)) == 2


def test_the_same_thing_said_again_after_it_was_decided_is_not_new(database: Database) -> None:
    first = put(database, dedup="sentry:1")
    with database.write() as tx:
        signals.handled(tx, first, '{"incident":"INC-1"}', NOW)
    assert put(database, dedup="sentry:1") == first
    assert waiting(database) == []


def test_an_answer_is_there_once_the_signal_was_decided(database: Database) -> None:
    number = put(database)
    with database.read() as tx:
        assert signals.answer(tx, number) is None
    with database.write() as tx:
        signals.handled(tx, number, '{"ok":true}', NOW + timedelta(seconds=1))
    with database.read() as tx:
        assert signals.answer(tx, number) == '{"ok":true}'
        assert signals.waiting(tx) == 0


def test_the_first_answer_stays(database: Database) -> None:
    number = put(database)
    with database.write() as tx:
        signals.handled(tx, number, '"first"', NOW)
        signals.handled(tx, number, '"second"', NOW)
        assert signals.answer(tx, number) == '"first"'


def test_an_unknown_signal_is_said_to_be_unknown(database: Database) -> None:
    with database.write() as tx, pytest.raises(NotFound, match="There is no signal 99"):
        signals.handled(tx, 99, "{}", NOW)
    with database.read() as tx, pytest.raises(NotFound, match="There is no signal 99"):
        signals.answer(tx, 99)


def test_a_signal_of_an_abandoned_transaction_was_never_put(database: Database) -> None:
    def abandoned() -> None:
        with database.write() as tx:
            signals.put(tx, "alert", "{}", NOW, actor="x", incident=None, dedup="k")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        abandoned()
    assert waiting(database) == []
    assert put(database, dedup="k") in waiting(database)
