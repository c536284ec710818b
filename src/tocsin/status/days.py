"""From samples to days: how long a check was down, degraded, fine or unseen on each day (UTC).

A check is down from the first of n bad samples in a row (its own `failures`) to the first of its `successes` good
ones; fewer bad ones are no outage, just as they open no incident. Each sample speaks for the time until the next one,
but not for longer than the check's own rhythm allows: what nobody looked at is not counted as fine.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Verdict
from tocsin.status.spans import MOST, Span

DAY_MS = 86_400_000
_MS = timedelta(milliseconds=1)
_MISSED = 3  # intervals without a sample before the time counts as unseen


@dataclass(frozen=True, slots=True)
class Rule:
    """How the samples of one check are read: bad and good ones in a row, and how long one of them speaks (ms)."""

    failures: int
    successes: int
    speaks_ms: int

    @classmethod
    def of(cls, spec: CheckSpec) -> "Rule":
        """The rule of a check as it is set."""
        return cls(max(1, spec.failures), max(1, spec.successes), speaks(spec) // _MS)


def speaks(spec: CheckSpec) -> timedelta:
    """For how long a sample of this check holds when no other one follows."""
    return spec.interval * _MISSED + spec.timeout


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the samples of a check have been counted, and what is still undecided.

    Attributes:
        at_ms: of the last sample. cover: what the time after it counts as.
        firing: whether an outage is confirmed. count, held_ms: samples in a row against that, and the first of them.
    """

    at_ms: int
    cover: Verdict
    firing: bool = False
    count: int = 0
    held_ms: int = 0


@dataclass(slots=True)
class Spent:
    """Milliseconds of one day by what they count as.

    Attributes:
        down_spans, degraded_spans: when that was, from midnight on. They may tell less than the sums: of a day that was
            counted before spans were remembered, or of one with more than `spans.MOST` of them.
    """

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    down_spans: list[Span] = field(default_factory=list)
    degraded_spans: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Days as they are being counted; numbered from 1970-01-01."""

    days: dict[int, Spent] = field(default_factory=dict)

    def add(self, start_ms: int, end_ms: int, verdict: Verdict) -> None:
        """Count a span, cut at midnight."""
        while start_ms < end_ms:
            day = start_ms // DAY_MS
            until = min(end_ms, (day + 1) * DAY_MS)
            spent = self.days.setdefault(day, Spent())
            took = until - start_ms
            span = (start_ms - day * DAY_MS, until - day * DAY_MS)
            match verdict:
                case Verdict.UP:
                    spent.up += took
                case Verdict.DEGRADED:
                    spent.degraded += took
                    _remember(spent.degraded_spans, span)
                case Verdict.DOWN:
                    spent.down += took
                    _remember(spent.down_spans, span)
                case Verdict.UNKNOWN:
                    spent.unknown += took
            start_ms = until


def _remember(spans: list[Span], span: Span) -> None:
    """One more span; a check is counted from earlier to later."""
    if spans and spans[-1][1] == span[0]:
        spans[-1] = (spans[-1][0], span[1])
    elif len(spans) < MOST:
        spans.append(span)


def count(
    mark: Mark | None, samples: Iterable[tuple[int, Verdict]], rule: Rule
) -> tuple[Mark | None, dict[int, Spent]]:
    """Go on counting.

    Args:
        mark: where the last count ended, or None for a check never counted.
        samples: (ms since 1970, verdict) after it, in order.

    Returns:
        the new mark, and what has to be added to which day. Counting in pieces gives the same sums as at once.
    """
    tally = Tally()
    for at_ms, verdict in samples:
        mark = _next(mark, at_ms, verdict, rule, tally)
    return mark, tally.days


def _next(mark: Mark | None, at_ms: int, verdict: Verdict, rule: Rule, tally: Tally) -> Mark:
    if mark is None:
        mark = Mark(at_ms, Verdict.UNKNOWN)
    end = min(at_ms, mark.at_ms + rule.speaks_ms)
    if mark.count == 0:
        tally.add(mark.at_ms, end, mark.cover)
    elif end < at_ms:
        # Nobody looked for a while: what was undecided stays as it was before, and is counted anew.
        tally.add(mark.held_ms, end, Verdict.DOWN if mark.firing else Verdict.UP)
        mark = Mark(mark.at_ms, mark.cover, mark.firing)
    # As an alert has it: slow or unmeasured in between neither adds to the bad ones in a row nor ends them.
    undecided = mark.count > 0 and not mark.firing and verdict is Verdict.DEGRADED
    if undecided or verdict is Verdict.UNKNOWN:
        return Mark(at_ms, verdict, mark.firing, mark.count, mark.held_ms)
    against = verdict is Verdict.UP if mark.firing else verdict is Verdict.DOWN
    if against:
        return _against(mark, at_ms, rule, tally)
    agreed = Verdict.DOWN if mark.firing else verdict
    if mark.count:
        tally.add(mark.held_ms, at_ms, Verdict.DOWN if mark.firing else Verdict.UP)
    return Mark(at_ms, agreed, mark.firing)


def _against(mark: Mark, at_ms: int, rule: Rule, tally: Tally) -> Mark:
    """A sample that contradicts what is held: enough of them in a row and it turns."""
    held = mark.held_ms if mark.count else at_ms
    seen = mark.count + 1
    if seen < (rule.successes if mark.firing else rule.failures):
        return Mark(at_ms, mark.cover, mark.firing, seen, held)
    turned = Verdict.UP if mark.firing else Verdict.DOWN
    tally.add(held, at_ms, turned)
    return Mark(at_ms, turned, not mark.firing)
