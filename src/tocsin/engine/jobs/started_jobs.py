"""Starts jobs when they are due: each planned time is taken by one process, once, and a row says so before it starts.

A job that was cut off by a crash is started again, for a job of ours leaves nothing behind unless it ended. What ended
is asked of the job's own results first, so that nothing is done twice.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from tocsin.errors import StoreError, TocsinError
from tocsin.jobs.deadline import Schedule
from tocsin.kit.clock import Clock
from tocsin.store import job_runs, lease, meta
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

ATTEMPTS = 5  # of one planned time, counting those that were cut off
_STOP_SECONDS = 20.0
_LOOK_AGAIN = timedelta(seconds=15)


class How(Enum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    ELSEWHERE = "elsewhere"  # another process runs it already: look again later
    STOPPED = "stopped"  # because tocsin stops: the next one starts it again


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended, and a line about it."""

    how: How
    said: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job that we start.

    Attributes:
        run: does it, for a planned time; may take long.
        done: whether the results say that a planned time, first taken then, is done; a line about it, or None.
    """

    name: str
    plan: Schedule
    run: Callable[[datetime], Ending]
    done: Callable[[datetime, datetime], str | None]


class StartedJobs:
    """Those of one process. `turn` is called every second or so by a thread of the leading process."""

    def __init__(self, database: Database, jobs: tuple[Job, ...], clock: Clock, holder: str) -> None:
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._holder = holder
        self._threads: dict[str, threading.Thread] = {}
        self._looked: dict[str, datetime] = {}
        self._elsewhere: dict[tuple[str, datetime], datetime] = {}  # when to look again

    def take_up(self, jobs: tuple[Job, ...]) -> None:
        """From the next turn on these are the jobs; one that runs goes on to its end."""
        self._jobs = jobs

    def turn(self, held: lease.Lease) -> None:
        """Start what is due and not taken."""
        now = self._clock.now()
        for job in self._jobs:
            running = self._threads.get(job.name)
            if running is not None and running.is_alive():
                continue
            due = job.plan.last_due(now)
            if due is None or self._looked.get(job.name) == due:
                continue
            if self._elsewhere.get((job.name, due), now) > now:
                continue
            self._due(job, due, now, held)

    def wait(self) -> None:
        """Until what runs has ended; it is told to end by others."""
        for thread in self._threads.values():
            thread.join(_STOP_SECONDS)

    def _due(self, job: Job, due: datetime, now: datetime, held: lease.Lease) -> None:
        """Take a planned time and start it, unless it is not ours, is over, or its results are there already."""
        with self._database.read() as tx:
            row = job_runs.get(tx, job.name, due)
        # Results are files: they are looked at before the transaction, which others wait for.
        done = job.done(due, row.started_at if row is not None else now)
        with self._database.write() as tx:
            lease.check(tx, held)
            starts = self._take(tx, job, due, now, done)
        if not starts:
            self._looked[job.name] = due
            return
        thread = threading.Thread(
            target=self._run, args=(job, due), name=f"tocsin-job-{job.name}", daemon=True
        )
        self._threads[job.name] = thread
        thread.start()

    def _take(self, tx: Tx, job: Job, due: datetime, now: datetime, done: str | None) -> bool:
        """Whether it has to be started now; everything else about it is settled."""
        known = meta.get(tx, _key(job))
        if known is None:
            meta.put(tx, _key(job), now.isoformat())  # what was due before is nobody's
        if known is None or due < datetime.fromisoformat(known):
            return False
        for old in job_runs.listing(tx, job.name, 10):
            if old.state == job_runs.STARTED and old.due_at < due:
                job_runs.end(tx, job.name, old.due_at, job_runs.FAILED, "cut off, and the next was due", now)
        row = job_runs.get(tx, job.name, due)
        if row is not None and row.state != job_runs.STARTED:
            return False
        again = (job.name, due) in self._elsewhere
        if row is None or (done is None and not again):
            row = job_runs.take(tx, job.name, due, self._holder, now)
        if done is not None:
            job_runs.end(tx, job.name, due, job_runs.DONE, done, now)
        elif row.attempts > ATTEMPTS:
            job_runs.end(tx, job.name, due, job_runs.FAILED, "was cut off too often", now)
        else:
            return True
        return False

    def _run(self, job: Job, due: datetime) -> None:
        logger.info("job=%s due=%s started", job.name, due.isoformat())
        try:
            ending = job.run(due)
        except TocsinError as problem:
            ending = Ending(How.FAILED, problem.message)
        except Exception as problem:
            logger.critical("job=%s: %s", job.name, problem, exc_info=problem)
            ending = Ending(How.FAILED, f"{type(problem).__name__}: {problem}")
        log = logger.error if ending.how is How.FAILED else logger.info
        log("job=%s due=%s %s: %s", job.name, due.isoformat(), ending.how.value, ending.said)
        if ending.how is How.ELSEWHERE:
            self._elsewhere[job.name, due] = self._clock.now() + _LOOK_AGAIN
        if ending.how in (How.ELSEWHERE, How.STOPPED):
            return  # the row stays as started; it is looked at again
        state = job_runs.DONE if ending.how is How.DONE else job_runs.FAILED
        try:
            with self._database.write() as tx:
                job_runs.end(tx, job.name, due, state, ending.said, self._clock.now())
        except StoreError as problem:
            logger.error("job=%s: its end was not kept: %s", job.name, problem)


def _key(job: Job) -> str:
    return f"job {job.name} known"
