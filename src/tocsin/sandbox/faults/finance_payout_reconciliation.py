"""PrepChef, "Finance payout reconciliation": the nightly job does not run any more, and says nothing about it."""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.oracles import postgres
from tocsin.sandbox.oracles.files import digest
from tocsin.sandbox.payout_job import DAY, PrepChefJobsRoom
from tocsin.sandbox.prepchef import DATABASE
from tocsin.sandbox.service import wait_until

HEADING = "Finance payout reconciliation"
_WITHIN = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Before:
    """Nothing has to be remembered: the job is started as it was."""


def inject(room: PrepChefJobsRoom) -> Before:
    """End the scheduler of the job, as a reboot without `enable` does. Raises TocsinError."""
    room.job.stop()
    return Before()


def confirm(room: PrepChefJobsRoom) -> bool:
    """Whether nobody runs the job: no process of it, seen by the kernel's list and not by its results."""
    return room.job.pid is None


def restore(room: PrepChefJobsRoom, _: Before) -> None:
    """The scheduler runs, and has compared the payouts since it was started. Raises TocsinError."""
    if room.job.pid is not None:
        return
    before = _written(room)
    room.job.start()
    wait_until(
        lambda: room.job.pid is not None and _written(room) > before,
        "the payouts are compared again",
        _WITHIN,
    )


def oracles(room: PrepChefJobsRoom) -> Oracles:
    """Payouts and everything else in the database, the ledger, and the newest result: a rerun gives the same bytes."""
    return {
        **postgres.contents(room.postgres, DATABASE),
        "ledger": digest(room.job.home / f"ledger-{DAY}.csv"),
        "result": digest(room.job.result),
    }


MISSED = Fault(
    "finance_payout_reconciliation.missed",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("prepchef-jobs",),
    stand_ins=("a night lasts three seconds",),
)


def _written(room: PrepChefJobsRoom) -> int:
    """When the newest result was written, in nanoseconds since 1970; 0 without one."""
    return room.job.result.stat().st_mtime_ns if room.job.result.exists() else 0
