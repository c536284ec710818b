"""What became of a job's runs: a line each in `log.jsonl` beside its results, on the disk before we go on.

It answers two questions: which deadlines passed without a result, and which of them were told already. The metric is
computed from it, never counted on the side.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.jobs.reconciliation import whole
from tocsin.jobs.deadline import Attempt, Missed, Schedule, missed
from tocsin.kit import codec

METRIC = "tocsin_job_sla_missed_total"
METRICS_FILE = "metrics.prom"

# Takes an alert, its original text, and a key under which it is taken only once.
Alarm = Callable[[Alert, str, str], None]


class _Line(msgspec.Struct):
    """One line of the log; which fields are set depends on `event`: watched, started, finished, failed, sla_missed."""

    event: str
    at: datetime
    due: datetime | None = None
    day: str | None = None
    verdict: str | None = None
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A job as its deadline is watched.

    Attributes:
        folder: of the job. section: anchor of the runbook section that speaks about it, or None.
        impact: what a missed deadline means, in the runbook's words; decides the severity.
    """

    job: str
    folder: Path
    plan: Schedule
    section: str | None
    runbook: str | None
    impact: str | None = None


class JobLog:
    """The log of one job."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "log.jsonl"
        self._lines = _read(self._file)

    def note(
        self, event: str, at: datetime, due: datetime | None = None, *, day: str | None = None,
        verdict: str | None = None, said: str | None = None,
    ) -> None:  # fmt: skip
        """Add a line; it is on the disk when this returns."""
        line = _Line(event, at, due, day, verdict, said)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as file:
            if file.tell() and not _ends_well(self._file):
                file.write(b"\n")  # a line that a crash cut off stays unreadable, and alone
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._lines.append(line)

    @property
    def watched_since(self) -> datetime | None:
        """When anything was first noted."""
        return self._lines[0].at if self._lines else None

    @property
    def told(self) -> datetime | None:
        """The newest planned start whose missed deadline was told."""
        return max(
            (line.due for line in self._lines if line.event == "sla_missed" and line.due), default=None
        )

    @property
    def missed_count(self) -> int:
        """How many deadlines passed, ever."""
        return len({line.due for line in self._lines if line.event == "sla_missed"})

    @property
    def open_alert(self) -> bool:
        """Whether a missed deadline was told and no result came since."""
        for line in reversed(self._lines):
            if line.event in ("finished", "sla_missed"):
                return line.event == "sla_missed"
        return False

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every run, in order; one that began and never ended is still running, as far as anybody knows."""
        found: list[Attempt] = []
        for line in self._lines:
            match line.event:
                case "started":
                    found.append(Attempt(line.due, line.at, None, False))
                case "finished" | "failed" if found and found[-1].finished is None:
                    found[-1] = Attempt(found[-1].due, found[-1].started, line.at, line.event == "finished")
                case _:
                    pass
        return tuple(found)


def watch(
    watched: Watched, log: JobLog, now: datetime, alarm: Alarm, say: Callable[[str], None]
) -> tuple[Missed, ...]:
    """Tell every deadline that passed: alert, structured line, metric. Each once, also over a crash in between.

    The first call only notes that somebody watches from now on: what was due before is nobody's fault.
    """
    since = log.watched_since
    if since is None:
        log.note("watched", now)
        since = now
    found = missed(watched.plan, log.attempts, since, log.told, now)
    for each in found:
        line = structured(watched, each, now)
        # The alert first: told twice under one key it is one alert, told never it is a silent night.
        alarm(_alert(watched, each), line, f"sla:{watched.job}:{each.due.isoformat()}")
        log.note("sla_missed", now, each.due, said=each.last_state.value)
        say(line)
    return found


def calm(watched: Watched, now: datetime, alarm: Alarm) -> None:
    """The result is there after all: the open alert of this job ends."""
    alert = Alert(
        fingerprint(watched.job),
        AlertState.RESOLVED,
        f"{watched.job}: the result is there",
        f"job:{watched.job}",
        now,
    )
    alarm(alert, codec.encode(alert), f"sla-over:{watched.job}:{now.isoformat()}")


def fingerprint(job: str) -> str:
    """Of every alert about this job's deadline."""
    return f"job:{job}"


def structured(watched: Watched, each: Missed, now: datetime) -> str:
    """The log line of a missed deadline, as JSON."""
    return json.dumps(
        {
            "ts": now.isoformat(),
            "level": "warning",
            "event": "sla_missed",
            "job": watched.job,
            "schedule": watched.plan.cron,
            "tz": watched.plan.zone.key,
            "expected_at": each.due.isoformat(),
            "deadline_at": each.deadline.isoformat(),
            "last_state": each.last_state.value,
            "runbook_url": watched.runbook,
        }
    )


def write_metrics(folder: Path, jobs: tuple[str, ...]) -> Path:
    """The metric of all jobs, in Prometheus text form, for a textfile collector. `folder` holds a folder per job."""
    lines = [
        f"# HELP {METRIC} Deadlines of scheduled jobs that passed without a result.",
        f"# TYPE {METRIC} counter",
        *(f'{METRIC}{{job="{job}"}} {JobLog(folder / job).missed_count}' for job in sorted(jobs)),
    ]
    path = folder / METRICS_FILE
    folder.mkdir(parents=True, exist_ok=True)
    with whole(path) as file:
        file.write(("\n".join(lines) + "\n").encode())
    return path


def _alert(watched: Watched, each: Missed) -> Alert:
    labels = {
        "job": watched.job,
        "kind": "job",
        "last_state": each.last_state.value,
        "schedule": f"{watched.plan.cron} {watched.plan.zone.key}",
        "expected_at": each.due.isoformat(),
        "deadline_at": each.deadline.isoformat(),
    }
    if watched.section is not None:
        labels["section"] = watched.section
    said = {
        "never_seen": "it has never run",
        "missed": "it did not run",
        "failed": "it failed",
        "running": "it is not over",
    }[each.last_state.value]
    title = f"{watched.job}: no result by {each.deadline:%Y-%m-%d %H:%M} UTC, {said}"
    return Alert(
        fingerprint(watched.job), AlertState.FIRING, title, f"job:{watched.job}", each.deadline, labels,
        impact=watched.impact, runbook_url=watched.runbook,
    )  # fmt: skip


def _read(file: Path) -> list[_Line]:
    """The lines that can be read: one that a crash cut off is none."""
    if not file.exists():
        return []
    found = []
    for line in file.read_bytes().splitlines():
        try:
            found.append(msgspec.json.decode(line, type=_Line))
        except msgspec.DecodeError:
            continue
    return found


def _ends_well(file: Path) -> bool:
    with file.open("rb") as look:
        look.seek(-1, os.SEEK_END)
        return look.read(1) == b"\n"
