"""The intake of foreign alerts of a running tocsin: who may send, what stores, what reads, what is looked at again."""

import threading
from collections.abc import Callable
from datetime import timedelta

from tocsin.app.settings import Settings
from tocsin.engine.foreign.admission import Admission
from tocsin.engine.foreign.integrations import Integrations
from tocsin.engine.foreign.keeper import IntakeKeeper
from tocsin.engine.foreign.spool import Spool
from tocsin.engine.foreign.unpack import Means, Unpacker
from tocsin.engine.paging import canary
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.store import lease
from tocsin.store.database import Database

SPOOL = "spool"  # the folder of spooled requests below the data folder
_PAUSE = timedelta(seconds=1)
_STOP_SECONDS = 20.0
_STORM_PER_SECOND, _COUNT_SECONDS, _REST_SECONDS = 225, 0.1, 0.1


class Intake:
    """The threads of the intake.

    Attributes:
        integrations: who may send. admission: where requests are stored. keeper: holds the latest ledger.
        since: when this process began.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        redactor: Redactor,
        clock: Clock,
        held: Callable[[], lease.Lease],
    ) -> None:
        self.since = clock.now()
        self.integrations = Integrations(settings.integrations)
        self.admission = Admission(database, Spool(settings.data / SPOOL), clock)
        self.means = Means(self.integrations, redactor)
        self.keeper = IntakeKeeper(database, clock)
        self._unpacker = Unpacker(database, self.means, clock, held)
        self._clock = clock
        self._since = self._counted_at = clock.monotonic()  # of the last rest, and of the last count
        self._counted, self._storm = 0, False
        self._held = held
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="tocsin-intake-keeper", daemon=True)

    def start(self) -> None:
        """Begin; what a dead process spooled is taken over."""
        self.admission.start()
        self._thread.start()

    def unpack(self) -> bool:
        """Bring the next requests into the inbox; for the loop."""
        return self._unpacker.turn()

    def rest(self) -> None:
        """In a storm, wait twice as long as was worked since the last rest, at most a tenth of a second; for the loop.

        Python runs one thread at a time, and a sender that is kept waiting sends everything again. After each
        transaction: what is decided in one go takes longer on PostgreSQL than the longest rest.
        """
        now, taken = self._clock.monotonic(), self.admission.taken
        if now - self._counted_at >= _COUNT_SECONDS:
            self._storm = taken - self._counted > _STORM_PER_SECOND * (now - self._counted_at)
            self._counted_at, self._counted = now, taken
        if self._storm:
            self._stop.wait(min(2 * (now - self._since), _REST_SECONDS))
            now = self._clock.monotonic()
        self._since = now

    def stop(self) -> None:
        """Keep what waits, then end."""
        self._stop.set()
        self.admission.stop()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _keep(self) -> None:
        canary.watch(self.keeper, self._held, self._stop, _PAUSE)
