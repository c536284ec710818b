"""Where a run takes place: the room, the fault in it, and the person, with what the sandbox itself sees and does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tocsin.drill.record import Answer
from tocsin.drill.scenario import UNDO
from tocsin.errors import TocsinError
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.state import Run
from tocsin.sandbox.catalogue import AnyFault
from tocsin.sandbox.drill.engine import Engine
from tocsin.sandbox.drill.person import Person
from tocsin.sandbox.fault import Oracles
from tocsin.sandbox.room import OpenRoom

_UNREADABLE = "cannot be read"


@dataclass(slots=True)
class Stage:
    """Room, fault and person of one run.

    Attributes:
        room: the walls. place: what the fault works on. workdir: where commands run.
        injected: whether there is something to restore.
        failed: why it was not broken as it should have been; "" if it was.
    """

    room: OpenRoom
    place: object
    fault: AnyFault
    person: Person
    workdir: Path
    injected: bool = False
    failed: str = ""
    _handle: object = field(default=None, repr=False)

    @property
    def fault_name(self) -> str:
        """Of what is broken."""
        return self.fault.name

    def inject(self) -> None:
        """Break it. From here on there is something to restore, even if this fails half-way."""
        self.injected = True
        try:
            self._handle = self.fault.inject(self.place)
        except TocsinError as problem:
            self.failed = problem.message
            raise

    def broken(self) -> bool:
        """Whether the fault can be seen, by the sandbox's own eyes. What cannot be looked at is not seen to be well."""
        try:
            return self.fault.confirm(self.place)
        except TocsinError:
            return True

    def restore(self) -> None:
        """The old state. Raises TocsinError; then the room is dropped."""
        if self._handle is None:
            raise TocsinError(
                f"The fault failed half-way, so nobody knows what to restore: {self.failed or 'it says no more'}",
                hint="Drop the room.",
            )
        self.fault.restore(self.place, self._handle)

    def oracles(self) -> Oracles:
        """What must not change. What cannot be read is an observation too: it differs from everything that can."""
        try:
            return self.fault.oracles(self.place)
        except TocsinError as problem:
            return {_UNREADABLE: str(problem)}

    def ways_back(self, engine: Engine, wanted: tuple[str, ...], within: timedelta) -> tuple[Answer, ...]:
        """Exercise every way back that the scenario wants, what was changed last first."""
        found = [self._step(engine, number, within) for number in wanted if number != UNDO]
        if UNDO in wanted:
            found += self._undo_all(engine, within)
        return tuple(found)

    def _undo_all(self, engine: Engine, within: timedelta) -> list[Answer]:
        incident = _now(engine)
        exact = [
            run
            for run in incident.runs.values()
            if run.changes and run.took_effect and run.finished is not None and run.finished.undo is not None
            and run.queued.undoes is None
        ]  # fmt: skip
        return [self._undo(engine, run, within) for run in reversed(exact)]

    def _undo(self, engine: Engine, run: Run, within: timedelta) -> Answer:
        about = f"{run.queued.number}: {run.finished.undo if run.finished else ''}"
        incident = _now(engine)
        answer = engine.say(
            incident.id, ev.UndoRequested(run.queued.run, self.person.first), self.person.first
        )
        if not answer.accepted:
            return Answer(about, False, answer.refusal or "refused")
        self.person.taking_back = run.queued.run
        try:
            return self._follow(engine, about, within, lambda each: each.queued.undoes == run.queued.run)
        finally:
            self.person.taking_back = None

    def _step(self, engine: Engine, number: str, within: timedelta) -> Answer:
        """A step of the runbook that leads back, asked for by its number."""
        incident = _now(engine)
        known = set(incident.runs)
        answer = engine.say(incident.id, ev.StepRequested(number, self.person.asks), self.person.asks)
        if not answer.accepted:
            return Answer(number, False, answer.refusal or "refused")
        self.person.wants = number
        try:
            return self._follow(
                engine,
                number,
                within,
                lambda each: each.queued.number == number and each.queued.run not in known,
            )
        finally:
            self.person.wants = None

    def _follow(self, engine: Engine, about: str, within: timedelta, mine: Callable[[Run], bool]) -> Answer:
        """Say yes to it and wait for its end."""
        ended: list[Run] = []

        def over() -> bool:
            incident = _now(engine)
            ended[:] = [run for run in incident.runs.values() if mine(run) and not run.open]
            if not ended:
                self.person.answer(incident, self.broken)
            return bool(ended)

        try:
            engine.await_(over, within, f"The way back {about} did not end")
        except TocsinError as problem:
            return Answer(about, False, problem.message)
        finished = ended[0].finished
        held = finished is not None and finished.outcome in ("done", "takes effect later")
        return Answer(about, held, finished.sentence if finished is not None else "nobody saw its end")


def _now(engine: Engine) -> Incident:
    incident = engine.incident()
    if incident is None:
        raise TocsinError("The incident of this drill is gone.")
    return incident
