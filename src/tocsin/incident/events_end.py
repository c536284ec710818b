"""Proof, the end, and what comes after it: the post-mortem, action items. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime

from tocsin.kit.ids import PersonId, RunId


@dataclass(frozen=True, slots=True)
class VerificationFailed:
    """The change ran, and the trouble is still there."""

    run: RunId | None
    because: str


@dataclass(frozen=True, slots=True)
class WatchStarted:
    """Everything is good; it must stay so until `until`."""

    until: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Relapsed:
    """Something went bad inside the watch window."""

    because: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Over.

    Attributes:
        by: a person, or None when a good watch window ended it.
        anyway: the reason a person gave for resolving although a check is not good.
        false_alarm: there never was an incident; it stays counted and listed (DEC-07).
    """

    by: PersonId | None
    because: str
    anyway: str | None = None
    false_alarm: bool = False


@dataclass(frozen=True, slots=True)
class PostmortemDrafted:
    """The draft of what we learned exists as a file."""

    path: str
    sha256: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostmortemWanted:
    """A person asks for a fresh draft; the one before it stays as it is."""

    by: PersonId


@dataclass(frozen=True, slots=True)
class PostmortemOwned:
    """One person answers for the document being written in time (PM-03)."""

    owner: PersonId
    by: PersonId


@dataclass(frozen=True, slots=True)
class PostmortemMoved:
    """The document went on a step: draft, in review, reviewed, published; or back (PM-12).

    Attributes:
        state: as `incident.state.PostmortemState` names it.
        path, sha256: the text as it was at that moment.
        html: where the readable copy was written, once published.
    """

    state: str
    by: PersonId
    path: str
    sha256: str
    note: str | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class ActionOpened:
    """Something is to be done so that this does not happen again, by somebody and until a day (PM-10).

    Attributes:
        item: "INC-12.t1". priority: "high", "medium" or "low". due: end of the day, UTC.
    """

    item: str
    what: str
    owner: PersonId
    due: datetime
    priority: str
    by: PersonId


@dataclass(frozen=True, slots=True)
class ActionClosed:
    """It was done, or it was dropped with a reason."""

    item: str
    by: PersonId
    done: bool
    note: str | None = None
