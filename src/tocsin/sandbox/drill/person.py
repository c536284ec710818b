"""The person of a drill: acknowledges, says yes and no within the bounds of the scenario, settles what is in doubt.

She speaks through the same door as everybody, so her yes binds to the exact text and target, expires, and is refused
where a second person is needed. She looks with the sandbox's own eyes before she agrees to one more change: what is
mended already is not mended again.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from tocsin.drill.record import Kind, Turned
from tocsin.drill.scenario import Approver
from tocsin.effects.effect import Effect
from tocsin.incident import events as ev
from tocsin.incident.commands import NOT_RUN
from tocsin.incident.incident import Incident
from tocsin.incident.state import Ask, AskState
from tocsin.kit.clock import Clock
from tocsin.kit.ids import AskId, PersonId, RunId
from tocsin.sandbox.drill.engine import Engine
from tocsin.sandbox.drill.settings import ASKS

_TIME_TO_SHOW = timedelta(seconds=20)
_IN_VAIN = 3
_IN_DOUBT = "in doubt"
_DESTROYS = frozenset({Effect.DESTROY.word, Effect.UNKNOWN.word})


class Person:
    """Who answers in a drill.

    Args:
        hands: carries out a command that stands for what she does by hand.

    Attributes:
        turned: what she refused, and why.
        taking_back: the run whose way back she wants now, or None; then she answers nothing else.
        done: whether she has nothing more to ask for.
    """

    def __init__(
        self,
        bounds: Approver,
        kind: Kind,
        left_out: str | None,
        people: tuple[str, ...],
        engine: Engine,
        clock: Clock,
        hands: Callable[[str], None],
    ) -> None:
        self._bounds = bounds
        self._kind = kind
        self._left_out = left_out
        self.first = PersonId(people[0])
        self._second = PersonId(people[1] if len(people) > 1 else people[0])
        self.asks = PersonId(ASKS)
        self._engine = engine
        self._clock = clock
        self._hands = hands
        self.turned: list[Turned] = []
        self.taking_back: RunId | None = None
        self.wants: str | None = None
        self._wishes = list(bounds.ask_for)
        self._edits = dict(bounds.manual)
        self._order = list(bounds.steps)
        self._current: str | None = None
        self._mended_at: datetime | None = None
        self.done = False

    def answer(self, incident: Incident, broken: Callable[[], bool]) -> bool:
        """Answer what waits for a person. Returns whether anything did.

        Args:
            broken: whether the fault can still be seen, by the sandbox's own eyes.
        """
        if not incident.acknowledged and incident.pages:
            return self._say(incident, ev.Acknowledged(self.first))
        if incident.in_doubt:
            run = incident.in_doubt[0].queued.run
            took = not broken()
            return self._say(
                incident, ev.DoubtSettled(run, self.first, took, "looked with the sandbox's own eyes")
            )
        waiting = incident.open_ask
        if self._bounds.steps and self.taking_back is None and self.wants is None:
            return self._in_order(incident, waiting, broken)
        if waiting is not None and self._by_hand(incident, waiting.made.number):
            return True
        if waiting is not None and incident.acknowledged:
            return self._decide(incident, waiting, broken)
        return False

    def _in_order(self, incident: Incident, waiting: Ask | None, broken: Callable[[], bool]) -> bool:
        """Carry out the steps of the scenario, one after the other; whatever else is asked gives way to them."""
        if not incident.acknowledged or incident.running_change is not None or incident.requested is not None:
            return False
        if self._current is not None:
            if waiting is not None and waiting.made.number == self._current:
                return self._decide(incident, waiting, broken, whatever_is_seen=True)
            self._current = None  # it has run, or was refused
        while self._order and self._kind is not Kind.NO_RUNBOOK:
            number = self._order.pop(0)
            if number == self._left_out:
                continue
            if number in incident.doing.manual:
                return self._by_hand(incident, number)
            answer = self._engine.say(incident.id, ev.StepRequested(number, self.asks), self.asks)
            if answer.accepted:
                self._current = number
                return True
            self.turned.append(Turned(number, "", "tocsin", answer.refusal or "refused"))
        if waiting is not None:
            return self._say(
                incident, ev.Rejected(waiting.made.ask, self.first, "not among the scenario's steps")
            )
        return False

    @property
    def goes_on(self) -> bool:
        """Whether steps of the scenario are left: they are carried out to the last, also when the checks are good before."""
        return bool(self._order or self._current) and self._kind is not Kind.NO_RUNBOOK

    def at_the_end(self, incident: Incident) -> bool:
        """Nothing is on offer any more: ask for what the scenario says, one after the other. True once there is no more."""
        if self.taking_back is not None or self.done:
            return True
        if self._order or self._current is not None:
            return False
        if self._by_hand(incident, None):
            return False
        while self._wishes and self._kind is not Kind.NO_RUNBOOK:
            number = self._wishes.pop(0)
            if number == self._left_out:
                continue
            answer = self._engine.say(incident.id, ev.StepRequested(number, self.asks), self.asks)
            if answer.accepted:
                return False
            self.turned.append(Turned(number, "", "tocsin", answer.refusal or "refused"))
        self.done = True
        return True

    def _decide(
        self,
        incident: Incident,
        waiting: Ask,
        broken: Callable[[], bool],
        *,
        whatever_is_seen: bool = False,
    ) -> bool:
        """A yes or a no. Steps that are carried out to the last anyway wait for no look in between."""
        made = waiting.made
        wanted = made.undoes is not None and made.undoes == self.taking_back
        if not wanted and (self.taking_back is not None or made.undoes is not None):
            return False
        if not wanted and self.wants is not None and made.number != self.wants:
            return False
        if not wanted and self.wants is None:
            why = self._objection(made) or self._in_vain(incident, made)
            if why is not None:
                self.turned.append(Turned(made.number, made.text, "the approver", why))
                return self._say(incident, ev.Rejected(made.ask, self.first, why))
            if incident.changes_run and not whatever_is_seen and self.waits_to_see(broken):
                return False
        return self._approve(incident, waiting)

    def _in_vain(self, incident: Incident, made: ev.AskMade) -> str | None:
        """Why it makes no sense to say yes again: tocsin took the yes and did not run it, more than once; or it had no end."""
        ended = [
            run.finished for run in incident.runs.values() if run.queued.step == made.step and run.finished
        ]
        endless = [each for each in ended if each.outcome == _IN_DOUBT]
        if endless:
            return endless[-1].sentence
        vain = [each for each in ended if each.outcome == NOT_RUN]
        return vain[-1].sentence if len(vain) >= _IN_VAIN else None

    def _objection(self, made: ev.AskMade) -> str | None:
        if self._kind is Kind.NO_RUNBOOK:
            return "this run shows what happens without the runbook"
        if made.number == self._left_out:
            return "this run shows what happens without this step"
        for refused in self._bounds.refuse:
            if refused == made.number or (not refused[:1].isdigit() and refused in made.text):
                return "the scenario says no"
        if made.effect in _DESTROYS and not self._bounds.destroys:
            return f"it would {made.effect}, and the scenario does not allow that"
        return None

    def waits_to_see(self, broken: Callable[[], bool]) -> bool:
        """Whether to wait, because the last change seems to have helped and the checks have not seen it yet.

        They are given a while, and samples enough: on a machine that is busy the one may be over before the other.
        """
        if broken():
            self._mended_at = None
            return False
        now = self._clock.now()
        if self._mended_at is None:
            self._mended_at = now
        return now - self._mended_at < _TIME_TO_SHOW or not self._engine.seen_enough(self._mended_at)

    def _approve(self, incident: Incident, waiting: Ask) -> bool:
        made = waiting.made
        if made.number in self._edits:
            self._hands(self._edits.pop(made.number))
        given = {yes.by for yes in waiting.approvals}
        theirs = PersonId(made.proposed_by)
        order = (self._second, self.first) if theirs == self.first else (self.first, self._second)
        for by in order:
            if by in given:
                continue
            confirm = made.target if made.approvals_needed > 1 else None
            answer = self._engine.say(incident.id, ev.Approved(made.ask, by, made.digest, confirm), by)
            if answer.accepted:
                return True
            if not self._still_open(incident, made.ask):
                return True
            self.turned.append(Turned(made.number, made.text, "tocsin", answer.refusal or "refused"))
        # Nobody here may say yes to it: a no lets the next way be offered.
        return self._say(incident, ev.Rejected(made.ask, self.first, "nobody in this drill may approve it"))

    def _still_open(self, incident: Incident, ask: AskId) -> bool:
        now = self._engine.incident()
        found = now.asks.get(ask) if now is not None else None
        return found is not None and found.state is AskState.OPEN

    def _by_hand(self, incident: Incident, before: str | None) -> bool:
        """Do the next thing that only a person can do, if its turn has come: before the step that is asked for, or, with
        None, because nothing else is left."""
        if self._kind is Kind.NO_RUNBOOK or self.taking_back is not None or not incident.acknowledged:
            return False
        for number, command in self._bounds.manual:
            task = incident.doing.manual.get(number)
            if task is None or task.done is not None or number == self._left_out:
                continue
            if before is not None and _place(number) > _place(before):
                continue
            self._hands(command)
            return self._say(
                incident, ev.ManualStepDone(number, self.first, f"a script stood for the person: {command}")
            )
        return False

    def _say(self, incident: Incident, event: ev.Event) -> bool:
        """Hand her word over; a refusal means that it was overtaken, and the next look shows by what."""
        return self._engine.say(incident.id, event, self.first).accepted


def _place(number: str) -> list[tuple[int, str]]:
    """Where a step stands in its section: 3.10 comes after 3.9."""
    return [(int(digits or 0), letters) for digits, letters in re.findall(r"(\d*)([A-Za-z]*)[ .]?", number)]
