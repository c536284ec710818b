"""One process acts at a time; a dead one is replaced at once, a live one is waited for."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Deadline

from tocsin.engine.leadership import NAME, RENEW, TRY, TTL, Leadership, is_dead, own_name
from tocsin.kit.clock import SystemClock
from tocsin.store import lease
from tocsin.store.database import Database
from tocsin.store.tx import Tx


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "t.db") as opened:
        yield opened


class Standing(SystemClock):
    """A clock that stands: no pause of this process makes its lease run out."""

    def __init__(self) -> None:
        self._at = super().now()

    def now(self) -> datetime:
        return self._at


def test_the_second_waits_until_the_first_gives_back(
    database: Database, deadline: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Standing()
    first = Leadership(database, clock)
    assert first.take(threading.Event())
    second = Leadership(database, clock)
    second._name = "elsewhere:1:1"  # another process of another machine
    leads, tries, really = threading.Event(), list[bool](), second._try

    def counted(tx: Tx) -> lease.Lease | None:
        found = really(tx)
        tries.append(found is not None)
        return found

    monkeypatch.setattr(second, "_try", counted)
    waiting = threading.Thread(target=lambda: second.take(threading.Event()) and leads.set(), daemon=True)
    waiting.start()
    deadline(lambda: len(tries) >= 3, what="it has tried again and again")
    assert not any(tries)
    first.give_back()
    assert leads.wait(120)
    second.give_back()


def test_a_killed_leader_of_this_machine_is_replaced_at_once(database: Database) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    place = own_name().rsplit(":", 2)[0]
    holder = f"{place}:{child.pid}:0.00"
    clock = SystemClock()
    with database.write() as tx:
        assert lease.acquire(tx, NAME, holder, clock.now(), timedelta(hours=1))
    child.kill()
    child.wait()
    heir = Leadership(database, clock)
    assert heir.take(threading.Event())  # the lease had an hour to run
    heir.give_back()


def test_whether_a_holder_lives_is_known_only_of_this_machine() -> None:
    assert not is_dead(own_name())
    assert not is_dead("another-host/1:1:0.00")
    assert not is_dead("nonsense")


def test_a_dead_leader_of_another_machine_is_replaced_within_five_seconds() -> None:
    """Its lease runs out, and whoever waits tries often enough (F28). Renewed often enough not to run out by chance."""
    assert timedelta(seconds=5) >= TTL + 2 * TRY
    assert 3 * RENEW <= TTL


def test_a_lost_lease_stops_whoever_held_it(database: Database) -> None:
    leader = Leadership(database, SystemClock())
    assert leader.take(threading.Event())
    clock = SystemClock()
    with database.write() as tx:
        lease.release(tx, leader.held(), clock.now())
        assert lease.acquire(tx, NAME, "elsewhere:1:1", clock.now(), timedelta(hours=1))
    with pytest.raises(lease.Lost), database.write() as tx:
        lease.check(tx, leader.held())
    assert leader.lost.wait(120)
    with pytest.raises(lease.Lost):
        leader.held()
    leader.give_back()
