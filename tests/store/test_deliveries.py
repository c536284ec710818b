"""What was handed over: sent, delivered and failed are three things."""

from datetime import UTC, datetime, timedelta

from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store import deliveries, outbox
from tocsin.store.database import Database
from tocsin.store.deliveries import Attempt

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
INC = IncidentId("INC-1")


def attempt(
    page: str = "INC-1.p1", pager: str = "phone", incident: str = "INC-1", person: str = "ana"
) -> Attempt:
    return Attempt(
        f"{page}.{pager}", page, IncidentId(incident), PersonId(person), pager, f"{person}@{pager}", "page",
        False, "P1 down", "text",
    )  # fmt: skip


def test_a_page_is_trying_until_the_channel_has_taken_it_and_delivered_by_its_receipt(
    database: Database,
) -> None:
    with database.write() as tx:
        number = deliveries.begin(tx, "m", [attempt()], NOW)
        assert deliveries.by_id(tx, number)[0].state == "trying"
        assert not deliveries.reached(tx, INC, "ana@phone")
        deliveries.sent(tx, "m", "SM1", NOW)
        assert deliveries.reached(tx, INC, "ana@phone")
        assert deliveries.told(tx, "m", "delivered", "on the phone", NOW + timedelta(seconds=3))
        assert not deliveries.told(tx, "m", "undelivered", "late echo", NOW)
    with database.read() as tx:
        (found,) = deliveries.by_id(tx, number)
        assert (found.state, found.reference, found.detail) == ("delivered", "SM1", "on the phone")
        assert found.told_at == NOW + timedelta(seconds=3)


def test_a_receipt_that_overtakes_our_own_note_counts(database: Database) -> None:
    with database.write() as tx:
        number = deliveries.begin(tx, "m", [attempt()], NOW)
        assert deliveries.told(tx, "m", "delivered", "fast", NOW)
        deliveries.sent(tx, "m", "SM1", NOW)
        assert deliveries.by_id(tx, number)[0].state == "delivered"


def test_the_same_page_on_the_same_channel_is_one_row_that_counts_its_tries(database: Database) -> None:
    with database.write() as tx:
        first = deliveries.begin(tx, "m", [attempt()], NOW)
        deliveries.failed(tx, "m", "busy")
        again = deliveries.begin(tx, "m", [attempt()], NOW + timedelta(seconds=2))
        assert first == again
        (found,) = deliveries.by_id(tx, again)
        assert (found.tries, found.state, found.begun_at) == (2, "trying", NOW + timedelta(seconds=2))


def test_pages_that_left_together_are_found_together(database: Database) -> None:
    with database.write() as tx:
        number = deliveries.begin(tx, "m", [attempt("INC-2.p1", incident="INC-2"), attempt()], NOW)
        deliveries.begin(tx, "other", [attempt("INC-3.p1", incident="INC-3")], NOW)
        deliveries.sent(tx, "m", "ref", NOW)
        assert [row.attempt.incident for row in deliveries.by_id(tx, number)] == ["INC-2", "INC-1"]
        assert {row.state for row in deliveries.of_message(tx, "m")} == {"sent"}
        assert deliveries.by_id(tx, 4711) == ()


def test_what_a_contact_got_lately_counts_messages_not_pages_and_no_failures(database: Database) -> None:
    with database.write() as tx:
        deliveries.begin(tx, "a", [attempt("INC-1.p1"), attempt("INC-2.p1")], NOW)
        deliveries.begin(tx, "b", [attempt("INC-3.p1")], NOW + timedelta(seconds=10))
        deliveries.failed(tx, "b", "refused")
        deliveries.begin(tx, "c", [attempt("INC-4.p1")], NOW + timedelta(seconds=20))
        deliveries.begin(tx, "d", [attempt("INC-5.p1", person="bo")], NOW)
        lately = deliveries.lately(tx, "ana@phone", NOW - timedelta(seconds=1))
        assert lately == (NOW, NOW + timedelta(seconds=20))
        assert deliveries.lately(tx, "ana@phone", NOW) == (NOW + timedelta(seconds=20),)


def test_how_each_channel_stands_and_who_was_notified_when(database: Database) -> None:
    with database.write() as tx:
        deliveries.begin(tx, "a", [attempt()], NOW)
        deliveries.sent(tx, "a", "r", NOW + timedelta(seconds=1))
        deliveries.begin(tx, "b", [attempt("INC-2.p1", pager="mail")], NOW + timedelta(seconds=5))
        deliveries.failed(tx, "b", "no route")
        found = {each.pager: each for each in deliveries.standings(tx)}
        assert found["phone"].sent_at == NOW + timedelta(seconds=1)
        assert found["phone"].failed_at is None
        assert (found["mail"].sent_at, found["mail"].failed_why) == (None, "no route")
        assert deliveries.last_notified(tx) == {"ana": NOW + timedelta(seconds=5)}
        assert [row.attempt.pager for row in deliveries.listing(tx, 10)] == ["mail", "phone"]
        assert deliveries.listing(tx, 10, person="bo") == ()


def rows(*keys: str, who: str = "ana", at: datetime = NOW) -> list[outbox.OutboxRow]:
    return [outbox.OutboxRow(key, INC, "page", "{}", 0, at, who) for key in keys]


def test_waiting_commands_are_seen_taken_put_back_and_hastened(database: Database) -> None:
    later = NOW + timedelta(seconds=30)
    with database.write() as tx:
        outbox.put(tx, [*rows("a", "b"), *rows("c", at=later), *rows("d", who="bo")])
        assert [each.key for each in outbox.waiting(tx, "page", NOW)] == ["a", "b", "d"]
        assert [each.key for each in outbox.waiting_for(tx, "page", "ana")] == ["a", "b", "c"]
        first, second = (each.id for each in outbox.waiting(tx, "page", NOW)[:2])
        taken = outbox.take(tx, NOW, [second, first, second], holder="me")
        assert [(each.key, each.attempts) for each in taken] == [("b", 1), ("a", 1)]
        outbox.put_back(tx, first, later, "the channel rests")
        assert outbox.take(tx, later, [first], holder="me")[0].attempts == 1
        assert outbox.hasten(tx, ["c", "gone"], NOW) == 1
        assert [each.key for each in outbox.waiting(tx, "page", NOW)] == ["c", "d"]
        outbox.postpone(tx, outbox.waiting(tx, "page", NOW)[0].id, later)
        assert [each.key for each in outbox.waiting(tx, "page", NOW)] == ["d"]
