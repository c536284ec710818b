"""What people change about the plan for a while: an override, a swap, an absence. Each has an end and an author."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tocsin.kit.ids import PersonId


class Kind(Enum):
    """What an amendment does.

    OVERRIDE: this person is on call at this level, whoever the plan names ("take the pager", ONC-09).
    SWAP: wherever one of two people would be on call, it is the other.
    ABSENCE: this person is not called; the next in the order of the rotation stands in.
    """

    OVERRIDE = "override"
    SWAP = "swap"
    ABSENCE = "absence"


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of the plan, from `start` up to, not including, `end`.

    Attributes:
        id: as the store numbers it; a later one wins over an earlier one.
        other: with whom, in a swap. level: which level it is about; None: every level (an absence always is).
        by, at: who wrote it down, and when. reason: in their words.
        origin: the calendar and event it was read from, or None for one that a person wrote.
    """

    id: int
    kind: Kind
    person: PersonId
    start: datetime
    end: datetime
    by: str
    at: datetime
    other: PersonId | None = None
    level: int | None = None
    reason: str = ""
    origin: str | None = None

    def touches(self, level: int) -> bool:
        """Whether it is about this level."""
        return self.level is None or self.level == level

    def holds(self, at: datetime) -> bool:
        """Whether it holds at this instant."""
        return self.start <= at < self.end

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it holds at any instant of this stretch."""
        return self.start < end and start < self.end

    @property
    def people(self) -> tuple[PersonId, ...]:
        """Whom it is about."""
        return (self.person,) if self.other is None else (self.person, self.other)


def holding(amendments: Iterable[Amendment], at: datetime) -> tuple[Amendment, ...]:
    """Those that hold at an instant, the earliest written first."""
    return tuple(sorted((each for each in amendments if each.holds(at)), key=lambda each: each.id))
