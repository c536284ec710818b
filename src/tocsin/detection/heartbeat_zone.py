"""A job that always comes so many whole hours off was probably planned in another time zone (JOB-07)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from tocsin.detection.heartbeat_plan import Plan

_FEW = 3  # runs before anything is said
_NEAR = timedelta(minutes=10)
_HOUR = timedelta(hours=1)
_BACK = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class WrongZone:
    """A guess, for people.

    Attributes:
        hours: later than planned; negative: earlier. zones: in these the same plan fits every run.
    """

    hours: int
    zones: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For a line of its own."""
        off = f"{abs(self.hours)} h {'later' if self.hours > 0 else 'earlier'} than planned"
        fits = f"; the plan fits in {', '.join(self.zones)}" if self.zones else ""
        return f"every run comes {off}: wrong time zone?{fits}"


def wrong_zone(
    plan: Plan, begins: Sequence[datetime], others: Iterable[tuple[str, Plan]]
) -> WrongZone | None:
    """Whether the last runs were all the same whole number of hours off, and in which zones they would not be.

    Args:
        begins: when the last runs began. others: the same plan in other zones, by their names.
    """
    if len(begins) < _FEW or not _sparse(plan, begins[-1]):
        return None
    offs = {_hours_off(plan, each) for each in begins}
    if len(offs) != 1:
        return None
    (hours,) = offs
    if hours is None or hours == 0:
        return None
    zones = tuple(name for name, other in others if all(_hours_off(other, each) == 0 for each in begins))
    return WrongZone(hours, zones)


def _sparse(plan: Plan, moment: datetime) -> bool:
    """Whether planned times are so far apart that an hour off is no other one of them."""
    first, second = [*islice(plan.due_after(moment), 2), None, None][:2]
    return first is None or second is None or second - first > 2 * _HOUR


def _hours_off(plan: Plan, begin: datetime) -> int | None:
    """Whole hours from the nearest planned time, or None if it is no whole number of them."""
    before, after = None, None
    for due in plan.due_after(begin - _BACK):
        if due > begin:
            after = due
            break
        before = due
    nearest = [begin - due for due in (before, after) if due is not None]
    if not nearest:
        return None
    off = min(nearest, key=abs)
    hours = round(off / _HOUR)
    return hours if abs(off - hours * _HOUR) <= _NEAR and abs(hours) <= 14 else None
