"""Reading, writing and waiting."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from tocsin.errors import StoreError
from tocsin.kit.ids import IncidentId
from tocsin.sandbox.postgres import Postgres
from tocsin.store import clocks, incidents, log, meta, outbox, signals, sqlite
from tocsin.store.database import Database

from .writer_process import NOW, change

LONG = timedelta(minutes=2)
NONE = timedelta(0)
WRITER = Path(__file__).with_name("writer_process.py")


def settle(database: Database) -> None:
    """Hear what is known already, so that the next wait is about something new."""
    database.wait(timedelta(0))
    if database._listener is not None:
        assert database._listener.listening.wait(120), "it listens"
    while database.wait(timedelta(milliseconds=50)):
        pass


# --- reading and writing ---


def test_what_was_written_is_there_after_reopening(address: str) -> None:
    with Database.open(address) as database:
        change(database, "ana", 1)
        installation = database.installation
    with Database.open(address, create=False) as database:
        assert database.installation == installation
        assert len(installation) == 32
        with database.read() as tx:
            assert log.verify(tx).count == 1


def test_nothing_of_a_transaction_that_raised_is_stored(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            incidents.new_number(tx)
            signals.put(tx, "alert", "{}", NOW, actor="x", incident=None, dedup=None)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.read() as tx:
        assert signals.next_unhandled(tx) == ()
    with database.write() as tx:
        assert incidents.new_number(tx) == 1


def test_a_reader_sees_one_moment_and_nothing_unfinished(database: Database) -> None:
    with database.write() as writing:
        meta.put(writing, "colour", "red")
        with database.read() as tx:
            assert meta.get(tx, "colour") is None
    with database.read() as tx:
        assert meta.get(tx, "colour") == "red"
        with database.write() as writing:
            meta.put(writing, "colour", "blue")
        assert meta.get(tx, "colour") == "red"


def test_a_reader_can_change_nothing(database: Database) -> None:
    with pytest.raises(StoreError, match="it can only be read"), database.read() as tx:
        meta.put(tx, "colour", "red")


def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_itself(database: Database) -> None:
    with database.write() as tx:
        meta.put(tx, "colour", "red")
        with pytest.raises(RuntimeError, match="inside"), database.write():
            pass
    with database.read() as tx:
        assert meta.get(tx, "colour") == "red"


def test_a_broken_statement_breaks_its_own_transaction_only(database: Database) -> None:
    with pytest.raises(StoreError), database.write() as tx:
        tx.execute(text("SELECT nothing FROM nowhere"))
    change(database, "ana", 1)


def test_a_closed_database_says_so(database: Database) -> None:
    database.close()
    with pytest.raises(StoreError, match="closed"), database.write():
        pass
    database.close()


def test_many_readers_can_read_at_once(database: Database) -> None:
    change(database, "ana", 1)
    together = threading.Barrier(10, timeout=120)
    counts: list[int] = []

    def read() -> None:
        with database.read() as tx:
            together.wait()
            counts.append(log.verify(tx).count)

    threads = [threading.Thread(target=read) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 10


# --- what is promised about the disk ---


def test_every_commit_is_flushed_to_the_disk(database: Database) -> None:
    with database.write() as tx:
        if database.dialect == "sqlite":
            assert tx.execute(text("PRAGMA synchronous")).scalar() == 2
            assert tx.execute(text("PRAGMA foreign_keys")).scalar() == 1
            safe = sqlite.wal_is_safe(sqlite.driver.sqlite_version_info)
            assert tx.execute(text("PRAGMA journal_mode")).scalar() == ("wal" if safe else "truncate")
        else:
            assert tx.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_a_server_that_does_not_flush_is_overruled(postgres_server: Postgres) -> None:
    url = postgres_server.create_database("not_durable")
    with Database.open(url) as database, database.write() as tx:
        tx.execute(text("ALTER DATABASE not_durable SET synchronous_commit = off"))
    with Database.open(url) as database, database.write() as tx:
        assert tx.execute(text("SHOW synchronous_commit")).scalar() == "on"


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_the_write_ahead_log_is_used_only_where_it_is_safe(version: tuple[int, ...], safe: bool) -> None:
    assert sqlite.wal_is_safe(version) is safe


def test_an_old_sqlite_works_without_write_ahead_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "tocsin.db")
    with Database.open(address) as database:
        change(database, "before", 1)
    monkeypatch.setattr(sqlite, "wal_is_safe", lambda version: False)
    with Database.open(address) as database:
        with database.write() as tx:
            assert tx.execute(text("PRAGMA journal_mode")).scalar() == "truncate"
        threads = [
            threading.Thread(
                target=lambda name: [change(database, name, n) for n in range(20)], args=(f"t{t}",)
            )
            for t in range(4)
        ]
        for thread in threads:
            thread.start()
        settle(database)
        for thread in threads:
            thread.join()
        with database.read() as tx:
            assert log.verify(tx).count == 81
            assert log.verify(tx).ok


def test_the_database_is_closed_to_other_users(tmp_path: Path) -> None:
    with Database.open(tmp_path / "tocsin.db") as database:
        change(database, "ana", 1)
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


# --- waiting ---


def test_a_commit_of_another_thread_ends_the_wait(database: Database) -> None:
    settle(database)
    waiting = threading.Event()
    woken: list[bool] = []

    def wait() -> None:
        settle(database)
        waiting.set()
        woken.append(database.wait(LONG))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    change(database, "ana", 1)
    thread.join()
    assert woken == [True]


def test_whoever_waits_can_be_woken_without_a_commit(database: Database) -> None:
    waiting = threading.Event()
    woken: list[bool] = []

    def wait() -> None:
        settle(database)
        waiting.set()
        woken.append(database.wait(LONG))

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    database.wake()
    thread.join()
    assert woken == [True]


def test_what_this_thread_wrote_itself_does_not_end_its_wait(database: Database) -> None:
    settle(database)
    change(database, "ana", 1)
    assert not database.wait(timedelta(milliseconds=100))


def test_samples_and_idle_claims_wake_nobody(database: Database) -> None:
    settle(database)

    def quiet() -> None:
        with database.write() as tx:
            meta.put(tx, "colour", "red")
            outbox.claim(tx, NOW, holder="node-1")

    other = threading.Thread(target=quiet)
    other.start()
    other.join()
    assert not database.wait(timedelta(milliseconds=100))


def test_a_commit_between_looking_and_waiting_is_not_missed(database: Database) -> None:
    settle(database)
    other = threading.Thread(target=change, args=(database, "ana", 1))
    other.start()
    other.join()
    assert database.wait(NONE)
    assert not database.wait(NONE)


def test_two_waiting_threads_both_hear_of_it(database: Database) -> None:
    ready = threading.Barrier(3)
    woken: list[bool] = []

    def wait() -> None:
        settle(database)
        ready.wait()
        woken.append(database.wait(LONG))

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait()
    change(database, "ana", 1)
    for thread in threads:
        thread.join()
    assert woken == [True, True]


@pytest.mark.parametrize(
    "act",
    [
        lambda tx: signals.put(tx, "alert", "{}", NOW, actor="x", incident=None, dedup=None),
        lambda tx: clocks.start(tx, IncidentId("INC-1"), "ack", NOW, NOW, "INC-1:1"),
    ],
    ids=["signal", "clock"],
)
def test_a_commit_of_another_process_ends_the_wait(address: str, act: Callable[..., object]) -> None:
    """A second Database object shares nothing with the first, as another process would."""
    with Database.open(address) as ours, Database.open(address) as theirs:
        settle(ours)
        with theirs.write() as tx:
            act(tx)
        assert ours.wait(LONG)


def test_a_real_other_process_ends_the_wait(database: Database, address: str) -> None:
    settle(database)
    with subprocess.Popen([sys.executable, str(WRITER), address, "other", "1"], stdout=subprocess.DEVNULL):
        assert database.wait(LONG)


def test_a_wait_without_news_ends_at_its_time(database: Database) -> None:
    settle(database)
    assert not database.wait(timedelta(milliseconds=150))


# --- a server that goes away ---


def test_a_restarted_server_is_found_again(postgres_server: Postgres) -> None:
    """All connections cut, as a restart does: the next read and write simply work."""
    with Database.open(postgres_server.create_database("restarted")) as database:
        change(database, "ana", 1)
        settle(database)
        cut_connections(postgres_server, "restarted")
        change(database, "ana", 2)
        with database.read() as tx:
            assert log.verify(tx).count == 2
        settle(database)
        with Database.open(postgres_server.url("restarted")) as other:
            change(other, "bo", 1)
        assert database.wait(LONG), "the listener has connected again"


def test_a_connection_lost_in_the_middle_loses_that_change_and_says_so(postgres_server: Postgres) -> None:
    with Database.open(postgres_server.create_database("cut")) as database:

        def unlucky() -> None:
            with database.write() as tx:
                cut_connections(postgres_server, "cut")
                incidents.new_number(tx)

        with pytest.raises(StoreError, match="the connection broke"):
            unlucky()
        change(database, "ana", 1)
        with database.read() as tx:
            assert log.verify(tx).count == 1


def cut_connections(server: Postgres, name: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
