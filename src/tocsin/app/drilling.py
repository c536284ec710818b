"""Drills that people start while tocsin serves: what may be started, how the one that runs stands, and its end.

Who carries them out is given to the app from outside, because a sandbox knows the app and not the other way round.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entered:
    """A drill entered a state. run: which of its runs. after: since the drill was asked for. what: why, in words."""

    run: str
    state: str
    what: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class Attempt:
    """One drill that somebody started here.

    Attributes:
        by: the person's id, or how they came in. entered: its states so far, oldest first.
        ended: None while it runs. said: how it ended, in words. proven: as its verdict says; None without a verdict.
        drill: its number in the history, once it is kept. stopped_by: who ended it early.
    """

    scenario: str
    by: str
    began: datetime
    entered: tuple[Entered, ...] = ()
    ended: datetime | None = None
    said: str = ""
    proven: bool | None = None
    drill: int | None = None
    stopped_by: str | None = None

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return self.ended is None


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be drilled here.

    Attributes:
        scenarios: names. why_not: why none can be started now; "" when one can. hint: what to do about that.
        note: what to know before, such as that the kernel gives no capsule; "" for nothing.
    """

    scenarios: tuple[str, ...]
    why_not: str = ""
    hint: str = ""
    note: str = ""


class Drilling(Protocol):
    """Whoever carries drills out beside the engine, one at a time, in a process and a sandbox of their own."""

    def offer(self) -> Offer:
        """What can be started here, and why not. Looks at files; connects to nothing."""

    def current(self) -> Attempt | None:
        """The drill that runs, or the last one that did; None before the first."""

    def heard(self) -> int:
        """How often anything about it has changed since tocsin was started."""

    def start(self, scenario: str, by: str) -> Attempt:
        """Begin one.

        Raises:
            NotFound: there is no scenario of that name. Refused: one runs already, or none can be made here.
        """

    def stop(self, by: str) -> Attempt:
        """End the one that runs, with all of its sandbox. Raises NotFound if none does."""
