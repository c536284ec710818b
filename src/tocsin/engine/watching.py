"""Who measures: of all processes of an installation one at a time takes samples and stores them (ADR 0010).

The engine does it, unless a watcher runs (`tocsin watch`): that one takes it over, and the engine measures again when the
watcher is gone. The right is the lease "watch". Every batch of samples is stored only under its number, so however a
process stalled, what it measured under a right that is no longer its own is not stored.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample
from tocsin.detection.condition import CheckState
from tocsin.detection.cut_off import CutOffRule
from tocsin.engine.leadership import TTL, is_dead, own_name
from tocsin.engine.watch import Watch
from tocsin.errors import StoreError, TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.probe.crews import CheckChanges, Crews
from tocsin.probe.scheduler import TakesSamples
from tocsin.store import lease
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

RIGHT = "watch"
LOOK = timedelta(seconds=1)  # how often the right is renewed, or asked for; a right runs out after `TTL`
_STOP_SECONDS = 20.0
_APART = ":apart"  # marks a watcher among the holders


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured.

    Attributes:
        probers: makes what takes the samples, anew each time that measuring begins: what probers remembered while another
            process measured is old.
    """

    specs: tuple[CheckSpec, ...]
    probers: Callable[[], TakesSamples]


class Watching:
    """Measures while it is this process's turn.

    Args:
        watch: takes the samples in.
        leads: the lease of the engine's leader, which only it may measure under; None: this is a watcher.
    """

    def __init__(
        self,
        database: Database,
        watch: Watch,
        clock: Clock,
        measured: Measured,
        leads: Callable[[], lease.Lease] | None = None,
    ) -> None:
        self._database = database
        self._watch = watch
        self._clock = clock
        self._measured = measured
        self._leads = leads
        self._name = own_name() + ("" if leads is not None else _APART)
        self._crews = Crews(self._take, clock)
        self._lock = threading.RLock()  # guards what is measured, and the beginning and ending of it
        self._right: lease.Lease | None = None
        self._others: str | None = None  # who measures instead of us
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="tocsin-watching", daemon=True)

    @property
    def measuring(self) -> bool:
        """Whether this process measures now."""
        return self._right is not None

    @property
    def others(self) -> str | None:
        """Who measures instead of this process: host, process id, start. None: nobody does."""
        return None if self.measuring else self._others

    def start(self) -> None:
        """Begin, at once if it is our turn. Raises StoreError."""
        self._look()
        self._thread.start()

    def stop(self, *, give_back: bool = True) -> None:
        """Measure no more.

        Args:
            give_back: whether the engine is to go on at once, of a watcher; otherwise when the right has run out.
        """
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)  # it may be at a store that hangs
        with self._lock:
            self._crews.stop()
            right, self._right = self._right, None
        if right is not None and self._leads is None and give_back:
            with self._database.write() as tx:
                lease.release(tx, right, self._clock.now())

    def take_up(
        self,
        measured: Measured,
        changes: CheckChanges,
        stored: Mapping[CheckName, CheckState],
        cut_off: CutOffRule | None,
    ) -> tuple[CheckName, ...]:
        """Go on with other checks; those that did not change are not disturbed.

        Args and result: `stored`, `cut_off` and the names as of `Watch.take_up`.

        Raises ConfigError: one that begins cannot be used; none of them is begun.
        """
        with self._lock:
            self._measured = measured
            if self._right is not None:
                self._crews.end(changes.ended)
            firing = self._watch.take_up(measured.specs, stored, cut_off)
            if self._right is not None:
                names = frozenset(changes.begun)
                self._crews.begin([spec for spec in measured.specs if spec.name in names], measured.probers())
        return firing

    def states(self) -> dict[CheckName, CheckState]:
        """The present state of every check, whoever measures it. Raises StoreError."""
        if self.measuring:
            return self._watch.states()
        return self._watch.stored(self._measured.specs)

    # -- the turns ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stop.wait(LOOK.total_seconds()):
            try:
                self._look()
            except lease.Lost:
                return  # another process leads now: the engine stops
            except StoreError as problem:
                # If this lasts, a watcher's right runs out; whether somebody took it is seen at the next look.
                logger.error("whose turn it is to measure could not be looked up: %s", problem)
            except TocsinError as problem:
                logger.error("the checks could not be begun: %s", problem)

    def _look(self) -> None:
        if self._right is not None and not self._keeps(self._right):
            with self._lock:
                self._crews.end([spec.name for spec in self._measured.specs])
                self._right = None
        if self._right is None and not self._stop.is_set():
            self._try()

    def _keeps(self, right: lease.Lease) -> bool:
        """Whether the right is still ours; a watcher's is renewed with it."""
        if self._leads is not None:
            # The leader's does not run out: nobody but a watcher or the next leader takes it, and those may at any time.
            with self._database.read() as tx:
                found = lease.get(tx, RIGHT)
            return found is not None and found.token == right.token
        with self._database.write() as tx:
            renewed = lease.renew(tx, right, self._clock.now(), TTL)
        if renewed is not None:
            self._right = renewed
        return renewed is not None

    def _try(self) -> None:
        with self._database.read() as tx:
            free = self._free(tx)
        if not free:
            return
        with self._database.write() as tx:
            if self._leads is not None:
                lease.check(tx, self._leads())
            right = self._acquired(tx)
        if right is None:
            return
        self._watch.read_anew()
        with self._lock:
            self._right = right
            try:
                self._crews.begin(self._measured.specs, self._measured.probers())
            except BaseException:
                self._right = None  # tried again at the next look, and told again
                raise
        if self._others is not None:
            logger.warning("this process measures now, after %s", self._others)
        self._others = None

    def _free(self, tx: Tx) -> bool:
        """Whether the right may be taken from whoever has it: anybody's, except from a watcher that lives."""
        found = lease.get(tx, RIGHT)
        if found is None or found.holder == self._name or not found.holder.endswith(_APART):
            return True
        if found.expires_at <= self._clock.now() or is_dead(found.holder):
            return True
        if self._others != found.holder:
            logger.warning("%s measures; this process does not", found.holder)
        self._others = found.holder
        return False

    def _acquired(self, tx: Tx) -> lease.Lease | None:
        if not self._free(tx):
            return None
        now = self._clock.now()
        found = lease.get(tx, RIGHT)
        if found is not None and found.holder != self._name:
            lease.release(tx, found, now)
        return lease.acquire(tx, RIGHT, self._name, now, TTL)

    def _take(self, samples: Sequence[Sample]) -> None:
        right = self._right
        if right is not None:  # without a right nothing is stored: a batch may be on its way while we stop
            self._watch.take(samples, right)
