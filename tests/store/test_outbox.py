"""Commands: asked for once, started before the act, ended by whoever started them."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.kit.ids import IncidentId
from tocsin.store import outbox
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
A, B = IncidentId("INC-1"), IncidentId("INC-2")


def row(
    key: str, *, kind: str = "Page", priority: int = 5, incident: IncidentId = A, not_before: datetime = NOW
) -> outbox.OutboxRow:
    return outbox.OutboxRow(key, incident, kind, f'{{"key":"{key}"}}', priority, not_before)


def put(database: Database, *rows: outbox.OutboxRow) -> tuple[int, ...]:
    with database.write() as tx:
        return outbox.put(tx, rows)


def claim(database: Database, now: datetime = NOW, **more: object) -> list[outbox.Claimed]:
    with database.write() as tx:
        return list(outbox.claim(tx, now, holder="node-1", **more))  # type: ignore[arg-type]  # kinds, limit


def keys(claimed: list[outbox.Claimed]) -> list[str]:
    return [command.key for command in claimed]


def test_what_is_due_can_be_asked_without_taking_it(database: Database) -> None:
    put(database, row("page", kind="Page"), row("later", kind="RunStep", not_before=LATER))
    with database.read() as tx:
        assert outbox.is_due(tx, "Page", NOW)
        assert not outbox.is_due(tx, "RunStep", NOW)
        assert outbox.is_due(tx, "RunStep", LATER)
        assert not outbox.is_due(tx, "Draft", LATER)
    assert keys(claim(database)) == ["page"]
    with database.read() as tx:
        assert not outbox.is_due(tx, "Page", NOW)


def test_the_most_urgent_goes_first_whatever_came_first(database: Database) -> None:
    put(database, row("look", kind="RunStep", priority=9), row("page", priority=1), row("page-2", priority=1))
    assert keys(claim(database)) == ["page", "page-2", "look"]


def test_a_claimed_command_is_handed_out_once(database: Database) -> None:
    put(database, row("a"), row("b"), row("c"))
    assert keys(claim(database, limit=2)) == ["a", "b"]
    assert keys(claim(database)) == ["c"]
    assert claim(database) == []


def test_a_claim_can_be_for_some_kinds_only(database: Database) -> None:
    put(database, row("look", kind="RunStep"), row("page"))
    assert keys(claim(database, kinds={"RunStep", "DraftPostmortem"})) == ["look"]
    assert claim(database, kinds=()) == []


def test_a_command_is_not_claimed_before_its_time(database: Database) -> None:
    put(database, row("later", not_before=LATER))
    with database.read() as tx:
        assert outbox.next_due(tx) == LATER
    assert claim(database) == []
    assert keys(claim(database, LATER)) == ["later"]


def test_the_same_key_is_one_command_for_ever(database: Database) -> None:
    (first,) = put(database, row("page:ana"))
    assert put(database, row("page:ana")) == ()
    claim(database)
    assert put(database, row("page:ana")) == ()
    with database.write() as tx:
        outbox.finish(tx, first, "done", NOW)
    assert put(database, row("page:ana")) == ()
    assert claim(database) == []


def test_the_intent_is_on_record_between_claim_and_result(database: Database) -> None:
    put(database, row("restart", kind="RunStep"))
    (claimed,) = claim(database)
    with database.read() as tx:
        assert outbox.started(tx) == (claimed,)
    assert (claimed.holder, claimed.attempts, claimed.started_at) == ("node-1", 1, NOW)
    with database.write() as tx:
        outbox.finish(tx, claimed.id, '"done"', NOW)
    with database.read() as tx:
        assert outbox.started(tx) == ()


def test_a_claim_that_was_not_committed_has_started_nothing(database: Database) -> None:
    put(database, row("restart"))

    def abandoned() -> None:
        with database.write() as tx:
            outbox.claim(tx, NOW, holder="node-1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        abandoned()
    with database.read() as tx:
        assert outbox.started(tx) == ()
    assert keys(claim(database)) == ["restart"]


def test_a_second_ending_is_refused(database: Database) -> None:
    put(database, row("restart"))
    (claimed,) = claim(database)
    with database.write() as tx:
        outbox.finish(tx, claimed.id, "in doubt", NOW)
    with pytest.raises(outbox.Conflict), database.write() as tx:
        outbox.finish(tx, claimed.id, "done", NOW)
    with pytest.raises(outbox.Conflict), database.write() as tx:
        outbox.retry(tx, claimed.id, LATER, "timeout")


def test_a_queued_command_cannot_be_finished(database: Database) -> None:
    (number,) = put(database, row("restart"))
    with pytest.raises(outbox.Conflict), database.write() as tx:
        outbox.finish(tx, number, "done", NOW)


def test_a_failed_page_waits_and_is_tried_again_with_its_reason(database: Database) -> None:
    put(database, row("page"))
    (first,) = claim(database)
    with database.write() as tx:
        outbox.retry(tx, first.id, LATER, "HTTP 503")
    assert claim(database) == []
    (second,) = claim(database, LATER)
    assert (second.id, second.attempts, second.error) == (first.id, 2, "HTTP 503")


def test_cancelling_forgets_what_is_queued_of_one_incident(database: Database) -> None:
    put(database, row("a1"), row("a2"), row("a3", kind="RunStep"), row("b1", incident=B))
    claim(database, limit=1)
    with database.write() as tx:
        assert outbox.cancel(tx, A, {"Page"}) == ("a2",)
    assert keys(claim(database)) == ["a3", "b1"]


def test_cancelling_without_kinds_forgets_all_kinds_and_what_waits_to_be_retried(database: Database) -> None:
    put(database, row("a1"), row("a2", kind="RunStep"))
    (first,) = claim(database, limit=1)
    with database.write() as tx:
        outbox.retry(tx, first.id, LATER, "HTTP 503")
        assert outbox.cancel(tx, A) == ("a1", "a2")
        assert outbox.cancel(tx, A) == ()
    assert claim(database, LATER) == []


def test_counts_say_how_much_waits_and_since_when(database: Database) -> None:
    put(database, row("a"), row("b", not_before=LATER), row("c", not_before=LATER))
    with database.read() as tx:
        assert outbox.counts(tx) == outbox.Counts(3, 0, NOW)
    claim(database)
    with database.read() as tx:
        assert outbox.counts(tx) == outbox.Counts(2, 1, LATER)
