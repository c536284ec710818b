"""What is done beside asking and running, as an incident remembers it: values, work by hand, ways back that wait."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.incident import events as ev
from tocsin.kit.ids import RunId


@dataclass(frozen=True, slots=True)
class ManualView:
    """Something only a person can do: open until somebody says that it is done."""

    opened: ev.ManualStepOpened
    at: datetime
    done: ev.ManualStepDone | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """The part of an incident about doing.

    Attributes:
        parameters: the newest value of each hole, by its name. manual: by the step's number.
        undo_due: ways back that wait for their time, by the run they take back.
        waiting: runs that wait for a target another run has.
    """

    parameters: dict[str, ev.ParameterSet] = field(default_factory=dict)
    manual: dict[str, ManualView] = field(default_factory=dict)
    undo_due: dict[RunId, ev.UndoRequested] = field(default_factory=dict)
    waiting: dict[RunId, ev.StepWaiting] = field(default_factory=dict)

    def after(self, event: ev.Event, at: datetime) -> "Doing | None":
        """This after one more event; None if the event is not about doing."""
        match event:
            case ev.ParameterSet():
                return replace(self, parameters={**self.parameters, event.name: event})
            case ev.ManualStepOpened():
                return replace(self, manual={**self.manual, event.number: ManualView(event, at)})
            case ev.ManualStepDone():
                task = self.manual.get(event.number)
                if task is None:
                    return self
                return replace(
                    self, manual={**self.manual, event.number: replace(task, done=event, done_at=at)}
                )
            case ev.UndoRequested(run, _, due):
                if due is None:
                    return self
                return replace(self, undo_due={**self.undo_due, run: event})
            case ev.UndoCalledOff(run):
                return self._settled(run)
            case ev.StepWaiting():
                return replace(self, waiting={**self.waiting, event.run: event})
            case ev.TargetPinned():
                return self
            case _:
                return None

    def asked(self, run: RunId) -> "Doing":
        """The way back of this run has been asked for: it does not wait any more."""
        return self._settled(run) if run in self.undo_due else self

    def ended(self, run: RunId) -> "Doing":
        """This run is over: it waits for nothing."""
        if run not in self.waiting:
            return self
        return replace(self, waiting={key: each for key, each in self.waiting.items() if key != run})

    @property
    def by_hand(self) -> tuple[ManualView, ...]:
        """What still waits for a person's hands."""
        return tuple(task for task in self.manual.values() if task.done is None)

    def _settled(self, run: RunId) -> "Doing":
        return replace(self, undo_due={key: each for key, each in self.undo_due.items() if key != run})
