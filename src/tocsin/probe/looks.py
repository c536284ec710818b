"""What was added from one look to the next, as far back as a window reaches, and over a while in which nobody looked.

A look that follows a long silence (tocsin was stopped, nobody could ask) counts what was added in all that time. Taken as
what was added just now it would be a jump that is none; left out it would be forgotten. So it counts by the share of that
time that the window is long: no window within the silence can be told from another.
"""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta

_MOST = 10_000  # looks remembered in memory
_NOTED = 60  # and in a note, where several are put together


@dataclass(frozen=True, slots=True)
class Span:
    """What one look found added since the one before; times in seconds on the monotonic clock."""

    begun: float
    at: float
    added: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """What was added within a window.

    Attributes:
        added: each amount, of a silence the window's share. whole: with all of the silence.
        within: how long that really was.
    """

    added: tuple[float, ...]
    whole: tuple[float, ...]
    within: timedelta

    @property
    def shared(self) -> bool:
        """Whether a silence was counted by its share."""
        return self.added != self.whole


class Looks:
    """The looks at one thing. Not safe for several threads at once.

    Args:
        since: when the first look was, on the monotonic clock in seconds.
    """

    def __init__(self, since: float, spans: tuple[Span, ...] = ()) -> None:
        self.since = since
        self._spans = deque(spans, maxlen=_MOST)

    @property
    def last(self) -> float:
        """When the last look was."""
        return self._spans[-1].at if self._spans else self.since

    def add(self, at: float, *added: float) -> None:
        """One more look."""
        begun = self.last
        if self._spans and not any(added) and not any(self._spans[-1].added):
            begun = self._spans.pop().begun  # nothing and nothing again is nothing for longer
        self._spans.append(Span(begun, at, added))

    def total(self, window: timedelta, interval: timedelta) -> Total:
        """What was added within the window up to the last look, of which there must be one.

        The window reaches to the first look that is not inside it, so that nothing is left out that happened between two
        looks. Older looks are forgotten.

        Args:
            interval: how often one looks; longer than two of them and longer than the window is a silence.
        """
        oldest = self.last - window.total_seconds()
        while len(self._spans) > 1 and self._spans[0].at <= oldest:
            self._spans.popleft()
        usual = max(window, 2 * interval).total_seconds()
        shares = [1.0 if (long := each.at - each.begun) <= usual else usual / long for each in self._spans]
        columns = list(zip(*(each.added for each in self._spans), strict=True))
        return Total(
            tuple(sum(n * share for n, share in zip(each, shares, strict=True)) for each in columns),
            tuple(sum(each) for each in columns),
            timedelta(seconds=self.last - self._spans[0].begun),
        )

    def ages(self, now: float) -> tuple[Span, ...]:
        """The looks in ages instead of moments, at most 60: neighbours are put together."""
        size = -(-len(self._spans) // _NOTED) or 1
        spans = list(self._spans)
        packs = [spans[start : start + size] for start in range(0, len(spans), size)]
        return tuple(
            Span(
                now - pack[0].begun,
                now - pack[-1].at,
                tuple(sum(each) for each in zip(*(one.added for one in pack), strict=True)),
            )
            for pack in packs
        )


def from_ages(since: float, spans: tuple[Span, ...], now: float) -> Looks:
    """The looks whose ages were noted, `now` being the same moment as it is today."""
    return Looks(now - since, tuple(Span(now - each.begun, now - each.at, each.added) for each in spans))
