"""Waiting for what the engine makes of a word: as long as is said, and a pause of the whole process does not end it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.engine.words import Answer, wait_for_answer
from tocsin.kit import codec
from tocsin.kit.clock import SystemClock
from tocsin.store import signals
from tocsin.store.database import Database

LIMIT = timedelta(seconds=5)


class Stopping(SystemClock):
    """A clock of a process that is stopped for so long between any two looks at it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = 0.0

    def monotonic(self) -> float:
        self._at += self._seconds
        return self._at


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "t.db") as opened:
        yield opened


@pytest.fixture
def word(database: Database) -> int:
    with database.write() as tx:
        now = datetime(2026, 11, 22, 3, tzinfo=UTC)
        return signals.put(tx, "NoteAdded", "{}", now, actor="person:ana", incident=None, dedup=None)


def test_an_engine_that_was_stopped_with_us_is_waited_for(
    database: Database, word: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([None, None, codec.encode(Answer(True, None, None))])
    monkeypatch.setattr(signals, "answer", lambda tx, signal: next(looks))
    heard = wait_for_answer(database, word, Stopping(60.0), LIMIT)
    assert heard is not None
    assert heard.accepted


def test_an_engine_that_never_answers_is_left_at_the_limit(database: Database, word: int) -> None:
    assert wait_for_answer(database, word, Stopping(60.0), LIMIT) is None
    assert wait_for_answer(database, word, SystemClock(), timedelta()) is None
