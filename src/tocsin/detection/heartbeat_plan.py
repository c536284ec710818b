"""When a job is expected: by the wall clock (jobs/deadline) or so long after it reported."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class Plan(Protocol):
    """When a job is expected."""

    def due_after(self, moment: datetime) -> Iterator[datetime]:
        """Planned times after a moment, in UTC, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Expected again so long after it reported. Months are calendar months: the 31st becomes the last of a shorter one."""

    span: timedelta = timedelta()
    months: int = 0

    def due_after(self, moment: datetime) -> Iterator[datetime]:
        """The moment and one interval, two, three … without end."""
        number = 0
        while True:
            number += 1
            try:
                yield _months_later(moment, self.months * number) + self.span * number
            except (OverflowError, ValueError):
                return  # beyond what a calendar holds


def _months_later(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            if year > 9999:
                raise
    return moment.replace(year=year, month=month + 1)
