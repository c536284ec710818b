"""Jobs while we lead: heartbeats that are watched, and what tocsin itself starts on schedule."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.app.reconcile import Job, all_jobs, folder_of
from tocsin.app.settings import Settings
from tocsin.app.settings_synthetics import SyntheticsSettings
from tocsin.connectors.own_command import Ended, OwnCommand
from tocsin.detection.alert import Alert
from tocsin.detection.heartbeat import Kind, Rules
from tocsin.engine.intake import accept_alert
from tocsin.engine.jobs.heartbeat_spec import Catalog, Spec
from tocsin.engine.jobs.heartbeats import Heartbeats, Report
from tocsin.engine.jobs.job_log import JobLog, write_metrics
from tocsin.engine.jobs.job_log import watch as tell_deadlines
from tocsin.engine.jobs.reconciliation import only_one
from tocsin.engine.jobs.started_jobs import Ending, How, StartedJobs
from tocsin.engine.jobs.started_jobs import Job as Started
from tocsin.engine.jobs.synthetics import History
from tocsin.engine.paging.canary import Turns, watch
from tocsin.errors import ConfigError, Refused
from tocsin.jobs.deadline import schedule
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.runbook.book import Runbook
from tocsin.store import lease
from tocsin.store.database import Database
from tocsin.store.tx import Tx

sla = logging.getLogger("tocsin.sla")

SYNTHETICS = "tocsin-synthetics"
_PAUSE = timedelta(seconds=1)
_LOOK_EVERY = timedelta(seconds=15)
_LONGEST = timedelta(hours=6)  # of a reconciliation; its deadline has been told long before
_STOP_SECONDS = 20.0
_BUSY = 5  # exit code of Refused: another process does it already


class Jobs:
    """The heartbeats of an installation, and the threads that watch them and start jobs.

    Attributes:
        heartbeats: takes pings in; also while this process does not lead.
        started: the jobs that are started when due. deadlines: those of reconciliations.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        book: Runbook,
        clock: Clock,
        redactor: Redactor,
        name: str,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.heartbeats = Heartbeats(database, catalog(settings, book), clock, redactor)
        environment = {**settings.variables, "TOCSIN_CONFIG": str(settings.file)}
        self._command = OwnCommand(environment, clock, redactor)
        reconciliations = _with_a_plan(settings)
        self.started = StartedJobs(database, self._to_start(reconciliations), clock, name)
        self.deadlines = Deadlines(database, settings, reconciliations, clock)

    def take_up(self, settings: Settings, expected: Catalog) -> None:
        """From the next look on these are the jobs. One that runs goes on to its end, as it began.

        Args:
            expected: the heartbeats, whose rows are prepared.
        """
        self._settings = settings
        reconciliations = _with_a_plan(settings)
        self.heartbeats.take_up(expected)
        self.started.take_up(self._to_start(reconciliations))
        self.deadlines.take_up(settings, reconciliations)

    def prepare(self, tx: Tx) -> None:
        """Bring the rows of heartbeats up to what tocsin.toml says."""
        self.heartbeats.prepare(tx)

    def start(self, held: Callable[[], lease.Lease]) -> None:
        """Begin to watch and to start what is due."""
        work: Mapping[str, Turns] = {
            "heartbeats": _Silence(self.heartbeats), "jobs": self.started, "deadlines": self.deadlines,
        }  # fmt: skip
        for name, each in work.items():
            thread = threading.Thread(
                target=watch, args=(each, held, self._stop, _PAUSE), name=f"tocsin-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End; a job that runs is cut off, and started again by whoever leads next."""
        self._stop.set()
        self._command.end()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(_STOP_SECONDS)
        self.started.wait()

    def _to_start(self, reconciliations: tuple[Job, ...]) -> tuple[Started, ...]:
        ours = [self._reconciliation(it) for it in reconciliations if it.settings.started_by == "tocsin"]
        return (*ours, *self._synthetics())

    def _reconciliation(self, it: Job) -> Started:
        assert it.plan is not None
        name, plan = it.settings.name, it.plan

        def run(due: datetime) -> Ending:
            day = due.astimezone(plan.zone).date() - timedelta(days=it.settings.lag)
            ended = self._command.run(("reconcile", name, "--day", day.isoformat(), "--once"), _LONGEST)
            for line in ended.said.splitlines():
                if line.startswith("{") and '"sla_missed"' in line:
                    sla.warning(line)  # it ended after its deadline and said so itself, to nobody but us
            return self._ending(ended, done(due, due) is not None)

        def done(due: datetime, since: datetime) -> str | None:
            over = [each for each in JobLog(it.folder).attempts if each.due == due and each.compared]
            return f"ended {over[-1].finished}" if over else None

        return Started(f"reconcile {name}", plan, run, done)

    def _synthetics(self) -> list[Started]:
        settings = self._settings.synthetics
        if settings is None or settings.cron is None:
            return []
        plan = schedule(settings.cron, settings.zone, settings.deadline)

        def run(due: datetime) -> Ending:
            began = self._clock.now()
            self.heartbeats.report(SYNTHETICS, Report(Kind.START, method="own"))
            ended = self._command.run(("synthetics", "run"), settings.deadline)
            measured = done(due, began) is not None
            ending = self._ending(ended, measured)
            if ending.how in (How.DONE, How.FAILED):
                kind = Kind.SUCCESS if ending.how is How.DONE else Kind.FAIL
                self.heartbeats.report(
                    SYNTHETICS, Report(kind, exit=ended.exit, body=ended.said.encode(), method="own")
                )
            return ending

        def done(due: datetime, since: datetime) -> str | None:
            runs = History(self._settings.data / "synthetics" / "runs.jsonl").runs
            return f"ended {runs[-1].at}" if runs and runs[-1].at >= since else None

        return [Started("synthetics", plan, run, done)]

    def _ending(self, ended: Ended, measured: bool) -> Ending:
        """What the end of a program means: it did its work if its results say so, whatever they found."""
        if measured:
            return Ending(How.DONE, f"exit status {ended.exit}")
        if self._stop.is_set():
            return Ending(How.STOPPED, "tocsin stops")
        if ended.exit == _BUSY:
            return Ending(How.ELSEWHERE, ended.said)
        late = "took too long and was ended; " if ended.timed_out else ""
        return Ending(How.FAILED, f"{late}exit status {ended.exit}: {ended.said}")


class Deadlines:
    """Tells the deadlines of reconciliations that passed, whoever starts these."""

    def __init__(self, database: Database, settings: Settings, jobs: tuple[Job, ...], clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._jobs = jobs
        self._clock = clock
        self._last: datetime | None = None

    def take_up(self, settings: Settings, jobs: tuple[Job, ...]) -> None:
        """From the next look on these are the jobs."""
        self._settings, self._jobs = settings, jobs

    def turn(self, held: lease.Lease) -> None:
        """Look at each, every few seconds."""
        now = self._clock.now()
        if not self._jobs or (self._last is not None and now - self._last < _LOOK_EVERY):
            return
        self._last = now
        told = sum(self._look(it, now) for it in self._jobs)
        if told:
            names = tuple(each.name for each in self._settings.reconciliations)
            write_metrics(folder_of(self._settings), names)

    def _look(self, it: Job, now: datetime) -> int:
        watched = it.watched
        if watched is None:
            return 0
        try:
            with only_one(it.folder / "watch", it.settings.name):
                return len(tell_deadlines(watched, JobLog(it.folder), now, self._alarm, sla.warning))
        except Refused:
            return 0  # somebody looks right now, by hand

    def _alarm(self, alert: Alert, raw: str, key: str) -> None:
        accept_alert(self._database, alert, raw, self._clock.now(), key)


def _with_a_plan(settings: Settings) -> tuple[Job, ...]:
    return tuple(it for it in all_jobs(settings) if it.plan is not None)


class _Silence:
    """Heartbeats as something that is looked after."""

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats

    def turn(self, held: lease.Lease) -> None:
        """Tell what has passed."""
        self._heartbeats.turn(held)


def catalog(settings: Settings, book: Runbook) -> Catalog:
    """The heartbeats of the settings, and that of our own synthetics, each with its section looked up.

    Raises ConfigError: the runbook has no such section, or a name of ours is taken.
    """
    specs = dict(settings.heartbeats.specs)
    own = settings.synthetics
    if own is not None and own.cron is not None:
        if SYNTHETICS in specs:
            raise ConfigError(
                f'{settings.file}: heartbeats: the name "{SYNTHETICS}" is ours, for [synthetics] has a schedule.',
                hint="Choose another name.",
            )
        specs[SYNTHETICS] = _own_spec(own)
    for name, spec in specs.items():
        if spec.section is None:
            continue
        section = book.section(spec.section)
        if section is None:
            raise ConfigError(
                f'{settings.file}: heartbeats: {name}: the runbook has no section "{spec.section}".',
                hint=f"See: tocsin plan {settings.runbook}.",
            )
        specs[name] = replace(spec, section=section.anchor)
    return Catalog(specs, settings.heartbeats.keys)


def _own_spec(own: SyntheticsSettings) -> Spec:
    return Spec(
        SYNTHETICS, Rules(grace=own.deadline, limit=own.deadline + timedelta(minutes=1), wall=True, slow_factor=0),
        cron=own.cron, zone=own.zone, section=own.section, impact="Nobody measures what the runbook promises",
    )  # fmt: skip
