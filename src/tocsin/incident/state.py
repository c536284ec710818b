"""How the parts of an incident stand: its runs, its questions, its pages, its clocks."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tocsin.incident import events as ev
from tocsin.incident.commands import NOT_RUN


class Stage(Enum):
    """How far the incident has come, as people see it. Derived from events, never set by hand."""

    NEW = "new"
    DETECTED = "detected"
    ACKNOWLEDGED = "acknowledged"
    MITIGATING = "mitigating"
    WATCHING = "watching"
    RESOLVED = "resolved"


class RunState(Enum):
    """How a run stands; in doubt means that nobody saw its end."""

    RUNNING = "running"
    FINISHED = "finished"
    IN_DOUBT = "in doubt"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one step."""

    queued: ev.StepQueued
    at: datetime
    state: RunState = RunState.RUNNING
    finished: ev.StepFinished | None = None
    settled: ev.DoubtSettled | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to come: it runs, or a person must say what happened."""
        return self.state in (RunState.RUNNING, RunState.IN_DOUBT)

    @property
    def changes(self) -> bool:
        """Whether it is a run of an approved step that alters the world."""
        return self.queued.ask is not None

    @property
    def never_began(self) -> bool:
        """Whether it is known that nothing of it ran: a person looked, or its yes ran out while it waited."""
        if self.settled is not None:
            return not self.settled.took_effect
        return self.finished is not None and self.finished.outcome == NOT_RUN

    @property
    def took_effect(self) -> bool:
        """Whether the world is taken to have changed by it."""
        if self.settled is not None:
            return self.settled.took_effect
        return self.finished is not None and self.finished.outcome in ("done", "takes effect later")


class AskState(Enum):
    """What became of a question."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a yes, with the answers so far."""

    made: ev.AskMade
    at: datetime
    state: AskState = AskState.OPEN
    approvals: tuple[ev.Approved, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """One page and what became of it: queued, sent, failed."""

    queued: ev.PageQueued
    at: datetime
    state: str = "queued"
    detail: str = ""


class PostmortemState(Enum):
    """How far the document is. A step forward may be taken back; what is published stays published."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    REVIEWED = "reviewed"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action item: open until somebody says that it is done or dropped."""

    opened: ev.ActionOpened
    at: datetime
    closed: ev.ActionClosed | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockView:
    """One deadline: running, stopped or passed."""

    started: ev.ClockStarted
    at: datetime
    state: str = "running"
