"""Which step may begin now: one change of a target at a time, in all incidents; and not too many looks at one target."""

import threading
from collections import Counter, deque
from datetime import datetime, timedelta

from tocsin.engine.run_step import Workshop
from tocsin.engine.words import put_event
from tocsin.incident.commands import Command, RunStep
from tocsin.incident.events import StepWaiting
from tocsin.store import outbox, target_lock
from tocsin.store.tx import Tx

LOOKS_AT_ONCE = 6  # at one target; OpenSSH lets 10 sessions through one connection
_ASK_AGAIN = timedelta(milliseconds=250)
_LOOK_AGAIN = timedelta(seconds=1)  # at the latest: a look that ends lets in who waits
_REMEMBERED = 1_000  # of those, by target; others ask again by themselves
_LET_IN = 2  # by each look that ends: more than one, because one may have begun or been called off meanwhile


class Turnstile:
    """Lets claimed steps through, or puts them back into the queue. One per process; the locks are in the store."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._inside: dict[str, frozenset[str]] = {}  # by run, so that it leaves from where it was let in
        self._looking: Counter[str] = Counter()
        self._turned_away: dict[str, deque[str]] = {}  # keys of looks, by the target that was full
        self._counting = threading.Lock()

    def take_up(self, workshop: Workshop) -> None:
        """From now on these are the places; who is inside stays where they are."""
        self._workshop = workshop

    def lets_change(self, tx: Tx, row: outbox.Claimed, step: RunStep, now: datetime) -> bool:
        """Take the targets of a change, in the transaction of its claim; or say whom it waits for and put it back."""
        other = target_lock.take(tx, self._targets(step), step.incident, step.run, now)
        if other is None:
            return True
        outbox.retry(tx, row.id, now + _ASK_AGAIN, f"waits: {other.run} has {other.target}")
        waiting = StepWaiting(step.run, other.target, other.incident, other.run)
        put_event(tx, step.incident, waiting, "tocsin", now, f"{step.run}.waits.{other.run}")
        return False

    def lets_look(self, tx: Tx, row: outbox.Claimed, step: RunStep, now: datetime) -> bool:
        """Count a look, unless its target has as many as it should; then put it back. Call `looked` at its end."""
        targets = self._targets(step)
        with self._counting:
            full = next((target for target in targets if self._looking[target] >= LOOKS_AT_ONCE), None)
            if full is None:
                self._looking.update(targets)
                self._inside[step.run] = targets
                return True
            self._turned_away.setdefault(full, deque(maxlen=_REMEMBERED)).append(row.key)
        outbox.retry(tx, row.id, now + _LOOK_AGAIN, "its target is being looked at enough")
        return False

    def let_in(self, tx: Tx, step: RunStep, now: datetime) -> None:
        """Those that were turned away at the targets of a look that has ended need not wait any longer."""
        keys = []
        with self._counting:
            for target in self._targets(step) & self._turned_away.keys():
                waiting = self._turned_away[target]
                keys += [waiting.popleft() for _ in range(min(_LET_IN, len(waiting)))]
                if not waiting:
                    del self._turned_away[target]
        if keys:
            outbox.hasten(tx, keys, now)

    def looked(self, step: Command) -> None:
        """A look has ended."""
        if isinstance(step, RunStep):
            with self._counting:
                self._looking.subtract(self._inside.pop(step.run, frozenset()))

    def _targets(self, step: RunStep) -> frozenset[str]:
        """The places of a step by their own names: two names of one machine are one target."""
        runners = self._workshop.runners
        return frozenset(
            runners[text.target].target if text.target in runners else text.target for text in step.texts
        )
