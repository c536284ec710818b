"""What can happen to an incident. Past tense; the incident is the sum of these, and the log holds nothing else.

Every event is a frozen dataclass of plain values, so that `incident.codec` can write it and read it back.
They are written down by subject in the six files beside this one; this is the one place to import them from.
Fields added later need defaults: the log is never rewritten.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.incident.events_begin import (
    AlertReceived,
    IncidentDeclared,
    Reopened,
    SeverityChanged,
)
from tocsin.incident.events_clocks import (
    ClockPassed,
    ClockStarted,
    ClockStopped,
)
from tocsin.incident.events_doing import (
    ManualStepDone,
    ManualStepOpened,
    ParameterSet,
    StepWaiting,
    TargetPinned,
    UndoCalledOff,
    UndoRequested,
)
from tocsin.incident.events_end import (
    ActionClosed,
    ActionOpened,
    PostmortemDrafted,
    PostmortemMoved,
    PostmortemOwned,
    Relapsed,
    Resolved,
    UpdateDrafted,
    VerificationFailed,
    WatchStarted,
)
from tocsin.incident.events_people import (
    Acknowledged,
    Escalated,
    EscalationExhausted,
    NoteAdded,
    PageCancelled,
    PageFailed,
    PageQueued,
    PageSent,
    RoleTaken,
)
from tocsin.incident.events_steps import (
    Approved,
    AskExpired,
    AskMade,
    AskWithdrawn,
    DoubtSettled,
    Expectation,
    OptionsExhausted,
    Rejected,
    StepFinished,
    StepInterrupted,
    StepQueued,
    StepRefused,
    StepRequested,
)

__all__ = [
    "Acknowledged",
    "ActionClosed",
    "ActionOpened",
    "AlertReceived",
    "Approved",
    "AskExpired",
    "AskMade",
    "AskWithdrawn",
    "ClockPassed",
    "ClockStarted",
    "ClockStopped",
    "DoubtSettled",
    "Escalated",
    "EscalationExhausted",
    "Event",
    "Expectation",
    "IncidentDeclared",
    "ManualStepDone",
    "ManualStepOpened",
    "NoteAdded",
    "OptionsExhausted",
    "PageCancelled",
    "PageFailed",
    "PageQueued",
    "PageSent",
    "ParameterSet",
    "PostmortemDrafted",
    "PostmortemMoved",
    "PostmortemOwned",
    "Recorded",
    "Rejected",
    "Relapsed",
    "Reopened",
    "Resolved",
    "RoleTaken",
    "SeverityChanged",
    "StepFinished",
    "StepInterrupted",
    "StepQueued",
    "StepRefused",
    "StepRequested",
    "StepWaiting",
    "TargetPinned",
    "UndoCalledOff",
    "UndoRequested",
    "UpdateDrafted",
    "VerificationFailed",
    "WatchStarted",
]

Event = (
    AlertReceived | IncidentDeclared | SeverityChanged | Reopened
    | PageQueued | PageSent | PageFailed | PageCancelled | Acknowledged | RoleTaken | Escalated | EscalationExhausted | NoteAdded
    | ClockStarted | ClockStopped | ClockPassed
    | StepRefused | AskMade | Approved | Rejected | AskExpired | AskWithdrawn | StepRequested
    | StepQueued | StepFinished | StepInterrupted | DoubtSettled | OptionsExhausted
    | ParameterSet | UndoRequested | UndoCalledOff | ManualStepOpened | ManualStepDone | StepWaiting | TargetPinned
    | VerificationFailed | WatchStarted | Relapsed | Resolved | UpdateDrafted
    | PostmortemDrafted | PostmortemOwned | PostmortemMoved | ActionOpened | ActionClosed
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the log: what, when, by whom. `position` counts from 1 within its incident."""

    position: int
    at: datetime
    actor: str
    event: Event = field(repr=True)
