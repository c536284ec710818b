"""Times when nobody is on call: a warning on every page, until somebody has taken them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.oncall.schedule import OnCall, shifts
from tocsin.store import amendments
from tocsin.store.tx import Tx

AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Gap:
    """The next time nobody is on call at a level. now: whether it has begun. more: how many further ones there are."""

    level: int
    start: datetime
    end: datetime
    now: bool
    more: int

    @property
    def words(self) -> str:
        """What a person reads; times in UTC."""
        until = f"{self.end.astimezone(UTC):%a %d %b %H:%M}"
        if self.now:
            return f"Nobody is on call at level {self.level} now, until {until} UTC."
        since = f"{self.start.astimezone(UTC):%a %d %b %H:%M}"
        return f"Nobody is on call at level {self.level} from {since} to {until} UTC."


def next_gap(tx: Tx, plan: OnCall, now: datetime) -> Gap | None:
    """The first gap of the next seven days, one that has begun before all others; None if there is none."""
    end = now + AHEAD
    # A level that is a list of people is the same at all times: only one without anybody has a gap.
    suspects = [number for number, level in enumerate(plan.levels, 1) if level.layers or not level.people]
    if not suspects:
        return None
    held = amendments.between(tx, now, end)
    found = [
        (shift.start, shift.level, shift.end)
        for number in suspects
        for shift in shifts(plan, held, number, now, end)
        if not shift.people
    ]
    if not found:
        return None
    start, level, until = min(found)
    return Gap(level, start, until, start <= now, len(found) - 1)
