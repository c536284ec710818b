"""One process acts; an old holder's change cannot be committed."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.kit.ids import IncidentId
from tocsin.store import incidents, lease
from tocsin.store.database import Database

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
TTL = timedelta(seconds=5)
A = IncidentId("INC-1")


def acquire(database: Database, holder: str, after: int = 0) -> lease.Lease | None:
    with database.write() as tx:
        return lease.acquire(tx, "engine", holder, NOW + timedelta(seconds=after), TTL)


def taken(database: Database, holder: str, after: int = 0) -> lease.Lease:
    got = acquire(database, holder, after)
    assert got is not None
    return got


def test_only_one_process_holds_the_lease(database: Database) -> None:
    first = taken(database, "node-1")
    assert first.token == 1
    assert acquire(database, "node-2") is None
    assert acquire(database, "node-2", after=4) is None


def test_an_expired_lease_is_taken_over_with_a_higher_token(database: Database) -> None:
    first = taken(database, "node-1")
    second = taken(database, "node-2", after=5)
    assert second.token > first.token


def test_a_renewed_lease_does_not_expire(database: Database) -> None:
    first = taken(database, "node-1")
    with database.write() as tx:
        renewed = lease.renew(tx, first, NOW + timedelta(seconds=4), TTL)
    assert renewed is not None
    assert renewed.token == first.token
    assert acquire(database, "node-2", after=8) is None
    assert acquire(database, "node-2", after=9) is not None


def test_a_lost_lease_cannot_be_renewed(database: Database) -> None:
    first = taken(database, "node-1")
    taken(database, "node-2", after=6)
    with database.write() as tx:
        assert lease.renew(tx, first, NOW + timedelta(seconds=6), TTL) is None


def test_an_expired_lease_that_nobody_took_can_be_kept(database: Database) -> None:
    first = taken(database, "node-1")
    with database.write() as tx:
        assert lease.renew(tx, first, NOW + timedelta(seconds=60), TTL) is not None
        lease.check(tx, first)


def test_a_released_lease_is_free_at_once(database: Database) -> None:
    first = taken(database, "node-1")
    with database.write() as tx:
        lease.release(tx, first, NOW + timedelta(seconds=1))
    second = taken(database, "node-2", after=1)
    assert second.token == first.token + 1


def test_releasing_a_lost_lease_does_not_hurt_its_new_holder(database: Database) -> None:
    first = taken(database, "node-1")
    second = taken(database, "node-2", after=6)
    with database.write() as tx:
        lease.release(tx, first, NOW + timedelta(seconds=6))
        lease.check(tx, second)
        assert lease.get(tx, "engine") == second


def test_the_same_holder_started_again_gets_a_new_token(database: Database) -> None:
    before = taken(database, "node-1")
    after = taken(database, "node-1", after=1)
    assert after.token == before.token + 1
    with pytest.raises(lease.Lost), database.write() as tx:
        lease.check(tx, before)


def test_nothing_of_an_old_holders_change_is_stored(database: Database) -> None:
    first = taken(database, "node-1")
    taken(database, "node-2", after=6)

    def act_on_the_old_lease() -> None:
        with database.write() as tx:
            incidents.new_number(tx)
            lease.check(tx, first)

    with pytest.raises(lease.Lost, match="number 2, this one had 1"):
        act_on_the_old_lease()
    with database.write() as tx:
        assert incidents.new_number(tx) == 1


def test_a_lease_nobody_has_is_held_by_nobody(database: Database) -> None:
    with database.read() as tx:
        assert lease.get(tx, "engine") is None
        with pytest.raises(lease.Lost):
            lease.check(tx, lease.Lease("engine", "node-1", 1, NOW))
