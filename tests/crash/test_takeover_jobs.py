"""Two `tocsin serve` and a job that one of them started: killed with its job or without, the other one takes over.

The job reads a named pipe, so it runs for as long as the test wants, and the system itself says whether anybody
reads. It runs once at a time, and its result is there once. On both databases.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from tests.conftest import Deadline
from tests.crash.test_takeover import RUNBOOK, SETTINGS, Node

from tocsin.engine.jobs.job_log import JobLog
from tocsin.kit.clock import SystemClock
from tocsin.store import job_runs, meta
from tocsin.store.database import Database
from tocsin.store.job_runs import JobRun

JOB = "reconcile payouts"
WITHIN = timedelta(minutes=5)
TABLES = """
[reconcile.payouts]
schedule = "{due:%M} {due:%H} * * *"
deadline = "6 h"
[reconcile.payouts.left]
csv = "paid.csv"
key = "id"
amount = "amount"
fixed_currency = "USD"
[reconcile.payouts.right]
csv = "booked.csv"
key = "id"
amount = "amount"
fixed_currency = "USD"
"""
ROWS = b"id,amount\np1,12.50\n"


class Pair:
    """Two servers over one store, and the pipe that their job reads."""

    def __init__(self, folder: Path, url: str, deadline: Deadline) -> None:
        self.folder, self.deadline = folder, deadline
        self._orphans: list[psutil.Process] = []
        self.due = SystemClock().now().replace(second=0, microsecond=0)
        (folder / "runbook.md").write_text(RUNBOOK, encoding="utf-8")
        settings = SETTINGS + TABLES.format(due=self.due)
        (folder / "tocsin.toml").write_text(settings, encoding="utf-8")
        (folder / "booked.csv").write_bytes(ROWS)
        os.mkfifo(folder / "paid.csv")
        (folder / "var").mkdir()
        self.database = Database.open(url)
        with self.database.write() as tx:
            # As if this installation had been watching since yesterday: what was due before that is nobody's.
            meta.put(tx, f"job {JOB} known", (self.due - timedelta(days=1)).isoformat())
        self.nodes = [Node(folder, "first", url)]
        deadline(self.nodes[0].leads, what="the first leads", within=WITHIN)
        self.nodes.append(Node(folder, "second", url))

    def close(self) -> None:
        started = [*self._orphans, *(each for node in self.nodes for each in _children(node))]
        for node in self.nodes:
            node.kill()
        for process in started:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.database.close()

    def job(self) -> JobRun | None:
        with self.database.read() as tx:
            return job_runs.get(tx, JOB, self.due)

    @contextmanager
    def feeding(self) -> Iterator[int]:
        """The pipe, as soon as a job reads it."""
        fed: list[int] = []

        def opened() -> bool:
            try:
                fed.append(os.open(self.folder / "paid.csv", os.O_WRONLY | os.O_NONBLOCK))
            except OSError as nobody:
                if nobody.errno != errno.ENXIO:
                    raise
                return False
            return True

        self.deadline(opened, what="a job reads", within=WITHIN)
        try:
            yield fed[0]
        finally:
            os.close(fed[0])

    def kill_first(self, *, with_job: bool) -> None:
        """kill -9, as the kernel does when memory is short: one process, or all of them."""
        self._orphans = _children(self.nodes[0])
        assert self._orphans, "its job is a program of its own"
        self.nodes[0].kill()
        # Nobody is waited for: the pipe has to be shut before the second one's job opens it, or that finds it empty.
        for process in self._orphans if with_job else ():
            process.kill()

    def taken_by_second(self) -> bool:
        """Whether the second one leads and has looked after the job."""
        row = self.job()
        return row is not None and row.attempts == 2

    def attempts(self) -> list[bool]:
        """Of each time the job really began: whether it came to its end."""
        return [each.compared for each in JobLog(self.folder / "var/reconcile/payouts").attempts]

    def over(self) -> bool:
        row = self.job()
        return row is not None and row.state == job_runs.DONE


def _children(node: Node) -> list[psutil.Process]:
    try:
        return psutil.Process(node.process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.fixture
def pair(store: dict[str, str], tmp_path: Path, deadline: Deadline) -> Iterator[Pair]:
    url = store.get("TOCSIN_DATABASE_URL", str(tmp_path / "var" / "tocsin.db"))
    made = Pair(tmp_path, url, deadline)
    yield made
    made.close()


def test_a_job_that_outlives_its_killed_leader_is_waited_for_and_not_begun_again(
    pair: Pair, deadline: Deadline
) -> None:
    with pair.feeding() as pipe:
        pair.kill_first(with_job=False)
        deadline(pair.taken_by_second, what="the second one looks after the job", within=WITHIN)
        assert pair.attempts() == [False], "the first run goes on, and no other began"
        os.write(pipe, ROWS)
    deadline(pair.over, what="its result is found", within=WITHIN)
    assert pair.attempts() == [True]
    assert len(list(pair.folder.glob("var/reconcile/payouts/????-??-??.json"))) == 1


def test_a_job_that_was_killed_with_its_leader_is_begun_again_by_the_other_and_ends_once(
    pair: Pair, deadline: Deadline
) -> None:
    with pair.feeding():
        pair.kill_first(with_job=True)
    deadline(pair.taken_by_second, what="the second one looks after the job", within=WITHIN)
    with pair.feeding() as pipe:
        os.write(pipe, ROWS)
    deadline(pair.over, what="it is done", within=WITHIN)
    assert pair.attempts() == [False, True]
    row = pair.job()
    assert row is not None
    assert row.attempts == 2
