"""The loop: clocks that passed and things that happened, one after the other, each decided in one transaction.

Only one process turns it at a time (the lease); whoever starts takes over what the last one left.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.correlate import Suppression
from tocsin.engine.decisions import Decisions, wanted
from tocsin.engine.foreign import elsewhere
from tocsin.engine.foreign.elsewhere import ELSEWHERE
from tocsin.engine.intake import ALERT, Waiting
from tocsin.engine.joining import Hush, incident_for, said
from tocsin.engine.kinship import Kinship
from tocsin.engine.words import Answer
from tocsin.errors import StoreError, TocsinError
from tocsin.incident import codec as event_codec
from tocsin.incident.events import AlertReceived, ClockPassed, EscalationExhausted, Event
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import IncidentId
from tocsin.oncall.escalation import Roster
from tocsin.response.decide import Decision
from tocsin.store import clocks, incidents, lease, signals
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

_IDLE = timedelta(seconds=1)
_BATCH = 64
_TOGETHER_SECONDS = (
    0.01  # how long one transaction takes up more: whoever hands something in waits for its end
)
_TRIES = 5  # of one signal, before it is set aside
_PAUSE_SECONDS = 0.5  # between tries while the database is in trouble

Work = clocks.ClockRow | signals.Signal


@dataclass(slots=True)
class Pulse:
    """When the loop last went round, for /healthz: an open port is not health (SELF-06)."""

    cycles: int = 0
    last: datetime | None = None


class Loop:
    """Turns what happened into decisions, and wakes the performers when there is something to do.

    Args:
        reopen: a relapse within this time of the end reopens the same incident (RES-08).
        held: the lease that allows this process to act; every transaction checks it.
        wake: called after each commit with the kinds of what it put into the outbox.
        unpack: brings the next requests of foreign senders into the inbox; says whether there were any.
        rest: called between transactions; waits where others need the interpreter more.
        roster: who is who, for what people do in other tools.
    """

    def __init__(
        self,
        database: Database,
        decisions: Decisions,
        clock: Clock,
        held: Callable[[], lease.Lease],
        reopen: timedelta,
        wake: Callable[[Collection[str]], None],
        unpack: Callable[[], bool] = lambda: False,
        rest: Callable[[], None] = lambda: None,
        roster: Roster | None = None,
    ) -> None:
        self._unpack, self._rest = unpack, rest
        self._roster = roster or Roster()
        self._database = database
        self._decisions = decisions
        self._clock = clock
        self._held = held
        self._reopen = reopen
        self._wake = wake
        self._kin = Kinship(decisions)
        self._failures: Counter[str] = Counter()
        self._hush: Hush | None = None
        self._behind = False
        self.pulse = Pulse()

    def take_up(self, reopen: timedelta, roster: Roster) -> None:
        """From the next turn on this is how long a relapse reopens, and who is who."""
        self._reopen, self._roster = reopen, roster

    def run(self, stop: threading.Event) -> None:
        """Turn until told to stop. Trouble with the database is logged and tried again; nothing is skipped.

        Raises:
            store.lease.Lost: another process has taken over; this one must not act any more.
        """
        while not stop.is_set():
            try:
                busy = self.cycle()
            except lease.Lost:
                raise
            except StoreError as problem:
                logger.error("cycle failed: %s", problem)
                self._decisions.forget()
                stop.wait(_PAUSE_SECONDS)
                continue
            if not busy and not stop.is_set():
                self._database.wait(self._until_next())

    def cycle(self) -> bool:
        """Decide everything that waits now. Returns whether there was anything."""
        self._rest()
        # What waits in the inbox is decided in its order: a flood waits outside of it, where integrations take turns.
        read = not self._behind and self._unpack()
        with self._database.read() as tx:
            said = signals.next_unhandled(tx, _BATCH)
            waiting = _in_order(clocks.due(tx, self._clock.now(), _BATCH), said)
        self._behind = len(said) >= _BATCH
        left = waiting
        while left:
            self._rest()
            left = left[self._decide_some(left) :]
        self.pulse.cycles += 1
        self.pulse.last = self._clock.now()
        return read or bool(waiting)

    def _decide_some(self, waiting: Sequence[Work]) -> int:
        """Decide the first of what waits, and what more goes into one short transaction. Returns how many.

        A commit costs as much as a decision: in a storm those who share one halve the wait of all. What fails together
        is decided one by one, so that one that cannot be decided stops no other.
        """
        tried: list[Work] = []
        try:
            self._decide(waiting, tried)
        except lease.Lost:
            raise
        except Exception as problem:
            # Nothing of it was stored; each is decided again by itself, and says for itself what is wrong with it.
            logger.debug("%s decided together failed: %s", len(tried), problem)
            for work in tried or waiting[:1]:
                self._decide_or_set_aside(work)
        return max(len(tried), 1)

    def _decide_or_set_aside(self, work: Work) -> None:
        """One piece of work. What fails again and again is set aside with its reason, so that the rest goes on."""
        key = f"{type(work).__name__}{work.id}"
        try:
            self._decide([work], [])
            self._failures.pop(key, None)
        except lease.Lost:
            raise
        except Exception as problem:
            # The edge of the loop: a defect in deciding one thing must not stop the deciding of everything else.
            if isinstance(problem, StoreError) and not self._takes_writes():
                raise  # not the fault of what was to be decided: it waits until the store is well
            self._failures[key] += 1
            if self._failures[key] < _TRIES:
                raise StoreError(
                    f"{key} could not be decided: {type(problem).__name__}: {problem}"
                ) from problem
            logger.critical("set aside: %s cannot be decided: %s", key, problem, exc_info=problem)
            self._set_aside(work, f"{type(problem).__name__}: {problem}")
            self._failures.pop(key, None)

    def _takes_writes(self) -> bool:
        """Whether the store takes another write now."""
        try:
            with self._database.write() as tx:
                lease.check(tx, self._held())
        except lease.Lost:
            raise
        except StoreError:
            return False
        return True

    def _set_aside(self, work: Work, why: str) -> None:
        """Take it out of the way. If it is the database that fails, this fails as well, and nothing is lost."""
        now = self._clock.now()
        with self._database.write() as tx:
            lease.check(tx, self._held())
            match work:
                case signals.Signal():
                    signals.handled(
                        tx, work.id, codec.encode(Answer(False, work.incident, f"Set aside: {why}")), now
                    )
                    number = _number(work)
                    if number is not None:
                        incidents.suppress(tx, number, f"set aside: {why}", now)
                case clocks.ClockRow():
                    clocks.fired(tx, work.id, now)

    def _decide(self, waiting: Sequence[Work], tried: list[Work]) -> None:
        """One transaction: the first of what waits, and the next for as long as it stays short.

        Args:
            tried: gets what was decided, or was being decided when it failed.
        """
        decided: list[Decision] = []
        until = self._clock.monotonic() + _TOGETHER_SECONDS
        try:
            with self._database.write() as tx:
                lease.check(tx, self._held())
                for work in waiting:
                    tried.append(work)
                    match work:
                        case clocks.ClockRow():
                            decided += self._clock_passed(tx, work)
                        case signals.Signal():
                            decided += self._signal(tx, work)
                    if self._clock.monotonic() >= until:
                        break
        except BaseException:
            self._decisions.forget()
            raise
        self._decisions.keep(*decided)
        for decision in decided:
            if decision.refusal is None:
                _tell(decision)
        self._wake(frozenset(kind for decision in decided for kind in wanted(decision)))

    def _clock_passed(self, tx: Tx, clock: clocks.ClockRow) -> tuple[Decision, ...]:
        now = self._clock.now()
        if not clocks.fired(tx, clock.id, now):
            return ()
        return self._happen(tx, clock.incident, ClockPassed(clock.name, clock.due_at), "clock", now)

    def _signal(self, tx: Tx, signal: signals.Signal) -> tuple[Decision, ...]:
        now = self._clock.now()
        try:
            if signal.kind == ALERT:
                decided = self._alert(tx, signal, now)
            elif signal.kind == ELSEWHERE:
                decided = self._elsewhere(tx, signal, now)
                if not decided:
                    return ()
            elif signal.incident is None or not incidents.exists(tx, signal.incident):
                name = signal.incident or "nothing"
                signals.handled(
                    tx, signal.id, codec.encode(Answer(False, None, f"There is no incident {name}.")), now
                )
                return ()
            else:
                event = event_codec.decode_event(signal.kind, signal.body)
                because = self._kin.objection(tx, event)
                if because is not None:
                    signals.handled(tx, signal.id, codec.encode(Answer(False, signal.incident, because)), now)
                    return ()
                decided = self._happen(tx, signal.incident, event, signal.actor, now)
        except TocsinError as problem:
            if isinstance(problem, StoreError):
                raise
            # What cannot be read can never be decided; it stays in the store with the reason beside it.
            logger.error("signal %s cannot be read: %s", signal.id, problem)
            signals.handled(tx, signal.id, codec.encode(Answer(False, signal.incident, str(problem))), now)
            return ()
        if signal.kind != ALERT or decided:
            signals.handled(tx, signal.id, codec.encode(_answer(decided)), now)
        return decided

    def _alert(self, tx: Tx, signal: signals.Signal, now: datetime) -> tuple[Decision, ...]:
        """Find the incident an alert belongs to, or open one; every alert ends linked or suppressed."""
        waiting = codec.decode(signal.body, Waiting)
        alert = waiting.alert
        number = None if waiting.grouped is False else waiting.number
        found = incident_for(
            tx, alert, now, self._reopen, self._kin.ended_elsewhere, number, self._hushed(tx, now)
        )
        if found.incident is None:
            incidents.suppress(tx, waiting.number, found.why, now)
            signals.handled(tx, signal.id, codec.encode(Answer(False, None, found.why)), now)
            return ()
        decided = self._happen(tx, found.incident, AlertReceived(alert), alert.source, now, found.new)
        refusal = decided[0].refusal
        if refusal is None:
            incidents.link(tx, waiting.number, found.incident, now)
        else:
            incidents.suppress(tx, waiting.number, said(Suppression.RESOLVE_WITHOUT_OPEN, refusal), now)
        return decided

    def _hushed(self, tx: Tx, now: datetime) -> Hush:
        """What holds alerts back, read once in each transaction."""
        if self._hush is None or self._hush.tx is not tx:
            self._hush = Hush.of(tx, now)
        return self._hush

    def _elsewhere(self, tx: Tx, signal: signals.Signal, now: datetime) -> tuple[Decision, ...]:
        """What somebody did in another tool, for the incident it is about."""
        found = elsewhere.meant(tx, codec.decode(signal.body, elsewhere.Acted), self._roster)
        if isinstance(found, str):
            signals.handled(tx, signal.id, codec.encode(Answer(False, None, found)), now)
            logger.warning("%s: %s", signal.actor, found)
            return ()
        return self._happen(tx, *found, signal.actor, now)

    def _happen(
        self, tx: Tx, identifier: IncidentId, event: Event, actor: str, now: datetime, new: bool = False
    ) -> tuple[Decision, ...]:
        decision = self._decisions.happen(tx, identifier, event, actor, now, new)
        self._decisions.keep(decision)
        return (decision, *self._decisions.cancel(tx, decision, now), *self._kin.after(tx, decision, now))

    def _until_next(self) -> timedelta:
        with self._database.read() as tx:
            due = clocks.next_due(tx)
        if due is None:
            return _IDLE
        return max(min(due - self._clock.now(), _IDLE), timedelta(milliseconds=1))


def _in_order(due: Iterable[clocks.ClockRow], said: Iterable[signals.Signal]) -> list[Work]:
    """What waits, by the time it happened: a word from before a deadline counts, however late we come to hear it."""
    work: list[Work] = []
    late = deque(due)
    for signal in said:
        while late and late[0].due_at <= signal.at:
            work.append(late.popleft())
        work.append(signal)
    return [*work, *late]


def _number(signal: signals.Signal) -> int | None:
    """The number of the stored alert a signal brings, or None if it brings none that can be read."""
    if signal.kind != ALERT:
        return None
    try:
        return codec.decode(signal.body, Waiting).number
    except TocsinError:
        return None


def _answer(decided: tuple[Decision, ...]) -> Answer:
    first = decided[0]
    return Answer(first.refusal is None, first.incident.id, first.refusal, first.incident.stage.value)


def _tell(decision: Decision) -> None:
    """One line per decision, the incident id always; and aloud when nobody could be woken."""
    for event, _ in decision.events:
        if isinstance(event, EscalationExhausted):
            logger.critical("NOBODY ANSWERED incident=%s rounds=%s", decision.incident.id, event.rounds)
    happened = event_codec.kind_of(decision.events[0][0])
    asked = ",".join(event_codec.kind_of(command) for command in decision.commands) or "nothing"
    logger.info(
        "decided incident=%s event=%s stage=%s commands=%s",
        decision.incident.id,
        happened,
        decision.incident.stage.value,
        asked,
    )
