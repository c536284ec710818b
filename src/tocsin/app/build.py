"""Puts the parts together: settings in, a running engine out, and everything stopped again in order."""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

from tocsin.app.database import open_database
from tocsin.app.drilling import Drilling
from tocsin.app.entrance import Entrance
from tocsin.app.fitting import Fitting, House, fit
from tocsin.app.health import leads_well
from tocsin.app.intake import Intake
from tocsin.app.jobs import Jobs
from tocsin.app.places import Places
from tocsin.app.probing import known_secrets, make_watching, measured
from tocsin.app.reload.difference import RUNBOOK
from tocsin.app.reload.keeper import Reload
from tocsin.app.reload.reading import Reading
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.connectors.api import Pager
from tocsin.detection.condition import CheckState
from tocsin.engine.decisions import Decisions
from tocsin.engine.leadership import Leadership
from tocsin.engine.library import Edition, Library
from tocsin.engine.loop import Loop
from tocsin.engine.paging.circuit import Circuit
from tocsin.engine.paging.links import SECRET as LINK_SECRET
from tocsin.engine.paging.links import Links
from tocsin.engine.paging.links import secret as link_secret
from tocsin.engine.perform import Performers
from tocsin.engine.recover import recover
from tocsin.errors import TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.runbook.book import Runbook
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.document import Text
from tocsin.store import lease, meta

logger = logging.getLogger("tocsin.app")

_STOP_LIMIT = timedelta(seconds=35)


class App:
    """One running tocsin.

    Attributes:
        settings: those that hold now. loop: for /healthz. watch: states of the checks. changes_in_doubt: found at the start.
        heartbeats: take pings in. entrance: the ways in for people. intake: takes foreign alerts in.
        reload: takes changed files up. renewed: called after each time that it did.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.redactor = Redactor(known_secrets(settings))
        text = Text(settings.runbook, read_runbook(settings.runbook))
        self.library = Library(text, today=clock.now().date(), waivers=settings.waivers)
        edition = self.library.edition
        self.database = open_database(settings)
        self.entrance = Entrance(settings, self.database)
        self.leadership = Leadership(self.database, clock)
        self._house = House(
            self.database,
            clock,
            self.redactor,
            self.library,
            self._link_secret(),
            self.leadership.held,
            lambda: leads_well(self, self.leadership.held()),
        )
        self._fitting = fit(self._house, settings, edition)
        self.watch, self.watching = make_watching(
            self.database, settings, clock, self._house.notes, self.redactor, self.leadership.held
        )
        self.intake = Intake(self.database, settings, self.redactor, clock, self.leadership.held)
        self._stop = threading.Event()
        self._performers = Performers(
            self.database, self._fitting.means, clock, self.leadership.held, self.leadership.name
        )
        self._decisions = Decisions(self._fitting.surroundings)
        self.loop = Loop(
            self.database,
            self._decisions,
            clock,
            self.leadership.held,
            settings.response.reopen,
            self._performers.wake,
            self.intake.unpack,
            self.intake.rest,
            settings.roster,
        )
        self._jobs = Jobs(self.database, settings, edition.book, clock, self.redactor, self.leadership.name)
        self.heartbeats = self._jobs.heartbeats
        self.reload = Reload(settings, text.text, self.take_up, clock, self.redactor)
        self.renewed: list[Callable[[], None]] = []
        self.drilling: Drilling | None = None
        self.changes_in_doubt = 0
        self.failed: BaseException | None = None
        self._changing = threading.RLock()
        self._running = False
        self._retired: list[Places] = []
        self._thread = threading.Thread(target=self._turn, name="tocsin-loop", daemon=True)

    def start(self, stop: threading.Event) -> bool:
        """Wait until this process leads, settle what the last one left, and begin. False if told to stop before."""
        self.reload.start()
        if not self.leadership.take(stop):
            return False
        with self._changing:
            if self.leadership.waited:
                self.watch.read_anew()
            self._begin()
            self._running = True
        return True

    def _begin(self) -> None:
        fitting = self._fitting
        with self.database.write() as tx:
            lease.check(tx, self.leadership.held())
            self.library.keep(tx)
            self.reload.note_start(tx)
            self.changes_in_doubt = recover(tx, self.clock.now())
            fitting.watcher.ask_those_near(tx)
            self._jobs.prepare(tx)
        self.entrance.prepare()
        self._thread.start()
        self._performers.start()
        fitting.watcher.start()
        self.watching.start()
        fitting.vigil.start()
        self.intake.start()
        self._jobs.start(self.leadership.held)
        fitting.status.start()
        fitting.heralds.start()

    def take_up(self, reading: Reading) -> tuple[str, ...]:
        """Go on with other settings and another runbook; all of them, or none.

        What is under way ends as it began; every later decision looks at what is said now. Returns remarks for people.

        Raises:
            ConfigError: the settings cannot be used; nothing was changed. StoreError: the store did not take it; likewise.
        """
        with self._changing:
            before = self._fitting
            settings = reading.settings
            self.redactor.learn(known_secrets(settings))
            edition = before.edition
            if RUNBOOK in reading.changed or edition.waivers != settings.waivers:
                edition = Edition.of(reading.text, self.clock.now().date(), settings.waivers)
            fitting = fit(self._house, settings, edition, before, reading.changed)
            if not self.watching.measuring:
                self.watch.read_anew()
            stored = self.watch.stored(settings.checks)
            if self._running:
                with self.database.write() as tx:
                    lease.check(tx, self.leadership.held())
                    edition.keep(tx)
                    self.heartbeats.prepare(tx, fitting.catalog)
                    reading.note(tx)
            return self._go_on(before, fitting, stored)

    def _go_on(
        self, before: Fitting, after: Fitting, stored: Mapping[CheckName, CheckState]
    ) -> tuple[str, ...]:
        """Put another fitting in the place of the one in use. Nothing here may fail."""
        settings = after.settings
        probed = measured(settings, self.clock, self._house.notes)
        remarks = tuple(
            f"the check {name} is gone while its alert is open: a person has to end its incident"
            for name in self.watching.take_up(probed, after.checks, stored, settings.cut_off)
        )
        remarks += blocked(settings, after.edition.book) if after.edition is not before.edition else ()
        self.library.take_up(after.edition)
        self.settings, self._fitting = settings, after
        self._decisions.take_up(after.surroundings)
        self.loop.take_up(settings.response.reopen, settings.roster)
        self._performers.take_up(after.means)
        self.intake.integrations.take_up(settings.integrations)
        self._jobs.take_up(settings, after.catalog)
        self.entrance.take_up(settings)
        if self._running:
            remarks += self._relieve(before, after)
        if after.places is not before.places:
            self._retired.append(before.places)  # a step may still be under way there
        for renew in self.renewed:
            remarks += _surely(renew)
        return remarks

    def _relieve(self, before: Fitting, after: Fitting) -> tuple[str, ...]:
        """The threads that look after something: those of before end, then those of now begin."""
        changes = (
            (before.watcher, after.watcher),
            (before.vigil, after.vigil),
            (before.status, after.status),
            (before.heralds, after.heralds),
        )
        remarks: tuple[str, ...] = ()
        for old, new in changes:
            if new is not old:
                remarks += _surely(old.stop) + _surely(new.start)
        return remarks

    @property
    def pagers(self) -> Mapping[str, Pager]:
        """The pagers by name."""
        return self._fitting.pagers

    @property
    def links(self) -> Links:
        """The tokens in pages."""
        return self._fitting.links

    @property
    def places(self) -> Places:
        """Where steps run."""
        return self._fitting.places

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
        self.reload.stop()
        fitting = self._fitting
        if self.failed is None:
            self._performers.finish_changes(self.settings.change_timeout + _STOP_LIMIT)
        self._stop.set()
        self.intake.stop()
        self._jobs.stop()
        fitting.vigil.stop()
        fitting.status.stop()
        fitting.heralds.stop()
        self.watching.stop()
        fitting.watcher.stop()
        self._performers.stop(_STOP_LIMIT)
        for places in (*self._retired, fitting.places):
            places.close()
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

    def _link_secret(self) -> str:
        with self.database.read() as tx:
            known = meta.get(tx, LINK_SECRET)
        if known is None:
            with self.database.write() as tx:
                known = link_secret(tx, secrets.token_hex(32))
        return known


def blocked(settings: Settings, book: Runbook) -> tuple[str, ...]:
    """What of a runbook will not run as it stands, in a sentence each."""
    errors = sum(1 for diagnostic in book.diagnostics if diagnostic.level is Level.ERROR)
    if not errors:
        return ()
    return (f"{errors} errors in {settings.runbook} block their steps: tocsin lint {settings.runbook}",)


def _surely(act: Callable[[], object]) -> tuple[str, ...]:
    """Do the last part of a change, whatever came of the parts before it; a remark if it cannot be done."""
    try:
        act()
    except TocsinError as problem:
        logger.error("a part of the changed settings could not be begun: %s", problem)
        return (f"not all of it could be begun, start tocsin again: {problem.message}",)
    return ()
