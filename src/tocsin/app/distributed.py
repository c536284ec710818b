"""tocsin driven by Temporal: workers of several sites, one of which hands the inbox over. Needs the extra `temporal`."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tocsin.app.database import open_database
from tocsin.app.fitting import make_pagers, subjects
from tocsin.app.places import Places
from tocsin.app.probing import make_watching
from tocsin.app.runbook_file import read_runbook
from tocsin.app.settings import Settings
from tocsin.engine import identities
from tocsin.engine.leadership import Leadership
from tocsin.engine.library import Library
from tocsin.engine.run_step import Workshop
from tocsin.engine.scripts import Scripts
from tocsin.engine.secret_store import SecretStore
from tocsin.engine.temporal.acts import Hands
from tocsin.engine.temporal.bridge import Bridge
from tocsin.engine.temporal.driver import Driver
from tocsin.engine.temporal.wire import Begin
from tocsin.engine.write_up import writer
from tocsin.incident.situation import Identity
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId
from tocsin.kit.redact import Redactor
from tocsin.oncall.escalation import Roster, roster_at
from tocsin.probe.notes import Notes
from tocsin.runbook.document import Text
from tocsin.store import amendments, lease

logger = logging.getLogger("tocsin.app")

_STOP_LIMIT = timedelta(seconds=35)


@dataclass(frozen=True, slots=True)
class Temporal:
    """Where Temporal is, and which site this worker serves.

    Attributes:
        address: host:port. site: "" for the main one, which decides, sends and watches as well.
        sites: target name -> site whose workers reach it; of the main site only.
    """

    address: str
    namespace: str = "default"
    site: str = ""
    sites: Mapping[str, str] | None = None


class Worker:
    """One worker process. Those of a site only run steps there; that of the main site does everything else.

    Raises:
        TocsinError: the settings, the store or Temporal cannot be used; nothing was begun.
    """

    def __init__(self, settings: Settings, temporal: Temporal, clock: Clock) -> None:
        self._settings = settings
        self._temporal = temporal
        self._clock = clock
        self._redactor = Redactor(settings.secrets)
        self._stop = threading.Event()
        self._scripts = Scripts(str(settings.cwd) if settings.cwd is not None else None)
        self.places = Places(settings, self._redactor, clock)
        self.database = open_database(settings)
        self._driver = Driver(temporal.address, temporal.namespace, self.database.installation[:12])
        self._leadership = Leadership(self.database, clock)
        self._library = Library(
            Text(settings.runbook, read_runbook(settings.runbook)), clock.now().date(), settings.waivers
        )
        notes = Notes()
        _, self._watching = make_watching(
            self.database, settings, clock, notes, self._redactor, self._leadership.held
        )
        self._bridge = Bridge(
            self.database, self._driver, self._begin, clock, self._leadership.held, settings.response.reopen
        )
        self.failed: BaseException | None = None
        self._thread = threading.Thread(target=self._turn, name="tocsin-bridge", daemon=True)

    def start(self, stop: threading.Event) -> bool:
        """Begin to work. Of several on the main site one hands the inbox over; the others wait for their turn."""
        self._driver.work(self._hands(), self._temporal.site)
        if self._temporal.site:
            return True
        if not self._leadership.take(stop):
            return False
        with self.database.write() as tx:
            lease.check(tx, self._leadership.held())
            self._library.keep(tx)
            for name, runner in self.places.items():
                if runner.local:
                    identities.saw(tx, name, identities.ask(runner))
        self._thread.start()
        self._watching.start()
        return True

    @property
    def stopped(self) -> threading.Event:
        """Set when it has stopped, by itself or because it was told to."""
        return self._stop

    def stop(self) -> None:
        """Finish the step that runs, then leave."""
        self._stop.set()
        self._watching.stop()
        self._driver.stop()
        self.places.close()
        if self._thread.is_alive():
            self._thread.join(_STOP_LIMIT.total_seconds())
        self._leadership.give_back()
        self.database.close()

    def _turn(self) -> None:
        try:
            self._bridge.run(self._stop)
        except BaseException as problem:
            logger.critical("the bridge stopped: %s", problem, exc_info=not isinstance(problem, lease.Lost))
            self.failed = problem
            self._stop.set()

    def _begin(self, incident: IncidentId) -> Begin:
        settings = self._settings
        return Begin(
            incident=incident,
            text=self._library.text,
            path=str(settings.runbook),
            today=date.isoformat(self._clock.now().date()),
            waivers=codec.encode(settings.waivers),
            settings=codec.encode(settings.response),
            targets=codec.encode(settings.targets),
            sites=dict(self._temporal.sites or {}),
            step_seconds=settings.step_timeout.total_seconds(),
            change_seconds=settings.change_timeout.total_seconds(),
        )

    def _hands(self) -> Hands:
        settings = self._settings
        workshop = Workshop(
            self.places,
            self._redactor,
            self._clock,
            settings.step_timeout,
            settings.change_timeout,
            str(settings.cwd) if settings.cwd is not None else None,
            Places(settings, self._redactor, self._clock, writing=True),
            secrets=SecretStore(settings.sources),
            scripts=self._scripts,
        )
        write_draft = writer(
            self.database,
            self._library,
            settings.data / "postmortems",
            settings.response,
            subjects(settings, self._redactor),
        )
        return Hands(
            self._clock,
            workshop,
            self._roster,
            self._identities,
            make_pagers(settings),
            self._files,
            self.database,
            write_draft,
        )

    def _files(self) -> tuple[Mapping[str, str], str]:
        """What lies where steps run, of all that the runbook may run."""
        found = self._scripts.around(self._library.current)
        return (found.repository.texts, found.cwd or "") if found is not None else ({}, "")

    def _roster(self, moment: datetime) -> Roster:
        with self.database.read() as tx:
            return roster_at(self._settings.oncall, amendments.holding(tx, moment), moment)

    def _identities(self) -> Mapping[str, Identity]:
        with self.database.read() as tx:
            return identities.known(tx, self._settings.targets.pins)
