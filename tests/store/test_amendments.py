"""Overrides, swaps and absences outlive the process, with who wrote them down and who took them back."""

from datetime import UTC, datetime, timedelta

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.store import amendments
from tocsin.store.database import Database

NOW = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def amendment(
    kind: Kind = Kind.OVERRIDE, start: datetime = NOW, hours: int = 2, origin: str | None = None
) -> Amendment:
    other = PersonId("bo") if kind is Kind.SWAP else None
    level = None if kind is Kind.ABSENCE else 1
    return Amendment(
        0,
        kind,
        PersonId("ana"),
        start,
        start + hours * HOUR,
        "person:ana",
        NOW,
        other,
        level,
        "ü \0 why",
        origin,
    )


def test_what_is_kept_is_read_back_with_its_author_and_time(address: str) -> None:
    with Database.open(address) as database:
        with database.write() as tx:
            put = [amendments.put(tx, amendment(kind, origin="team#e1/1")) for kind in Kind]
        assert [each.id for each in put] == [1, 2, 3]
    with Database.open(address) as again, again.read() as tx:
        found = amendments.holding(tx, NOW)
    assert [(each.kind, each.person, each.other, each.level) for each in found] == [
        (Kind.OVERRIDE, "ana", None, 1),
        (Kind.SWAP, "ana", "bo", 1),
        (Kind.ABSENCE, "ana", None, None),
    ]
    assert {(each.by, each.at, each.reason, each.origin) for each in found} == {
        ("person:ana", NOW, "ü \ufffd why", "team#e1/1")
    }


def test_an_amendment_holds_from_its_start_up_to_its_end(database: Database) -> None:
    with database.write() as tx:
        amendments.put(tx, amendment())
    second = timedelta(seconds=1)
    with database.read() as tx:
        asked = (NOW - second, NOW, NOW + 2 * HOUR - second, NOW + 2 * HOUR)
        assert [len(amendments.holding(tx, at)) for at in asked] == [0, 1, 1, 0]
        assert len(amendments.between(tx, NOW - HOUR, NOW)) == 0
        assert len(amendments.between(tx, NOW - HOUR, NOW + second)) == 1
        assert len(amendments.between(tx, NOW + HOUR, NOW + 5 * HOUR)) == 1
        assert len(amendments.between(tx, NOW + 2 * HOUR, NOW + 5 * HOUR)) == 0


def test_what_is_withdrawn_holds_no_more_and_is_not_forgotten(database: Database) -> None:
    with database.write() as tx:
        number = amendments.put(tx, amendment()).id
    with database.write() as tx:
        assert amendments.withdraw(tx, number, "person:bo", NOW)
        assert not amendments.withdraw(tx, number, "person:chen", NOW + HOUR)
    with database.read() as tx:
        assert amendments.holding(tx, NOW) == ()
        (kept,) = amendments.listing(tx, NOW)
    assert (kept.withdrawn_by, kept.withdrawn_at) == ("person:bo", NOW)


def test_the_list_tells_the_newest_first_and_leaves_out_what_is_over(database: Database) -> None:
    with database.write() as tx:
        for start in (NOW - 5 * HOUR, NOW, NOW + HOUR):
            amendments.put(tx, amendment(start=start))
    with database.read() as tx:
        assert [kept.amendment.id for kept in amendments.listing(tx, NOW)] == [3, 2]
        assert [kept.amendment.id for kept in amendments.listing(tx, NOW - 9 * HOUR, 2)] == [3, 2]


def test_a_calendar_is_told_apart_by_its_name(database: Database) -> None:
    with database.write() as tx:
        for origin in ("team#e1/1", "team-two#e1/1", None):
            amendments.put(tx, amendment(origin=origin))
    with database.read() as tx:
        assert [each.origin for each in amendments.of_calendar(tx, "team#", NOW)] == ["team#e1/1"]
