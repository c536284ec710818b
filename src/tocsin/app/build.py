"""Puts the parts together: settings in, a running engine out, and everything stopped again in order."""

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tocsin.app.database import open_database
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import PagerSettings, Settings
from tocsin.connectors import registry
from tocsin.connectors.api import Pager, Runner, RunRequest, RunResult
from tocsin.connectors.process import LocalRunner
from tocsin.connectors.sql import SqlRunner
from tocsin.detection.check import CheckSpec
from tocsin.engine.decisions import Decisions, Surroundings
from tocsin.engine.leadership import Leadership
from tocsin.engine.library import Library, Text
from tocsin.engine.loop import Loop
from tocsin.engine.perform import Means, Performers
from tocsin.engine.recover import recover
from tocsin.engine.run_step import Workshop
from tocsin.engine.watch import Watch
from tocsin.engine.write_up import writer
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.probe.registry import Probers
from tocsin.probe.scheduler import CheckRunner
from tocsin.store import lease

logger = logging.getLogger("tocsin.app")

_STOP_LIMIT = timedelta(seconds=35)


class App:
    """One running tocsin.

    Attributes:
        loop: for /healthz. watch: states of the checks. changes_in_doubt: found at the start.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.redactor = Redactor(settings.secrets)
        self.library = Library(
            Text(settings.runbook, read_runbook(settings.runbook)),
            today=clock.now().date(),
            waivers=settings.waivers,
        )
        self._pagers = {pager.name: _pager(pager, settings.data) for pager in settings.pagers}
        probers = make_probers(settings, clock)
        for spec in settings.checks:
            probers.validate(spec)
        self.database = open_database(settings)
        self.leadership = Leadership(self.database, clock)
        self.watch = Watch(self.database, settings.checks, clock, redactor=self.redactor)
        self._probes = CheckRunner(settings.checks, self.watch.take, clock, probers=probers)
        self._stop = threading.Event()
        self._performers = self._make_performers()
        self.loop = self._make_loop()
        self.changes_in_doubt = 0
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._turn, name="tocsin-loop", daemon=True)

    def start(self, stop: threading.Event) -> bool:
        """Wait until this process leads, settle what the last one left, and begin. False if told to stop before."""
        if not self.leadership.take(stop):
            return False
        with self.database.write() as tx:
            lease.check(tx, self.leadership.held())
            self.library.keep(tx)
            self.changes_in_doubt = recover(tx, self.clock.now())
        self._thread.start()
        self._performers.start()
        self._probes.start()
        return True

    @property
    def stopped(self) -> threading.Event:
        """Set when the engine has stopped, by itself or because it was told to."""
        return self._stop

    def stop(self) -> None:
        """Let the change that runs come to its end, then take no more samples, give the lease back, close the store.

        A change cut off half-way is the worst that can be left behind, so it is waited for as long as it may take, and
        the engine goes on watching and waking meanwhile. Whoever cannot wait kills it: then the change is in doubt.
        """
        if self.failed is None:
            self._performers.finish_changes(self.settings.change_timeout + _STOP_LIMIT)
        self._stop.set()
        self._probes.stop()
        self._performers.stop(_STOP_LIMIT)
        if self._thread.is_alive():
            self._thread.join(_STOP_LIMIT.total_seconds())
        self.leadership.give_back()
        self.database.close()

    def _turn(self) -> None:
        try:
            self.loop.run(self._stop)
        except BaseException as problem:
            # A loop that ended is an engine that is dead: nothing may look as if it still worked.
            logger.critical("the engine stopped: %s", problem, exc_info=not isinstance(problem, lease.Lost))
            self.failed = problem
            self._stop.set()

    def _make_performers(self) -> Performers:
        settings = self.settings
        cwd = str(settings.cwd) if settings.cwd is not None else None
        workshop = Workshop(
            self._runners(),
            self.redactor,
            self.clock,
            settings.step_timeout,
            settings.change_timeout,
            cwd,
            self._writers(),
        )
        subjects = {spec.name: subject for spec in settings.checks if (subject := self._subject(spec))}
        write_draft = writer(
            self.database, self.library, settings.data / "postmortems", settings.response, subjects
        )
        drill_pagers = frozenset(pager.name for pager in settings.pagers if pager.drill)
        means = Means(self._pagers, drill_pagers, settings.roster, workshop, write_draft, settings.outlets)
        return Performers(self.database, means, self.clock, self.leadership.held, self.leadership.name)

    def _subject(self, spec: CheckSpec) -> str | None:
        """What a check looks at, as people say it; without the password an address may hold."""
        url = spec.settings.get("url")
        return self.redactor.redact(url) if isinstance(url, str) else None

    def _make_loop(self) -> Loop:
        settings = self.settings
        around = Surroundings(self.library, settings.oncall, settings.targets, settings.response)
        return Loop(
            self.database,
            Decisions(around),
            self.clock,
            self.leadership.held,
            settings.response.reopen,
            self._performers.wake,
        )

    def _runners(self) -> Mapping[str, Runner]:
        """One runner for each bound target: this machine under its own and its bound names, and the databases."""
        settings = self.settings
        local = LocalRunner(settings.targets.local, settings.environment, self.redactor, self.clock)
        runners: dict[str, Runner] = {settings.targets.local: local}
        runners.update(dict.fromkeys(settings.targets.hosts, local))
        return {**runners, **self._databases(read_only=True)}

    def _writers(self) -> Mapping[str, Runner]:
        """The same databases for approved steps, on connections that may write."""
        return self._databases(read_only=False)

    def _databases(self, read_only: bool) -> dict[str, Runner]:
        return {
            f"database:{name}": SqlRunner(
                f"database {name}", value, self.redactor, self.clock, read_only=read_only
            )
            for name, value in self.settings.environment.items()
            if value.startswith(("postgres://", "postgresql://"))
        }


def make_probers(settings: Settings, clock: Clock) -> Probers:
    """What takes the samples of this installation's checks."""
    local = LocalRunner(settings.targets.local, settings.environment, Redactor(settings.secrets), clock)

    def run(text: str, limit: timedelta) -> RunResult:
        return local.run(RunRequest(text, timeout=limit, cwd=str(settings.cwd) if settings.cwd else None))

    return Probers(clock, run=run, variables=settings.variables)


def _pager(pager: PagerSettings, data: Path) -> Pager:
    settings = dict(pager.settings)
    path = settings.get("path")
    if isinstance(path, str) and not Path(path).is_absolute():
        settings["path"] = str(data / path)
    return registry.pager(pager.kind, settings)
