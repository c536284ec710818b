"""What the status page remembers, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.engine.status.board import days_of
from tocsin.engine.status.days import roll
from tocsin.errors import NotFound
from tocsin.kit.ids import CheckName
from tocsin.status.board import together
from tocsin.status.days import Mark, Spent
from tocsin.store import checks, status
from tocsin.store import subscribers as subs
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
API = CheckName("api")


def test_days_are_summed_and_the_mark_moves_with_them(database: Database) -> None:
    with database.write() as tx:
        checks.record(tx, [Sample(API, NOW, Verdict.UP, None, "")], {})
        (fresh,) = status.marks(tx)
        assert fresh.mark is None
        status.add(tx, fresh.number, Mark(5, Verdict.UP), {20_778: Spent(up=1_000, down=5)})
        status.add(tx, fresh.number, Mark(9, Verdict.UP), {20_778: Spent(up=500), 20_779: Spent(unknown=7)})
    with database.read() as tx:
        assert status.marks(tx)[0].mark == Mark(9, Verdict.UP)
        rows = status.days(tx, date(1970, 1, 1) + timedelta(days=20_778))
        assert [row.spent for row in rows] == [Spent(up=1_500, down=5), Spent(unknown=7)]
        assert [row.date for row in status.days(tx, rows[1].date)] == [rows[1].date]


def test_the_hours_of_outages_are_kept_in_order_and_joined_and_older_days_know_none(
    database: Database,
) -> None:
    with database.write() as tx:
        checks.record(tx, [Sample(API, NOW, Verdict.UP, None, "")], {})
        (fresh,) = status.marks(tx)
        old = Spent(down=5)  # as a day was counted before
        status.add(tx, fresh.number, Mark(1, Verdict.UP), {1: old})
        first = Spent(down=10, down_spans=[(0, 10)])
        status.add(tx, fresh.number, Mark(2, Verdict.UP), {2: first, 1: Spent(up=3)})
        then = Spent(up=1, down=15, down_spans=[(10, 20), (30, 35)], degraded=1, degraded_spans=[(40, 41)])
        status.add(tx, fresh.number, Mark(3, Verdict.UP), {2: then})
        status.add(tx, fresh.number, Mark(4, Verdict.UP), {2: Spent(up=9)})
    with database.read() as tx:
        days = {row.date.day - 1: row.spent for row in status.days(tx, date(1970, 1, 1))}
    assert days[1] == Spent(up=3, down=5)
    assert days[2] == Spent(10, 1, 25, 0, [(0, 20), (30, 35)], [(40, 41)])


def test_outages_of_two_checks_at_different_hours_are_united_from_their_samples(database: Database) -> None:
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    names = (API, CheckName("web"))
    specs = [
        CheckSpec(name, "tcp", {}, interval=timedelta(minutes=10), failures=1, successes=1) for name in names
    ]

    def bad(name: CheckName, minute: int) -> bool:
        return 60 <= minute < 120 if name == API else 90 <= minute < 150 or 600 <= minute < 660

    for piece in range(0, 1440, 240):  # counted now and then, as the page is written
        taken = [
            Sample(
                name, midnight + timedelta(minutes=n), Verdict.DOWN if bad(name, n) else Verdict.UP, None, ""
            )
            for name in names
            for n in range(piece, piece + 240, 10)
        ]
        with database.write() as tx:
            checks.record(tx, taken, {})
        roll(database, specs)
    with database.read() as tx:
        histories = days_of(tx, midnight.date())
    day = together(midnight.date(), [histories[name] for name in names])[-1]
    assert [each.down for name in names for each in histories[name]] == [
        timedelta(hours=1),
        timedelta(hours=2),
    ]
    assert day.down == timedelta(hours=2, minutes=30)


def test_samples_are_read_after_the_mark_in_order(database: Database) -> None:
    taken = [
        Sample(API, NOW + timedelta(seconds=n), Verdict.DOWN if n else Verdict.UP, None, "") for n in range(4)
    ]
    with database.write() as tx:
        checks.record(tx, taken, {})
        first = int(NOW.timestamp() * 1000)
        (known,) = status.marks(tx)
        found = status.samples_after(tx, known.number, first, 2)
    assert found == [(first + 1_000, Verdict.DOWN), (first + 2_000, Verdict.DOWN)]


def test_announced_work_is_called_off_once_and_never_forgotten(database: Database) -> None:
    with database.write() as tx:
        number = status.announce(tx, "Move", "", ["API"], NOW, NOW + timedelta(hours=1), "ana", NOW)
        status.over(tx, number, NOW)
    with database.write() as tx, pytest.raises(NotFound, match="no work 1"):
        status.over(tx, number, NOW)
    with database.read() as tx:
        (work,) = status.works(tx, NOW)
    assert (work.components, work.over_at, work.by) == (("API",), NOW, "ana")


def test_an_update_is_queued_once_for_each_who_was_confirmed_before_it(database: Database) -> None:
    with database.write() as tx:
        early = subs.ask(tx, subs.EMAIL, "bo@example.org", NOW)
        assert subs.confirm(tx, early.id, NOW)
        assert not subs.confirm(tx, early.id, NOW)
        subs.ask(tx, subs.EMAIL, "pending@example.org", NOW)
        late = subs.ask(tx, subs.EMAIL, "late@example.org", NOW)
        subs.confirm(tx, late.id, NOW + timedelta(hours=2))
        assert subs.announce(tx, "u1", "hello", NOW + timedelta(hours=1), NOW) == 1
        assert subs.announce(tx, "u1", "hello", NOW + timedelta(hours=1), NOW) == 0
        assert subs.announce(tx, "u0", None, NOW, NOW) == 0
        assert subs.announced(tx, ["u0", "u1", "u2"]) == {"u0", "u1"}
        (message,) = subs.claim(tx, NOW, 10)
        assert (message.subscriber.address, message.attempts, message.key) == (
            "bo@example.org",
            1,
            f"u1.{early.id}",
        )
        assert subs.claim(tx, NOW, 10) == ()


def test_what_was_begun_before_a_crash_is_sent_again_with_the_same_key(database: Database) -> None:
    with database.write() as tx:
        hook = subs.ask(tx, subs.WEBHOOK, "https://hook.example/x", NOW, confirmed=True, secret="whsec_x")
        subs.put(tx, "k", hook.id, "{}", NOW)
        assert not subs.put(tx, "k", hook.id, "{}", NOW)
        subs.claim(tx, NOW, 10)
        assert subs.next_due(tx) is None
        assert subs.resume(tx) == 1
        (again,) = subs.claim(tx, NOW, 10)
        assert (again.key, again.attempts) == ("k", 2)
        subs.later(tx, again.id, NOW + timedelta(minutes=5), "HTTP 503")
        assert subs.next_due(tx) == NOW + timedelta(minutes=5)
        assert subs.claim(tx, NOW, 10) == ()
        (third,) = subs.claim(tx, NOW + timedelta(minutes=5), 10)
        subs.sent(tx, third.id, NOW)
        assert subs.listing(tx)[0][1].sent == 1


def test_whoever_leaves_is_forgotten_with_what_still_waits(database: Database) -> None:
    with database.write() as tx:
        one = subs.ask(tx, subs.EMAIL, "Bo@Example.org ", NOW)
        subs.confirm(tx, one.id, NOW)
        subs.put(tx, "k", one.id, "x", NOW)
        assert subs.leave(tx, one.id, NOW, "asked to")
        assert not subs.leave(tx, one.id, NOW, "asked to")
        assert subs.claim(tx, NOW, 10) == ()
        gone = subs.by_digest(tx, subs.digest(subs.EMAIL, "bo@example.ORG"))
        assert gone is not None
        assert (gone.address, gone.state) == (None, subs.GONE)
        back = subs.ask(tx, subs.EMAIL, "bo@example.org", NOW)
        assert (back.id, back.state) == (one.id, subs.PENDING)


def test_an_address_that_never_answers_is_deleted(database: Database) -> None:
    with database.write() as tx:
        one = subs.ask(tx, subs.EMAIL, "no@example.org", NOW)
        subs.put(tx, "confirm", one.id, "x", NOW)
        assert subs.asked_since(tx, NOW - timedelta(hours=1)) == 1
        assert subs.forget_unconfirmed(tx, NOW + timedelta(days=2)) == 1
        assert subs.listing(tx) == ()
