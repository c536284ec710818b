"""Puts the parts together: settings in, a running engine out, and everything stopped again in order."""

import logging
import secrets
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from tocsin.app.database import open_database
from tocsin.app.drilling import Drilling
from tocsin.app.entrance import Entrance
from tocsin.app.health import leads_well
from tocsin.app.heralds import Heralds
from tocsin.app.intake import Intake
from tocsin.app.jobs import Jobs
from tocsin.app.places import Places
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import PagerSettings, Settings
from tocsin.app.status_page import StatusPage
from tocsin.app.vigil import Vigil
from tocsin.connectors import registry
from tocsin.connectors.api import OpensRooms, Pager, Runner, RunRequest, RunResult, Settles
from tocsin.connectors.process import LocalRunner
from tocsin.engine.decisions import Decisions, Surroundings
from tocsin.engine.for_channels import Wishes
from tocsin.engine.identities import Watcher
from tocsin.engine.leadership import Leadership
from tocsin.engine.library import Library, Text
from tocsin.engine.loop import Loop
from tocsin.engine.paging.circuit import Circuit
from tocsin.engine.paging.links import SECRET as LINK_SECRET
from tocsin.engine.paging.links import Links
from tocsin.engine.paging.links import secret as link_secret
from tocsin.engine.perform import Means, Performers
from tocsin.engine.recover import recover
from tocsin.engine.run_step import Workshop
from tocsin.engine.scripts import Scripts
from tocsin.engine.secret_store import SecretStore
from tocsin.engine.watch import Watch
from tocsin.engine.write_up import writer
from tocsin.errors import TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.probe.registry import Probers
from tocsin.probe.scheduler import CheckRunner
from tocsin.store import lease, meta

logger = logging.getLogger("tocsin.app")
_SAID_TO_CHECKS = 16 * 1024 * 1024  # a list of all pods of a namespace as JSON is long

_STOP_LIMIT = timedelta(seconds=35)


class App:
    """One running tocsin.

    Attributes:
        loop: for /healthz. watch: states of the checks. changes_in_doubt: found at the start.
        pagers: by name. links: the tokens in pages. heartbeats: take pings in.
        entrance: the ways in for people. intake: takes foreign alerts in.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.redactor = self._known_secrets()
        self.places = Places(settings, self.redactor, clock)
        self.library = Library(
            Text(settings.runbook, read_runbook(settings.runbook)),
            today=clock.now().date(),
            waivers=settings.waivers,
        )
        self.pagers = make_pagers(settings)
        probers = make_probers(settings, clock)
        for spec in settings.checks:
            probers.validate(spec)
        self.database = open_database(settings)
        self.entrance = Entrance(settings, self.database)
        self.leadership = Leadership(self.database, clock)
        self.watch = Watch(self.database, settings.checks, clock, settings.drill, redactor=self.redactor)
        self._probes = CheckRunner(settings.checks, self.watch.take, clock, probers=probers)
        self.intake = Intake(self.database, settings, self.redactor, clock, self.leadership.held)
        self.links = self._make_links()
        self._stop = threading.Event()
        self._scripts = Scripts(str(settings.cwd) if settings.cwd is not None else None)
        self._performers = self._make_performers()
        self.loop = self._make_loop()
        self._vigil = Vigil(
            self.database,
            settings,
            clock,
            self.library.current.policy,
            self.leadership.held,
            lambda: leads_well(self, self.leadership.held()),
        )
        self._jobs = Jobs(
            self.database, settings, self.library.current, clock, self.redactor, self.leadership.name
        )
        self.heartbeats = self._jobs.heartbeats
        self._status = StatusPage(self.database, settings, self.pagers, self.redactor, clock)
        self._heralds = Heralds(self.database, settings, self.redactor, clock, self.leadership.held)
        self.drilling: Drilling | None = None
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
            self._identities.ask_those_near(tx)
            self._jobs.prepare(tx)
        self.entrance.prepare()
        self._thread.start()
        self._performers.start()
        self._identities.start()
        self._probes.start()
        self._vigil.start()
        self.intake.start()
        self._jobs.start(self.leadership.held)
        self._status.start()
        self._heralds.start()
        return True

    @property
    def resting(self) -> Mapping[str, Circuit]:
        """The channels that fail and are left alone for a while."""
        return self._performers.desk.circuits.resting()

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
        self.intake.stop()
        self._jobs.stop()
        self._vigil.stop()
        self._status.stop()
        self._heralds.stop()
        self._probes.stop()
        self._identities.stop()
        self._performers.stop(_STOP_LIMIT)
        self.places.close()
        if self._thread.is_alive():
            self.database.wake()  # the loop waits for something new, and may be told at once that nothing will come
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
            Places(settings, self.redactor, self.clock, writing=True),
            secrets=SecretStore(settings.sources),
            scripts=self._scripts,
        )
        self._identities = Watcher(self.database, workshop.runners)
        write_draft = writer(
            self.database,
            self.library,
            settings.data / "postmortems",
            settings.response,
            subjects(settings, self.redactor),
        )
        drill_pagers = frozenset(pager.name for pager in settings.pagers if pager.drill)
        means = Means(
            self.pagers,
            drill_pagers,
            settings.roster,
            workshop,
            write_draft,
            settings.outlets,
            settings.paging.paging,
            self.links,
            self.database.installation[:12],
        )
        return Performers(self.database, means, self.clock, self.leadership.held, self.leadership.name)

    def _make_links(self) -> Links:
        with self.database.read() as tx:
            known = meta.get(tx, LINK_SECRET)
        if known is None:
            with self.database.write() as tx:
                known = link_secret(tx, secrets.token_hex(32))
        return Links(known, self.settings.paging.public_url)

    def _wishes(self) -> Wishes:
        pagers = self.pagers.values()
        return Wishes(
            any(isinstance(pager, Settles) for pager in pagers),
            any(isinstance(pager, OpensRooms) and pager.opens_rooms for pager in pagers),
        )

    def _make_loop(self) -> Loop:
        settings = self.settings
        around = Surroundings(
            self.library, settings.oncall, settings.targets, settings.response, self._wishes(), self._scripts
        )
        return Loop(
            self.database,
            Decisions(around),
            self.clock,
            self.leadership.held,
            settings.response.reopen,
            self._performers.wake,
            self.intake.unpack,
            settings.roster,
        )

    def _runners(self) -> Mapping[str, Runner]:
        """One runner for each bound target."""
        return self.places

    def _known_secrets(self) -> Redactor:
        """Hides the values of every secret that can be told without starting a program."""
        values = list(self.settings.secrets)
        for name, fetch in self.settings.sources.items():
            try:
                values.append(fetch())
            except TocsinError as problem:
                logger.warning("%s", problem)
            else:
                logger.debug("the secret %s is known", name)
        return Redactor(tuple(value for value in values if value))


def subjects(settings: Settings, redactor: Redactor) -> dict[CheckName, str]:
    """What each check looks at, as people say it; without the password an address may hold."""
    urls = {spec.name: spec.settings.get("url") for spec in settings.checks}
    return {name: redactor.redact(url) for name, url in urls.items() if isinstance(url, str)}


def make_pagers(settings: Settings) -> dict[str, Pager]:
    """The pagers of this installation, by name."""
    return {pager.name: _pager(pager, settings.data) for pager in settings.pagers}


def make_probers(settings: Settings, clock: Clock) -> Probers:
    """What takes the samples of this installation's checks."""
    local = LocalRunner(settings.targets.local, settings.environment, Redactor(settings.secrets), clock)

    def run(text: str, limit: timedelta) -> RunResult:
        cwd = str(settings.cwd) if settings.cwd else None
        return local.run(RunRequest(text, timeout=limit, cwd=cwd, output_limit_bytes=_SAID_TO_CHECKS))

    return Probers(clock, run=run, variables=settings.variables)


def _pager(pager: PagerSettings, data: Path) -> Pager:
    settings = dict(pager.settings)
    path = settings.get("path")
    if isinstance(path, str) and not Path(path).is_absolute():
        settings["path"] = str(data / path)
    return registry.pager(pager.kind, settings)
