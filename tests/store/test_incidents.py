"""What lists show, and the account of every alert."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.errors import NotFound
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents
from tocsin.store.database import Database
from tocsin.store.incident_search import Which, search

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def incident(number: int, *fingerprints: str) -> incidents.IncidentRow:
    return incidents.IncidentRow(
        id=IncidentId(f"INC-{number}"), number=number, title="API not responding: “502”", severity="P0",
        stage="detected", section="1. API Not Responding", fingerprints=fingerprints, opened_at=NOW,
        updated_at=NOW, resolved_at=None, drill=False, position=3,
    )  # fmt: skip


def save(database: Database, *rows: incidents.IncidentRow) -> None:
    with database.write() as tx:
        for row in rows:
            incidents.save(tx, row)


def test_numbers_go_up_without_gaps(database: Database) -> None:
    given = []
    for _ in range(3):
        with database.write() as tx:
            given.append(incidents.new_number(tx))

    def abandoned() -> None:
        with database.write() as tx:
            incidents.new_number(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        abandoned()
    with database.write() as tx:
        given.append(incidents.new_number(tx))
    assert given == [1, 2, 3, 4]


def test_an_incident_comes_back_as_it_was_saved(database: Database) -> None:
    rows = [
        incident(1, "a", "b"),
        replace(incident(2), severity=None, section=None, drill=True, resolved_at=NOW),
    ]
    save(database, *rows)
    with database.read() as tx:
        assert incidents.get(tx, IncidentId("INC-1")) == rows[0]
        assert incidents.get(tx, IncidentId("INC-2")) == rows[1]
        assert incidents.get(tx, IncidentId("INC-3")) is None


def test_whether_an_incident_exists_can_be_asked_without_reading_it(database: Database) -> None:
    save(database, incident(1, "a"))
    with database.read() as tx:
        assert incidents.exists(tx, IncidentId("INC-1"))
        assert not incidents.exists(tx, IncidentId("INC-2"))


def test_what_is_open_or_ended_lately_with_this_fingerprint_is_found_in_one_look(database: Database) -> None:
    ended = [replace(incident(n, "a"), resolved_at=NOW + timedelta(minutes=n)) for n in range(1, 4)]
    save(
        database, *ended, incident(4, "a"), replace(incident(5, "b"), resolved_at=NOW + timedelta(minutes=5))
    )
    with database.read() as tx:
        found = incidents.lately_by_fingerprint(tx, "a", since=NOW + timedelta(minutes=1))
    assert [(name, ended) for name, _, ended in found] == [
        ("INC-2", NOW + timedelta(minutes=2)),
        ("INC-3", NOW + timedelta(minutes=3)),
        ("INC-4", None),
    ]


def test_saving_again_replaces_everything(database: Database) -> None:
    later = replace(
        incident(1, "b", "c"), title="Checkout fails", position=9, updated_at=NOW + timedelta(minutes=1)
    )
    save(database, incident(1, "a", "b"), later)
    with database.read() as tx:
        assert incidents.listing(tx) == (later,)
        assert incidents.open_by_fingerprint(tx, "a") == ()


def test_the_list_shows_the_newest_first(database: Database) -> None:
    save(database, incident(1, "a"), replace(incident(2), resolved_at=NOW), incident(3, "b"))
    with database.read() as tx:
        assert [row.number for row in incidents.listing(tx)] == [3, 2, 1]
        assert [row.number for row in incidents.listing(tx, open_only=True)] == [3, 1]
        assert [row.number for row in incidents.listing(tx, limit=1)] == [3]
        assert incidents.listing(tx)[0].fingerprints == ("b",)


def test_an_alert_finds_the_open_incident_of_its_fingerprint(database: Database) -> None:
    save(database, replace(incident(1, "a"), resolved_at=NOW), incident(2, "a"), incident(3, "b"))
    with database.read() as tx:
        assert incidents.open_by_fingerprint(tx, "a") == ((IncidentId("INC-2"), False),)
        assert incidents.open_by_fingerprint(tx, "c") == ()


def test_a_list_longer_than_a_statement_may_have_parameters(database: Database) -> None:
    save(database, *(incident(number, f"f{number}") for number in range(1, 1202)))
    with database.read() as tx:
        rows = incidents.listing(tx, limit=2000)
    assert len(rows) == 1201
    assert rows[-1].fingerprints == ("f1",)


def test_every_alert_is_unaccounted_for_until_linked_or_suppressed(database: Database) -> None:
    with database.write() as tx:
        first = incidents.put_alert(tx, "fp", "check:api-health", '{"title":"502 🚨"}', NOW)
        second = incidents.put_alert(tx, "fp", "sentry", "{}", NOW)
        third = incidents.put_alert(tx, "fp", "sentry", "{}", NOW)
    with database.read() as tx:
        assert [alert.id for alert in incidents.unaccounted(tx)] == [first, second, third]
    with database.write() as tx:
        incidents.link(tx, first, IncidentId("INC-1"), NOW)
        incidents.suppress(tx, second, "maintenance until 04:00", NOW)
    with database.read() as tx:
        assert [alert.id for alert in incidents.unaccounted(tx)] == [third]
        (linked,) = incidents.alerts_of(tx, IncidentId("INC-1"))
    assert linked == incidents.StoredAlert(
        first, "fp", "check:api-health", '{"title":"502 🚨"}', NOW, IncidentId("INC-1"), None
    )


def test_an_unknown_alert_is_said_to_be_unknown(database: Database) -> None:
    with database.write() as tx, pytest.raises(NotFound, match="There is no alert 99"):
        incidents.link(tx, 99, IncidentId("INC-1"), NOW)


def test_incidents_are_found_by_words_and_state_with_their_number(database: Database) -> None:
    now = datetime(2026, 11, 22, 3, tzinfo=UTC)
    with database.write() as tx:
        for number in range(1, 31):
            incidents.save(
                tx,
                incidents.IncidentRow(
                    IncidentId(f"INC-{number}"), number, f"Checkout 100% slow {number}", "P1", "detected",
                    "Checkout" if number % 2 else None, (f"f{number}",), now, now, now if number > 20 else None,
                    number == 30, 1,
                ),
            )  # fmt: skip
    with database.read() as tx:
        found, total = search(tx, Which.OPEN, (), 5)
        assert ([row.number for row in found], total) == ([20, 19, 18, 17, 16], 20)
        assert found[0].fingerprints == ("f20",)
        assert search(tx, Which.RESOLVED, (), 50)[1] == 9
        assert [row.number for row in search(tx, Which.DRILLS, (), 50)[0]] == [30]
        assert [row.number for row in search(tx, Which.ALL, ("inc-7",), 50)[0]] == [7]
        assert search(tx, Which.ALL, ("checkout", "100%"), 50)[1] == 30
        assert search(tx, Which.ALL, ("1_0%",), 50)[1] == 0
        assert search(tx, Which.ALL, ("nothing",), 50) == ((), 0)
