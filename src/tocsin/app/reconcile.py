"""From the settings of a reconciliation to work that can be done: sources opened, schedule and section looked up."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.app.settings_reconcile import ReconcileSettings, SideSettings, planned
from tocsin.connectors.csv_rows import CsvFile
from tocsin.connectors.postgres_rows import PostgresQuery
from tocsin.connectors.row_form import RowForm
from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge
from tocsin.engine.jobs.job_log import Watched
from tocsin.engine.jobs.reconciliation import Reads, Work
from tocsin.errors import ConfigError, InputError, NotFound
from tocsin.jobs.deadline import Schedule
from tocsin.kit.plugins import plugins
from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.policy.terms import JobPromise

GROUP = "tocsin.rows"
DAY = "{day}"


@dataclass(frozen=True, slots=True)
class Job:
    """A job with everything that is known about it.

    Attributes:
        plan: when it runs, or None. section: anchor of the runbook section that promises it. folder: of its results.
    """

    settings: ReconcileSettings
    plan: Schedule | None
    section: str | None
    runbook: str | None
    folder: Path

    @property
    def watched(self) -> Watched | None:
        """As its deadline is watched; None without a schedule."""
        if self.plan is None:
            return None
        return Watched(
            self.settings.name, self.folder, self.plan, self.section, self.runbook, self.settings.impact
        )

    def day_at(self, now: datetime) -> date:
        """The day to reconcile: as many days before the newest planned start as the settings say."""
        due = self.plan.last_due(now) if self.plan is not None else None
        zone = self.plan.zone if self.plan is not None else ZoneInfo("UTC")
        return (due or now).astimezone(zone).date() - timedelta(days=self.settings.lag)

    def due_of(self, day: date) -> datetime | None:
        """The planned start that stands for a day."""
        return self.plan.due_on(day + timedelta(days=self.settings.lag)) if self.plan is not None else None


def folder_of(found: Settings) -> Path:
    """Where every job has a folder of its own, and the metric lies."""
    return found.data / "reconcile"


def job(found: Settings, name: str) -> Job:
    """The job of this name. Raises NotFound, ConfigError."""
    for each in found.reconciliations:
        if each.name == name:
            return _job(found, each)
    known = ", ".join(each.name for each in found.reconciliations) or "none yet"
    raise NotFound(
        f'{found.file} has no reconciliation "{name}".',
        hint=f"Known: {known}. Add [reconcile.{name}] for a new one.",
    )


def all_jobs(found: Settings) -> tuple[Job, ...]:
    """Every job of the file."""
    return tuple(_job(found, each) for each in found.reconciliations)


def _job(found: Settings, each: ReconcileSettings) -> Job:
    book = compile_runbook(read_runbook(found.runbook), str(found.runbook))
    promise = _promise(book, each)
    anchor = _anchor(book, each, promise)
    plan = planned(each, promise.cron if promise else None, promise.zone if promise else None)
    runbook = f"{found.runbook.as_uri()}#{anchor}" if anchor is not None else None
    return Job(each, plan, anchor, runbook, folder_of(found) / each.name)


def _promise(book: Runbook, each: ReconcileSettings) -> JobPromise | None:
    """What the runbook promises about this job: in the section named, else its only promise with a schedule."""
    promised = [promise for promise in book.policy.jobs if promise.cron is not None]
    if each.section is not None:
        section = book.section(each.section)
        if section is None:
            raise ConfigError(
                f'reconcile.{each.name}: the runbook has no section "{each.section}".',
                hint="See tocsin plan RUNBOOK.",
            )
        span = section.span
        return next((p for p in promised if span.first_line <= p.span.first_line <= span.last_line), None)
    return promised[0] if len(promised) == 1 else None


def _anchor(book: Runbook, each: ReconcileSettings, promise: JobPromise | None) -> str | None:
    if each.section is not None:
        section = book.section(each.section)
        return section.anchor if section is not None else None
    section = book.section(promise.name) if promise is not None else None
    return section.anchor if section is not None else None


def work(found: Settings, it: Job, day: date) -> Work:
    """What has to be done for a day. Raises ConfigError: a variable is not set, a query would change something."""
    base, each = found.file.parent, it.settings
    return Work(
        each.name, day, (each.left.name, each.right.name),
        _source(each.left, day, base, each.expand), _source(each.right, day, base, each.expand),
        each.rule, it.folder, each.may_be_empty,
    )  # fmt: skip


def _source(side: SideSettings, day: date, base: Path, expand: Callable[[str, str], str]) -> Reads:
    where = expand(side.where, f"{side.key}.{side.kind}")
    if side.kind == "postgres":
        return PostgresQuery(where, _query(side, day), side.form, side.within)
    path = Path(where.replace(DAY, day.isoformat())).expanduser()
    path = path if path.is_absolute() else base / path
    if side.kind == "csv":
        return CsvFile(path, side.form, side.delimiter, side.encoding)
    return _parquet(path, side.form)


def _query(side: SideSettings, day: date) -> str:
    """The query of a day. Whatever would do more than look is refused, also inside our read-only transaction."""
    query = re.sub(r"\{day\}", f"DATE '{day.isoformat()}'", side.query)
    judged = judge(query, "sql")
    if judged.effect is not Effect.OBSERVE:
        why = "; ".join(reason.sentence for reason in judged.reasons) or "nobody can say what it does"
        raise ConfigError(
            f"{side.key}.query: it would do more than look ({judged.effect.name.lower()}: {why}).",
            hint="Write one SELECT. See: tocsin judge --language sql.",
        )
    return query


def _parquet(path: Path, form: RowForm) -> Reads:
    """Through its entry point, for its library is an extra."""
    entry = plugins(GROUP)["parquet"]
    try:
        opened: Callable[[Path, RowForm], Reads] = entry.load()
    except ImportError as problem:
        raise InputError(
            f"{path}: Parquet cannot be read here: {problem}.", hint="Install tocsin[parquet]."
        ) from problem
    return opened(path, form)
