"""Threads and processes writing at once, and processes killed while they write."""

import itertools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy

from tocsin.errors import StoreError
from tocsin.kit.ids import IncidentId
from tocsin.store import log, outbox, schema
from tocsin.store.database import Database

from .writer_process import NOW, change

WRITER = Path(__file__).with_name("writer_process.py")


def keys_everywhere(database: Database) -> tuple[set[str], set[str], set[str]]:
    """The keys found in the log, the inbox and the outbox."""
    with database.read() as tx:
        found = [
            [row[0] for row in tx.execute(sqlalchemy.select(column))]
            for column in (schema.events.c.body, schema.signals.c.body, schema.outbox.c.body)
        ]
    for keys in found:
        assert len(keys) == len(set(keys)), "something was stored twice"
    in_log, in_inbox, in_outbox = ({key.strip('"') for key in keys} for keys in found)
    return in_log, in_inbox, in_outbox


def start_writer(address: str, name: str, *count: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WRITER), address, name, *count], stdout=subprocess.PIPE, text=True
    )


def test_threads_writing_at_once_keep_one_chain(database: Database) -> None:
    def write(name: str) -> None:
        for number in range(50):
            change(database, name, number)

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        assert log.verify(tx).count == 400
        assert log.verify(tx).ok
        for number in range(8):
            bodies = [line.body for line in log.events(tx, IncidentId(f"INC-t{number}"))]
            assert bodies == [f'"t{number}:{step}"' for step in range(50)]


def test_a_failing_writer_takes_back_its_own_change_only(database: Database) -> None:
    """Several threads share commits; one of them raises each time."""
    refused: list[str] = []

    def write(name: str) -> None:
        for number in range(40):
            try:
                with database.write() as tx:
                    log.append(
                        tx, [log.Entry(IncidentId("INC-1"), "NoteAdded", f'"{name}:{number}"', name, NOW)]
                    )
                    if (number + len(name)) % 3 == 0:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                refused.append(f'"{name}:{number}"')

    threads = [threading.Thread(target=write, args=("t" * size,)) for size in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        bodies = {line.body for line in log.events(tx, IncidentId("INC-1"))}
        assert log.verify(tx).ok
    assert bodies == {f'"{"t" * size}:{n}"' for size in range(1, 7) for n in range(40)} - set(refused)
    assert len(refused) == 80


def test_closing_lets_running_changes_end_and_loses_nothing_acknowledged(address: str) -> None:
    database = Database.open(address)
    acknowledged: list[str] = []
    refusals: list[str] = []
    begun = threading.Barrier(5)

    def write(name: str) -> None:
        for number in (
            itertools.count()
        ):  # until it is refused: a pause of whoever closes must not bring all to their end
            if number == 3:
                begun.wait()
            try:
                change(database, name, number)
            except StoreError as error:
                refusals.append(error.message)
                return
            acknowledged.append(f"{name}:{number}")

    threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    database.close()
    for thread in threads:
        thread.join()
    assert refusals == ["The database is closed."] * 4
    with Database.open(address, create=False) as again:
        assert keys_everywhere(again) == (set(acknowledged),) * 3


def test_of_two_decisions_on_one_reading_exactly_one_is_stored(database: Database) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(8)

    def decide(name: str) -> None:
        for position in range(20):
            ready.wait()
            try:
                with database.write() as tx:
                    entry = log.Entry(IncidentId("INC-1"), "NoteAdded", f'"{name}"', name, NOW)
                    log.append(tx, [entry], expected_position=position)
                outcomes.append("stored")
            except log.Conflict:
                outcomes.append("conflict")

    threads = [threading.Thread(target=decide, args=(f"t{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("stored") == 20
    assert outcomes.count("conflict") == 140


def test_a_command_is_claimed_by_one_of_many(database: Database) -> None:
    with database.write() as tx:
        outbox.put(
            tx, [outbox.OutboxRow(f"k{n}", IncidentId("INC-1"), "Page", "{}", 1, NOW) for n in range(60)]
        )
    claimed: list[str] = []

    def work(name: str) -> None:
        while True:
            with database.write() as tx:
                rows = outbox.claim(tx, NOW, limit=3, holder=name)
            if not rows:
                return
            claimed.extend(row.key for row in rows)

    threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(f"k{n}" for n in range(60))


def test_processes_writing_at_once_keep_one_chain(address: str) -> None:
    """They also open the new database at the same moment: one of them makes the tables."""
    writers = [start_writer(address, f"p{number}", "40") for number in range(4)]
    for writer in writers:
        writer.communicate(timeout=600)
        assert writer.returncode == 0
    with Database.open(address, create=False) as database:
        with database.read() as tx:
            assert log.verify(tx).count == 160
            assert log.verify(tx).ok
        in_log, in_inbox, in_outbox = keys_everywhere(database)
    assert in_log == in_inbox == in_outbox == {f"p{p}:{n}" for p in range(4) for n in range(40)}


@pytest.mark.parametrize("rounds", [8])
def test_what_was_acknowledged_survives_kill_9(address: str, rounds: int) -> None:
    """A writer is killed at a different place each time, next to one that goes on."""
    Database.open(address).close()
    acknowledged: set[str] = set()
    for number in range(rounds):
        doomed = start_writer(address, f"d{number}")
        assert doomed.stdout is not None
        # From the first acknowledgement on, kill it after 1, 2, 4 … more: by then it is inside the next change.
        for _ in range(2**number % 61):
            line = doomed.stdout.readline()
            assert line, "the writer died by itself"
            acknowledged.add(line.strip())
        os.kill(doomed.pid, signal.SIGKILL)
        # Not `communicate`: it reads past what the lines above have left in the buffer.
        rest = doomed.stdout.read()
        doomed.wait(600)
        doomed.stdout.close()
        acknowledged.update(rest.split("\n")[:-1])
    with Database.open(address, create=False) as database:
        change(database, "after", 0)
        in_log, in_inbox, in_outbox = keys_everywhere(database)
        assert in_log == in_inbox == in_outbox, "half a change was stored"
        assert acknowledged <= in_log
        assert len(in_log - acknowledged - {"after:0"}) <= rounds, (
            "only the change in progress may be unannounced"
        )
        with database.read() as tx:
            assert log.verify(tx).ok


def test_a_crash_between_intent_and_result_is_visible(address: str) -> None:
    """Claimed and committed, then killed before the act could be reported."""
    with Database.open(address) as database, database.write() as tx:
        outbox.put(tx, [outbox.OutboxRow("restart", IncidentId("INC-1"), "RunStep", "{}", 1, NOW)])
    script = (
        "import os, signal, sys; from datetime import UTC, datetime\n"
        "from tocsin.store import outbox; from tocsin.store.database import Database\n"
        "database = Database.open(sys.argv[1])\n"
        "with database.write() as tx: outbox.claim(tx, datetime(2026, 11, 21, 3, 0, tzinfo=UTC), holder='node-1')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    died = subprocess.run([sys.executable, "-c", script, address], check=False, timeout=600)
    assert died.returncode == -signal.SIGKILL
    with Database.open(address, create=False) as database:
        with database.read() as tx:
            (in_doubt,) = outbox.started(tx)
            assert (in_doubt.key, in_doubt.holder, in_doubt.attempts) == ("restart", "node-1", 1)
        with database.write() as tx:
            assert outbox.claim(tx, NOW, holder="node-2") == (), "nobody runs it again by itself"
