"""Samples and states of checks."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from tocsin.detection.check import Sample, Verdict
from tocsin.kit.ids import CheckName
from tocsin.store import checks
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
API, WEB = CheckName("api-health"), CheckName("web")
OLD = NOW - timedelta(days=365)


def sample(
    second: int,
    verdict: Verdict = Verdict.UP,
    message: str = "HTTP 200",
    ms: int | None = 12,
    check: CheckName = API,
) -> Sample:
    took = None if ms is None else timedelta(milliseconds=ms)
    return Sample(check, NOW + timedelta(seconds=second), verdict, took, message)


def record(database: Database, *taken: Sample) -> None:
    with database.write() as tx:
        checks.record(tx, taken, {})


def messages(database: Database, check: CheckName = API) -> list[str | None]:
    with database.read() as tx:
        return [kept.message for kept in checks.history(tx, check, OLD)]


def test_samples_come_back_in_order_to_the_millisecond(database: Database) -> None:
    record(database, sample(0), sample(2, Verdict.UNKNOWN, "late", None), sample(1, check=WEB))
    with database.read() as tx:
        assert checks.history(tx, API, OLD) == (
            checks.KeptSample(API, NOW, Verdict.UP, timedelta(milliseconds=12), "HTTP 200"),
            checks.KeptSample(API, NOW + timedelta(seconds=2), Verdict.UNKNOWN, None, "late"),
        )
        assert checks.history(tx, CheckName("nobody"), OLD) == ()


def test_history_is_the_last_so_many_since_a_time(database: Database) -> None:
    record(database, *(sample(second) for second in range(10)))
    with database.read() as tx:
        last = checks.history(tx, API, OLD, limit=3)
        since = checks.history(tx, API, NOW + timedelta(seconds=8))
    assert [kept.at.second for kept in last] == [7, 8, 9]
    assert [kept.at.second for kept in since] == [8, 9]


def test_a_message_is_kept_where_it_says_something_new(database: Database) -> None:
    record(database, sample(0, message="200 in 12 ms"), sample(1, message="200 in 13 ms"))
    record(database, sample(2, message="200 in 14 ms"), sample(3, Verdict.DOWN, "HTTP 502"))
    record(database, sample(4, Verdict.DOWN, "HTTP 502"), sample(5, Verdict.DOWN, "refused"), sample(6))
    assert messages(database) == ["200 in 12 ms", None, None, "HTTP 502", None, "refused", "HTTP 200"]


def test_states_are_replaced_one_by_one(database: Database) -> None:
    with database.write() as tx:
        checks.record(tx, [], {API: '{"state":"up"}', WEB: '{"state":"down"}'})
    with database.write() as tx:
        checks.record(tx, [sample(0)], {API: '{"state":"down"}'})
    with database.read() as tx:
        assert checks.states(tx) == {API: '{"state":"down"}', WEB: '{"state":"down"}'}


def test_a_check_without_a_state_is_not_listed(database: Database) -> None:
    record(database, sample(0))
    with database.read() as tx:
        assert checks.states(tx) == {}


def test_a_second_sample_of_the_same_millisecond_is_not_kept(database: Database) -> None:
    record(database, sample(0), sample(0))
    record(database, sample(0, Verdict.DOWN, "HTTP 502"))
    with database.read() as tx:
        assert [kept.verdict for kept in checks.history(tx, API, OLD)] == [Verdict.UP]


def test_old_samples_can_be_forgotten(database: Database) -> None:
    record(database, *(sample(second) for second in range(10)))
    with database.write() as tx:
        assert checks.prune(tx, NOW + timedelta(seconds=7)) == 7
    with database.read() as tx:
        assert len(checks.history(tx, API, OLD)) == 3


def test_samples_are_clustered_by_their_key_on_sqlite(database: Database) -> None:
    if database.dialect != "sqlite":
        return
    with database.read() as tx:
        (made,) = tx.execute(text("SELECT sql FROM sqlite_master WHERE name = 'samples'")).one()
    assert "WITHOUT ROWID" in made
