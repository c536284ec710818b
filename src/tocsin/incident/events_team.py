"""Who does what: roles, tasks, warnings, and the words people say about the course. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.kit.ids import PersonId


@dataclass(frozen=True, slots=True)
class RoleOffered:
    """Whoever holds a role (or commands) wants somebody else to have it; nothing changes until they take it (ROL-04)."""

    role: str
    to: PersonId
    by: PersonId


@dataclass(frozen=True, slots=True)
class RoleWanted:
    """ "I take it": accepts an offer, fills an empty role, or asks the holder for theirs (ROL-05)."""

    role: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The person who was offered a role says no."""

    role: str
    by: PersonId
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class OfferLapsed:
    """Nobody took the offered role in time: it stays where it was (ROL-04)."""

    role: str
    to: PersonId


@dataclass(frozen=True, slots=True)
class TaskGiven:
    """One named person is to do one thing, within a time box if one is given (ROL-06).

    Attributes:
        task: "INC-12.k1". due: the end of the time box, or None.
    """

    task: str
    what: str
    to: PersonId
    by: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskTaken:
    """The person it was given to says: I do it."""

    task: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class TaskClosed:
    """It was done, or given up; `said` is what was seen."""

    task: str
    by: PersonId
    done: bool
    said: str


@dataclass(frozen=True, slots=True)
class ResponderReleased:
    """Somebody is no longer needed and is not paged for this incident any more (ROL-08)."""

    person: PersonId
    by: PersonId


@dataclass(frozen=True, slots=True)
class ResponderCalled:
    """Somebody is wanted by name, also after having been released (ROL-08)."""

    person: PersonId
    by: PersonId
    why: str


@dataclass(frozen=True, slots=True)
class WarningGiven:
    """What a good colleague would say aloud: nothing is forbidden by it.

    Attributes:
        rule: the rule of the response process it comes from. to: the person it is about, or None.
    """

    rule: str
    text: str
    to: PersonId | None = None


@dataclass(frozen=True, slots=True)
class CauseNamed:
    """The answer to the question of the investigation clock: known, or the best guess (INV-01)."""

    by: PersonId
    cause: str
    certain: bool


@dataclass(frozen=True, slots=True)
class EscalationWanted:
    """Somebody calls the next level by hand, at any moment and whatever the severity (ESC-05)."""

    by: PersonId
    because: str


@dataclass(frozen=True, slots=True)
class EscalationPostponed:
    """The commander gives it more time before level 2 is called, once, with a reason (ESC-02)."""

    by: PersonId
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Somebody heard the page and says when it may come back; paging goes on then where it stood (PAG-09)."""

    by: PersonId
    until: datetime


@dataclass(frozen=True, slots=True)
class AcknowledgementLapsed:
    """Whoever had it has not been heard of for too long: it has to be acknowledged again (PAG-07)."""

    by: PersonId
    because: str
