"""A layer of a schedule: people who take turns, handed over at a time on the wall of one place.

Everything is arithmetic on wall-clock times, turned into instants by `walltime.instant`. Which turn an instant belongs
to is computed, never counted up from the first: the answer for 2040 costs as much as that for tomorrow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from tocsin.kit.ids import PersonId
from tocsin.oncall.walltime import instant, local

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of certain weekdays. An end that is not after the beginning lies on the next day.

    Attributes:
        weekdays: on which it begins; 0 is Monday. begin, end: on the wall; equal means the whole day.
    """

    weekdays: frozenset[int]
    begin: time
    end: time

    def on(self, day: date, zone: tzinfo) -> tuple[datetime, datetime] | None:
        """The stretch that begins on this day, or None if none does."""
        if day.weekday() not in self.weekdays:
            return None
        last = day if self.end > self.begin else day + _DAY
        return instant(datetime.combine(day, self.begin), zone), instant(
            datetime.combine(last, self.end), zone
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """One person's turn in a rotation: from `start` up to, not including, `end`.

    Attributes:
        number: counted from the first hand-over, which begins turn 0.
    """

    number: int
    person: PersonId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns.

    Attributes:
        people: in the order of their turns.
        zone: where the wall is that the hand-over is read from.
        first: the first hand-over, on the wall; `length`: of a turn, on the wall (24 h is a day, on any night).
        begins: on the wall; before it the layer says nothing. ends: from here on it says nothing; None: never.
        only: the hours it speaks; empty means always.
    """

    name: str
    people: tuple[PersonId, ...]
    zone: tzinfo
    first: datetime
    length: timedelta
    begins: datetime
    ends: datetime | None = None
    only: tuple[Window, ...] = ()

    def turn_at(self, at: datetime) -> Turn | None:
        """Whose turn it is, or None where the layer says nothing."""
        if not self.people or not self.speaks(at):
            return None
        return self.turn(self.number_at(at))

    def turn(self, number: int) -> Turn:
        """The turn of this number."""
        person = self.people[number % len(self.people)]
        return Turn(number, person, self._start(number), self._start(number + 1))

    def number_at(self, at: datetime) -> int:
        """The number of the turn an instant belongs to; negative before the first hand-over."""
        number = (local(at, self.zone) - self.first) // self.length
        # Where an hour comes twice the wall falls back behind hand-overs that have been: the first coming counted.
        while self._start(number + 1) <= at:
            number += 1
        return number

    def speaks(self, at: datetime) -> bool:
        """Whether the layer says anything about this instant."""
        if at < instant(self.begins, self.zone):
            return False
        if self.ends is not None and at >= instant(self.ends, self.zone):
            return False
        return not self.only or any(start <= at < end for start, end in self._windows(at, at))

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The instants after `start` and before `end` at which what the layer says may change, in no order."""
        number = self.number_at(start) + 1
        while (edge := self._start(number)) < end:
            yield edge
            number += 1
        found = [instant(self.begins, self.zone)]
        if self.ends is not None:
            found.append(instant(self.ends, self.zone))
        for window in self._windows(start, end):
            found.extend(window)
        yield from (edge for edge in found if start < edge < end)

    def _start(self, number: int) -> datetime:
        return instant(self.first + number * self.length, self.zone)

    def _windows(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every stretch of `only` that may touch this time."""
        if not self.only:
            return
        # Two days of room: a stretch may have begun yesterday, and a date line may have moved a day.
        day, last = local(start, self.zone).date() - 2 * _DAY, local(end, self.zone).date() + _DAY
        while day <= last:
            for window in self.only:
                found = window.on(day, self.zone)
                if found is not None and found[0] < found[1]:
                    yield found
            day += _DAY


def first_handover(start: date, at: time, weekday: int | None) -> datetime:
    """The hand-over that begins turn 0: on the start day, or on the given weekday on or before it."""
    back = 0 if weekday is None else (start.weekday() - weekday) % 7
    return datetime.combine(start - timedelta(days=back), at)
