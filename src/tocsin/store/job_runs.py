"""Which planned times of which jobs were taken: a row before the start, its end after it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from tocsin.store.schema import safe_text
from tocsin.store.schema_heartbeats import job_runs
from tocsin.store.tx import Tx

STARTED, DONE, FAILED = "started", "done", "failed"


@dataclass(frozen=True, slots=True)
class JobRun:
    """One planned time. `state`: started, done or failed. `holder`: the process that started it last."""

    job: str
    due_at: datetime
    state: str
    attempts: int
    holder: str
    started_at: datetime
    ended_at: datetime | None
    said: str | None


def get(tx: Tx, job: str, due: datetime) -> JobRun | None:
    """What became of a planned time; None if nobody took it."""
    row = tx.execute(_ALL.where(job_runs.c.job == job, job_runs.c.due_at == due)).first()
    return None if row is None else JobRun(*row)


def take(tx: Tx, job: str, due: datetime, holder: str, now: datetime) -> JobRun:
    """This process starts it now: the first time, or again after the last one was cut off."""
    before = get(tx, job, due)
    values = {
        "state": STARTED,
        "holder": safe_text(holder),
        "started_at": now,
        "ended_at": None,
        "said": None,
    }
    if before is None:
        tx.execute(insert(job_runs).values(job=safe_text(job), due_at=due, attempts=1, **values))
        return JobRun(job, due, STARTED, 1, holder, now, None, None)
    attempts = before.attempts + 1
    mine = update(job_runs).where(job_runs.c.job == job, job_runs.c.due_at == due)
    tx.execute(mine.values(attempts=attempts, **values))
    return JobRun(job, due, STARTED, attempts, holder, now, None, None)


def end(tx: Tx, job: str, due: datetime, state: str, said: str, now: datetime) -> None:
    """How it ended."""
    mine = update(job_runs).where(job_runs.c.job == job, job_runs.c.due_at == due)
    tx.execute(mine.values(state=state, said=safe_text(said), ended_at=now))


def listing(tx: Tx, job: str, limit: int = 100) -> tuple[JobRun, ...]:
    """The newest planned times of a job that were taken, the newest first."""
    found = _ALL.where(job_runs.c.job == job).order_by(job_runs.c.due_at.desc()).limit(limit)
    return tuple(JobRun(*row) for row in tx.execute(found))


_ALL = select(
    job_runs.c.job, job_runs.c.due_at, job_runs.c.state, job_runs.c.attempts, job_runs.c.holder,
    job_runs.c.started_at, job_runs.c.ended_at, job_runs.c.said,
)  # fmt: skip
