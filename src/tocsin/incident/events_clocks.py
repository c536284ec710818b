"""Deadlines: started, near, stopped, passed. Kinds of event; see `incident.events`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClockStarted:
    """A deadline began to run. `why` quotes the promise it comes from."""

    name: str
    due: datetime
    why: str


@dataclass(frozen=True, slots=True)
class ClockStopped:
    """A deadline no longer matters, because what it waited for happened."""

    name: str
    because: str


@dataclass(frozen=True, slots=True)
class ClockPassed:
    """A deadline passed."""

    name: str
    due: datetime


@dataclass(frozen=True, slots=True)
class ClockNearing:
    """A deadline comes near: whoever can still keep it is told."""

    name: str
    due: datetime
