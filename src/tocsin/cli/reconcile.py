"""tocsin reconcile JOB: compare two sides of money, and say by exit code whether they agree."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console

from tocsin.app.database import open_database
from tocsin.app.reconcile import Job, all_jobs, folder_of, job, work
from tocsin.app.settings import Settings
from tocsin.cli.common import settings
from tocsin.cli.options import config_option
from tocsin.cli.ticker import Ticker
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import accept_alert
from tocsin.engine.jobs.job_log import Alarm, JobLog, calm, fingerprint, watch, write_metrics
from tocsin.engine.jobs.reconciliation import only_one, run
from tocsin.errors import ConfigError, InputError, TocsinError
from tocsin.jobs.summary import Summary, Verdict, to_json, to_markdown, to_text
from tocsin.kit import codec
from tocsin.kit.clock import Clock, SystemClock

_FORMATS = ("text", "json", "markdown")


@click.command()
@click.argument("name", metavar="JOB", required=False)
@click.option(
    "--day", metavar="DATE", help="The day to reconcile. Default: the one the newest planned start is for."
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), default="text", help="How the summary is printed."
)
@click.option(
    "--deadlines", is_flag=True, help="Compare nothing; tell the deadlines that passed without a result."
)
@click.option(
    "--once",
    is_flag=True,
    help="Do nothing if the day has been compared since it was due: what serve starts.",
)
@config_option
def reconcile(
    name: str | None, day: str | None, form: str, deadlines: bool, once: bool, config: Path | None
) -> None:
    """Compare the records of both sides of [reconcile.JOB]: missing, twice, other amount, other currency.

    Exit code 0: all agree. 1: there are findings, or a deadline was missed. 2: a side cannot be read.

    \b
    tocsin reconcile payouts
    tocsin reconcile payouts --day 2026-11-20 --format markdown
    tocsin reconcile --deadlines
    """
    found, clock = settings(config), SystemClock()
    desk = _Desk(found, clock)
    if deadlines:
        jobs = (job(found, name),) if name else all_jobs(found)
        sys.exit(1 if _deadlines(jobs, desk) else 0)
    if name is None:
        known = (
            ", ".join(each.name for each in found.reconciliations)
            or "none yet: add [reconcile.NAME] to tocsin.toml"
        )
        raise InputError("Which job?", hint=f"Known: {known}.")
    it = job(found, name)
    wanted = it.day_at(clock.now()) if day is None else _day(day)
    summary = _reconcile(it, wanted, desk, once)
    if summary is None:
        _say(f"{it.settings.name} {wanted}: compared already.")
        sys.exit(0)
    match form:
        case "json":
            click.echo(to_json(summary), nl=False)
        case "markdown":
            click.echo(to_markdown(summary), nl=False)
        case _:
            for line in to_text(summary):
                click.echo(line)
            click.echo(f"  all of it: {it.folder / f'{wanted}.md'}")
    sys.exit(0 if summary.verdict is Verdict.CLEAN else 1)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a run needs beside its job."""

    found: Settings
    clock: Clock

    def alarm(self, alert: Alert, raw: str, key: str) -> None:
        """Into the store, where the engine finds it; taken once under its key."""
        with open_database(self.found) as database:
            accept_alert(database, alert, raw, self.clock.now(), key)

    def metrics(self) -> None:
        """Bring the metric's file up to date."""
        write_metrics(folder_of(self.found), tuple(each.name for each in self.found.reconciliations))


def _reconcile(it: Job, day: date, desk: _Desk, once: bool) -> Summary | None:
    """One run, noted in the job's log from its start to its end; None if it had to be done once and is done.

    That is looked at under the lock: what a killed leader had started may end while the next one starts it again.
    """
    due = it.due_of(day)
    todo = work(desk.found, it, day)
    out = Console(stderr=True)
    ticker = Ticker(out, desk.clock)
    with only_one(it.folder, it.settings.name):
        log = JobLog(it.folder)
        if once and any(each.compared and each.due == due for each in log.attempts):
            return None
        log.note("started", desk.clock.now(), due, day=day.isoformat())
        try:
            ticker.say(f"reading {todo.names[0]}")
            summary = run(todo, lambda name, rows: ticker.say(f"reading {name}: {rows:,} records", name))
        except TocsinError as problem:
            log.note("failed", desk.clock.now(), due, day=day.isoformat(), said=problem.message)
            _tell_deadlines(it, log, desk)
            raise
        finally:
            ticker.still()
        was_open = log.open_alert
        now = desk.clock.now()
        log.note("finished", now, due, day=day.isoformat(), verdict=summary.verdict.value, said=summary.line)
        late = _tell_deadlines(it, log, desk)
        if was_open or late:
            _calm(it, log, now, desk.alarm)
        _findings(it, summary, now, desk.alarm)
    return summary


def _tell_deadlines(it: Job, log: JobLog, desk: _Desk) -> int:
    watched = it.watched
    told = () if watched is None else watch(watched, log, desk.clock.now(), desk.alarm, _say)
    desk.metrics()
    return len(told)


def _calm(it: Job, log: JobLog, now: datetime, alarm: Alarm) -> None:
    """The result is there, although late: the alert of the missed deadline ends."""
    if it.watched is not None:
        calm(it.watched, now, alarm)
        log.note("calmed", now)


def _findings(it: Job, summary: Summary, now: datetime, alarm: Callable[[Alert, str, str], None]) -> None:
    """An alert about what was found, and its end: only where the settings ask for it."""
    if not it.settings.alert_on_findings:
        return
    state = AlertState.RESOLVED if summary.verdict is Verdict.CLEAN else AlertState.FIRING
    labels = {
        "job": summary.job,
        "kind": "job",
        "day": summary.day.isoformat(),
        "verdict": summary.verdict.value,
    }
    if it.section is not None:
        labels["section"] = it.section
    alert = Alert(
        f"{fingerprint(summary.job)}:findings", state, summary.line, f"job:{summary.job}", now, labels,
        impact=it.settings.impact, runbook_url=it.runbook,
    )  # fmt: skip
    proof = f"findings:{summary.job}:{summary.day}:{summary.findings_sha256}:{summary.verdict.value}"
    alarm(alert, codec.encode(alert), proof)


def _deadlines(jobs: tuple[Job, ...], desk: _Desk) -> int:
    """How many deadlines were told now."""
    planned = [it for it in jobs if it.watched is not None]
    if not planned:
        raise ConfigError(
            "No reconciliation has a schedule.",
            hint='Set schedule = "0 2 * * *" in [reconcile.NAME], or let the runbook say it.',
        )
    told = 0
    for it in planned:
        with only_one(it.folder / "watch", it.settings.name):
            told += _tell_deadlines(it, JobLog(it.folder), desk)
    return told


def _say(line: str) -> None:
    click.echo(line, err=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise InputError(f'"{text}" is not a day.', hint="Write it as 2026-11-20.") from problem
