"""What can happen to an incident. Past tense; the incident is the sum of these, and the log holds nothing else.

Every event is a frozen dataclass of plain values, so that `incident.codec` can write it and read it back.
They are written down by subject in the files beside this one; this is the one place to import them from.
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
from tocsin.incident.events_changes import ChangesSeen, SeenChange
from tocsin.incident.events_clocks import (
    ClockNearing,
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
    PostmortemWanted,
    Relapsed,
    Resolved,
    VerificationFailed,
    WatchStarted,
)
from tocsin.incident.events_kin import (
    Absorbed,
    Linked,
    MajorDeclared,
    Merged,
    RelationSuggested,
    SecurityDeclared,
)
from tocsin.incident.events_people import (
    Acknowledged,
    Escalated,
    EscalationExhausted,
    NoteAdded,
    PageCancelled,
    PageDelivered,
    PageFailed,
    PageQueued,
    PageResent,
    PageSent,
    PageUndelivered,
    RoleTaken,
    RoomOpened,
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
from tocsin.incident.events_team import (
    AcknowledgementLapsed,
    CauseNamed,
    EscalationPostponed,
    EscalationWanted,
    OfferDeclined,
    OfferLapsed,
    ResponderCalled,
    ResponderReleased,
    RoleOffered,
    RoleWanted,
    Snoozed,
    TaskClosed,
    TaskGiven,
    TaskTaken,
    WarningGiven,
)
from tocsin.incident.events_updates import (
    CadenceSet,
    ChecklistTicked,
    UpdateApproved,
    UpdateDelivered,
    UpdateDrafted,
    UpdateOverdue,
    UpdateSent,
    UpdateUndelivered,
    UpdateWithdrawn,
)

__all__ = [
    "Absorbed",
    "Acknowledged",
    "AcknowledgementLapsed",
    "ActionClosed",
    "ActionOpened",
    "AlertReceived",
    "Approved",
    "AskExpired",
    "AskMade",
    "AskWithdrawn",
    "CadenceSet",
    "CauseNamed",
    "ChangesSeen",
    "ChecklistTicked",
    "ClockNearing",
    "ClockPassed",
    "ClockStarted",
    "ClockStopped",
    "DoubtSettled",
    "Escalated",
    "EscalationExhausted",
    "EscalationPostponed",
    "EscalationWanted",
    "Event",
    "Expectation",
    "IncidentDeclared",
    "Linked",
    "MajorDeclared",
    "ManualStepDone",
    "ManualStepOpened",
    "Merged",
    "NoteAdded",
    "OfferDeclined",
    "OfferLapsed",
    "OptionsExhausted",
    "PageCancelled",
    "PageDelivered",
    "PageFailed",
    "PageQueued",
    "PageResent",
    "PageSent",
    "PageUndelivered",
    "ParameterSet",
    "PostmortemDrafted",
    "PostmortemMoved",
    "PostmortemOwned",
    "PostmortemWanted",
    "Recorded",
    "Rejected",
    "Relapsed",
    "RelationSuggested",
    "Reopened",
    "Resolved",
    "ResponderCalled",
    "ResponderReleased",
    "RoleOffered",
    "RoleTaken",
    "RoleWanted",
    "RoomOpened",
    "SecurityDeclared",
    "SeenChange",
    "SeverityChanged",
    "Snoozed",
    "StepFinished",
    "StepInterrupted",
    "StepQueued",
    "StepRefused",
    "StepRequested",
    "StepWaiting",
    "TargetPinned",
    "TaskClosed",
    "TaskGiven",
    "TaskTaken",
    "UndoCalledOff",
    "UndoRequested",
    "UpdateApproved",
    "UpdateDelivered",
    "UpdateDrafted",
    "UpdateOverdue",
    "UpdateSent",
    "UpdateUndelivered",
    "UpdateWithdrawn",
    "VerificationFailed",
    "WarningGiven",
    "WatchStarted",
]

Event = (
    AlertReceived | IncidentDeclared | SeverityChanged | Reopened
    | PageQueued | PageSent | PageResent | PageDelivered | PageUndelivered | PageFailed | PageCancelled | RoomOpened | Acknowledged | RoleTaken | Escalated | EscalationExhausted | NoteAdded
    | ClockStarted | ClockStopped | ClockPassed
    | StepRefused | AskMade | Approved | Rejected | AskExpired | AskWithdrawn | StepRequested
    | StepQueued | StepFinished | StepInterrupted | DoubtSettled | OptionsExhausted
    | ParameterSet | UndoRequested | UndoCalledOff | ManualStepOpened | ManualStepDone | StepWaiting | TargetPinned
    | VerificationFailed | WatchStarted | Relapsed | Resolved | UpdateDrafted
    | PostmortemDrafted | PostmortemWanted | PostmortemOwned | PostmortemMoved | ActionOpened | ActionClosed
    | ClockNearing | AcknowledgementLapsed | CauseNamed | EscalationPostponed | EscalationWanted | OfferDeclined | OfferLapsed | ResponderCalled | ResponderReleased
    | RoleOffered | RoleWanted | Snoozed | TaskClosed | TaskGiven | TaskTaken | WarningGiven
    | CadenceSet | ChecklistTicked | UpdateApproved | UpdateDelivered | UpdateOverdue | UpdateSent | UpdateUndelivered | UpdateWithdrawn
    | ChangesSeen
    | Absorbed | Linked | MajorDeclared | Merged | RelationSuggested | SecurityDeclared
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the log: what, when, by whom. `position` counts from 1 within its incident."""

    position: int
    at: datetime
    actor: str
    event: Event = field(repr=True)
