"""The production engine of a drill: a `tocsin serve` of its own, what it has in its store, and people's words to it."""

import os
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tocsin.app.settings import Settings, load
from tocsin.detection.check import Verdict
from tocsin.engine.history import load as load_incident
from tocsin.engine.history import records
from tocsin.engine.words import Answer, accept_word, wait_for_answer
from tocsin.errors import StoreError, TocsinError
from tocsin.incident.events import Event, Recorded
from tocsin.incident.incident import Incident
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName, IncidentId, PersonId
from tocsin.sandbox.serving import Serving
from tocsin.store import checks, evidence, incidents
from tocsin.store.database import Database

TURN = timedelta(milliseconds=50)
_SERVE_WITHIN = timedelta(seconds=180)
_ANSWER_WITHIN = timedelta(seconds=180)
_FROM_THE_MACHINE = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


class Engine:
    """One `tocsin serve` of a drill.

    Attributes:
        config: its settings file. folder: its store, pages and log.
    """

    def __init__(self, config: Path, folder: Path, clock: Clock) -> None:
        self.config = config
        self.folder = folder
        self._clock = clock
        self._serving = Serving(folder / "serve.log")
        self._variables: dict[str, str] = {}
        self._database: Database | None = None
        self._settings: Settings | None = None
        self._incident: tuple[int, Incident] | None = None
        self._never = threading.Event()

    def prepare(self, environment: Mapping[str, str], workdir: Path | None) -> Settings:
        """Read its settings as it will in the room's environment; nothing is connected to. Raises ConfigError."""
        self._variables = {
            **environment,
            **{name: os.environ[name] for name in _FROM_THE_MACHINE if name in os.environ},
            "TOCSIN_DATA": str(self.folder),
            "TOCSIN_DRILL": "1",
            **({"TOCSIN_CWD": str(workdir)} if workdir is not None else {}),
        }
        self._settings = load(self.config, self._variables)
        return self._settings

    def start(self) -> None:
        """Start it and wait until every check has been looked at. Raises TocsinError."""
        self._serving.start(self.config, self._variables, ("-m", "tocsin"))
        self.await_(self._watches, _SERVE_WITHIN, "tocsin serve did not begin to watch")

    def stop(self) -> None:
        """End it as an operator would."""
        self._serving.stop()
        if self._database is not None:
            self._database.close()
            self._database = None

    @property
    def settings(self) -> Settings:
        """What it runs with. Raises TocsinError before it was started."""
        if self._settings is None:
            raise TocsinError("The engine of this drill was not started.")
        return self._settings

    @property
    def rule(self) -> timedelta | None:
        """How long the checks' own rule takes at most, of several checks the slowest; None before it was started."""
        if self._settings is None:
            return None
        return max(
            (spec.failures * spec.interval + spec.timeout for spec in self._settings.checks), default=None
        )

    @property
    def variables(self) -> dict[str, str]:
        """Its environment."""
        return dict(self._variables)

    @property
    def database(self) -> Database:
        """Its store."""
        if self._database is None:
            self._database = Database.open(self.settings.database, create=False)
        return self._database

    def incident(self) -> Incident | None:
        """The incident of this drill, once there is one: the first, whatever came after it."""
        with self.database.read() as tx:
            rows = incidents.listing(tx, limit=50)
            if not rows:
                return None
            known = self._incident
            # It is asked for twenty times a second, and hardly ever is there anything new.
            if known is None or known[0] != rows[-1].position:
                known = self._incident = (rows[-1].position, load_incident(tx, rows[-1].id))
            return known[1]

    def others(self) -> int:
        """How many further incidents were opened."""
        with self.database.read() as tx:
            return max(0, len(incidents.listing(tx, limit=50)) - 1)

    def log(self, incident: IncidentId) -> tuple[Recorded, ...]:
        """Everything that happened to an incident."""
        with self.database.read() as tx:
            return records(tx, incident)

    def shown(self, incident: IncidentId) -> dict[str, str]:
        """What each run of a step showed, by the run's name."""
        with self.database.read() as tx:
            return {str(row.run): f"{row.stdout}\n{row.stderr}" for row in evidence.of_incident(tx, incident)}

    def good(self, check: CheckName, since: datetime) -> int:
        """How many good samples in a row, up to now, were taken after a time."""
        with self.database.read() as tx:
            kept = checks.history(tx, check, since)
        count = 0
        for sample in reversed(kept):
            if sample.verdict is not Verdict.UP:
                break
            count += 1
        return count

    def seen_enough(self, since: datetime) -> bool:
        """Whether every check has looked so often since a time that it would be good by now, were all well.

        Counted in samples and not in seconds: how long one takes is up to the machine. A check needs as many as it has
        to be good in a row, or is judged by; one more may have been under way, and one more is for the engine to hear.
        """
        self.must_run()
        with self.database.read() as tx:
            return all(
                len(checks.history(tx, spec.name, since)) >= max(spec.successes, spec.of or 0) + 2
                for spec in self.settings.checks
            )

    def all_good(self, since: datetime, at_least: int) -> bool:
        """Whether every check has been good so many times in a row since a time."""
        self.must_run()
        return all(self.good(spec.name, since) >= at_least for spec in self.settings.checks)

    def not_good(self, since: datetime) -> str:
        """What the checks that are not good have said since a time: "api: 502"; empty if all are."""
        said = []
        with self.database.read() as tx:
            for spec in self.settings.checks:
                kept = checks.history(tx, spec.name, since)
                if kept and kept[-1].verdict is Verdict.UP:
                    continue
                # A message is stored when it is another one than before.
                told = next((each.message for each in reversed(kept) if each.message), None)
                said.append(f"{spec.name}: {told or (kept[-1].verdict.value if kept else 'not looked at')}")
        return "; ".join(said)

    def must_run(self) -> None:
        """Raises TocsinError if it ended."""
        if not self._serving.running:
            raise TocsinError(f"tocsin serve ended: {self._serving.last_word}")

    def say(self, incident: IncidentId, event: Event, by: PersonId) -> Answer:
        """A person's word, through the same door as everybody's. Raises TocsinError if nobody takes it up."""
        signal = accept_word(self.database, incident, event, f"person:{by}", self._clock.now())
        answer = wait_for_answer(self.database, signal, self._clock, _ANSWER_WITHIN)
        if answer is None:
            self.must_run()
            raise TocsinError("The engine has not answered a person's word.")
        return answer

    def wait(self) -> None:
        """Wait a moment, less if something is stored meanwhile."""
        self.must_run()
        self.database.wait(TURN)

    def pause(self, length: timedelta) -> None:
        """Wait for this long, whatever happens."""
        self._never.wait(length.total_seconds())

    def await_(self, holds: Callable[[], bool], within: timedelta, otherwise: str) -> None:
        """Wait until something holds. Raises TocsinError, which says what did not."""
        until = self._clock.monotonic() + within.total_seconds()
        while not holds():
            if self._clock.monotonic() > until:
                raise TocsinError(f"{otherwise} within {within.total_seconds():.0f} s.")
            self._never.wait(TURN.total_seconds())

    def _watches(self) -> bool:
        self.must_run()
        if not Path(self.settings.database).exists():
            return False
        try:
            with self.database.read() as tx:
                known = checks.states(tx)
        except StoreError:
            return False
        return all(spec.name in known for spec in self.settings.checks)
