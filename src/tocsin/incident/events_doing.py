"""What is done beside asking and running: values, ways back, work by hand, waiting. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.kit.ids import IncidentId, PersonId, RunId, StepId


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """A person gave a hole of the runbook its value.

    Attributes:
        name: canonical name of the hole. value: the text, or "secret:NAME" for one of the secret store; a secret itself
            never stands here.
    """

    name: str
    value: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class UndoRequested:
    """A person wants a change taken back: at once, or at a time.

    Attributes:
        due: when it is to be asked for, or None for now.
    """

    run: RunId
    by: PersonId
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class UndoCalledOff:
    """A way back that waited for its time is not wanted any more: a person said so, or the incident ended."""

    run: RunId
    because: str
    by: PersonId | None = None


@dataclass(frozen=True, slots=True)
class ManualStepOpened:
    """Something only a person can do waits for a person (MIT-14)."""

    step: StepId
    number: str
    title: str
    text: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ManualStepDone:
    """A person did it.

    Attributes:
        note: what was seen.
    """

    number: str
    by: PersonId
    note: str | None = None


@dataclass(frozen=True, slots=True)
class StepWaiting:
    """An approved step waits: another run has its target.

    Attributes:
        incident, holder: who has it.
    """

    run: RunId
    target: str
    incident: IncidentId
    holder: RunId


@dataclass(frozen=True, slots=True)
class TargetPinned:
    """From now on this target has to be who it said it was: the first yes to a change of it, or a person's word."""

    target: str
    identity: str
    by: PersonId
