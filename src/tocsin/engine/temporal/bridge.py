"""From the inbox to the workflows: every alert and every word is handed to its incident once, and answered in the inbox.

Takes the place of `engine.loop` where Temporal drives. What is said is kept in the inbox until the workflow has decided,
so that a crash between the two says it again with the same key, and it counts once.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from tocsin.detection.alert import Alert
from tocsin.engine.intake import ALERT, Waiting
from tocsin.engine.joining import incident_for
from tocsin.engine.loop import Pulse
from tocsin.engine.temporal.driver import Driver
from tocsin.engine.temporal.wire import Begin, Said, Word
from tocsin.engine.words import Answer
from tocsin.errors import OutsideError, StoreError, TocsinError
from tocsin.incident import codec as event_codec
from tocsin.incident.events import AlertReceived
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId
from tocsin.store import incidents, lease, meta, signals
from tocsin.store.database import Database

logger = logging.getLogger("tocsin.engine")

_BATCH = 64
_IDLE = timedelta(seconds=1)
_PAUSE_SECONDS = 0.5


class Bridge:
    """Hands the inbox to the workflows, one after the other.

    Args:
        begin: what the workflow of an incident is begun with. held: the lease that allows this process to act.
    """

    def __init__(
        self,
        database: Database,
        driver: Driver,
        begin: Callable[[IncidentId], Begin],
        clock: Clock,
        held: Callable[[], lease.Lease],
        reopen: timedelta,
    ) -> None:
        self._database = database
        self._driver = driver
        self._begin = begin
        self._clock = clock
        self._held = held
        self._reopen = reopen
        self.pulse = Pulse()

    def run(self, stop: threading.Event) -> None:
        """Hand over until told to stop. Trouble is logged and tried again; nothing is skipped.

        Raises:
            store.lease.Lost: another process has taken over.
        """
        while not stop.is_set():
            try:
                busy = self.cycle()
            except lease.Lost:
                raise
            except (StoreError, OutsideError) as problem:
                logger.error("the inbox waits: %s", problem)
                stop.wait(_PAUSE_SECONDS)
                continue
            if not busy:
                self._database.wait(_IDLE)

    def cycle(self) -> bool:
        """Hand over everything that waits. Returns whether there was anything."""
        if self._driver.failed is not None:
            raise self._driver.failed
        with self._database.read() as tx:
            waiting = signals.next_unhandled(tx, _BATCH)
        for signal in waiting:
            self._hand_over(signal)
        self.pulse.cycles += 1
        self.pulse.last = self._clock.now()
        return bool(waiting)

    def _hand_over(self, signal: signals.Signal) -> None:
        try:
            if signal.kind == ALERT:
                self._alert(signal, codec.decode(signal.body, Waiting))
                return
            event_codec.decode_event(signal.kind, signal.body)
        except (StoreError, OutsideError):
            raise
        except TocsinError as problem:
            logger.error("signal %s cannot be read: %s", signal.id, problem)
            self._answer(signal, Answer(False, signal.incident, str(problem)))
            return
        with self._database.read() as tx:
            known = signal.incident is not None and incidents.exists(tx, signal.incident)
        if not known or signal.incident is None:
            self._answer(signal, Answer(False, None, f"There is no incident {signal.incident or 'nothing'}."))
            return
        said = self._say(signal.incident, Word(signal.kind, signal.body, signal.actor), signal)
        self._answer(signal, Answer(said.accepted, signal.incident, said.refusal, said.stage))

    def _alert(self, signal: signals.Signal, waiting: Waiting) -> None:
        alert = waiting.alert
        identifier, suppressed = self._incident_of(signal, alert)
        if identifier is None:
            self._account(signal, waiting.number, None, suppressed, Answer(False, None, suppressed))
            return
        event = AlertReceived(alert)
        word = Word(event_codec.kind_of(event), event_codec.encode(event), alert.source)
        said = self._say(identifier, word, signal)
        linked = identifier if said.accepted else None
        answer = Answer(said.accepted, identifier, said.refusal, said.stage)
        self._account(signal, waiting.number, linked, said.refusal or "", answer)

    def _incident_of(self, signal: signals.Signal, alert: Alert) -> tuple[IncidentId | None, str]:
        """The incident this alert belongs to; decided once, so that saying it again opens no second one."""
        key = f"temporal/{signal.id}"
        with self._database.write() as tx:
            lease.check(tx, self._held())
            settled = meta.get(tx, key)
            if settled is not None:
                return IncidentId(settled), ""
            found = incident_for(tx, alert, self._clock.now(), self._reopen)
            if found.incident is not None:
                meta.put(tx, key, found.incident)
            return found.incident, found.why

    def _say(self, incident: IncidentId, word: Word, signal: signals.Signal) -> Said:
        return self._driver.say(self._begin(incident), word, f"signal-{signal.id}")

    def _answer(self, signal: signals.Signal, answer: Answer) -> None:
        with self._database.write() as tx:
            lease.check(tx, self._held())
            signals.handled(tx, signal.id, codec.encode(answer), self._clock.now())

    def _account(
        self, signal: signals.Signal, number: int, linked: IncidentId | None, why: str, answer: Answer
    ) -> None:
        now = self._clock.now()
        with self._database.write() as tx:
            lease.check(tx, self._held())
            if linked is not None:
                incidents.link(tx, number, linked, now)
            else:
                incidents.suppress(tx, number, why, now)
            signals.handled(tx, signal.id, codec.encode(answer), now)
