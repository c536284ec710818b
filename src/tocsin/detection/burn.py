"""Burn rate: how fast an error budget is being spent, over a long and a short window.

Rules NOI-26 … NOI-32: it fires only if both windows exceed the factor, not before a full long window of history and
not on too few samples; it resolves on the long window; after that it is quiet for one long window.
Source of the method: "The Site Reliability Workbook", chapter 5.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PARTS = 5  # buckets of the short window; the windows are as exact as one of them


@dataclass(frozen=True, slots=True)
class BurnRule:
    """When a budget is spent too fast.

    Attributes:
        target: share of good samples that is promised: 0.999.
        long, short: the windows; short is usually a twelfth of long.
        factor: burn rate from which on it fires; 1 spends exactly the budget over the period.
        least: below so many samples in the long window it stays silent.
        degraded_is_bad: whether slow samples spend the budget too.
    """

    target: float
    long: timedelta
    short: timedelta
    factor: float
    least: int = 30
    degraded_is_bad: bool = False

    @property
    def width(self) -> timedelta:
        """Length of one bucket."""
        return self.short / _PARTS


@dataclass(frozen=True, slots=True)
class Bucket:
    """Samples of one stretch of time, by its number since 1970."""

    number: int
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class BurnState:
    """What is remembered of the samples.

    Attributes:
        since: when the first sample was counted. buckets: of the long window, oldest first.
        quiet_until: no new alert before this, or None.
    """

    since: datetime | None = None
    buckets: tuple[Bucket, ...] = ()
    quiet_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Burn:
    """What the windows show: burn rates, samples in the long window, and whether it is there in full."""

    long: float
    short: float
    samples: int
    full: bool


def factor(budget: float, period: timedelta, long: timedelta) -> float:
    """The factor at which that share of the period's budget is spent within the long window (NOI-31).

    >>> round(factor(0.02, timedelta(days=30), timedelta(hours=1)), 6)
    14.4
    """
    return budget * (period / long)


def counted(rule: BurnRule, state: BurnState, at: datetime, bad: bool) -> BurnState:
    """The state after one more sample. Samples older than the newest bucket are counted into it."""
    number = _number(rule, at)
    buckets = state.buckets
    if buckets and buckets[-1].number >= number:
        last = buckets[-1]
        buckets = (*buckets[:-1], Bucket(last.number, last.good + (not bad), last.bad + bad))
    else:
        buckets = (*buckets, Bucket(number, int(not bad), int(bad)))
    oldest = buckets[-1].number - _buckets_of(rule, rule.long)
    return replace(
        state,
        since=state.since or at,
        buckets=tuple(bucket for bucket in buckets if bucket.number > oldest),
    )


def burn(rule: BurnRule, state: BurnState, at: datetime) -> Burn:
    """How fast the budget is spent now: share of bad samples over the share that is allowed."""
    allowed = 1 - rule.target
    now = _number(rule, at)

    def window(span: timedelta) -> tuple[int, int]:
        inside = [each for each in state.buckets if now - _buckets_of(rule, span) < each.number <= now]
        return sum(each.good for each in inside), sum(each.bad for each in inside)

    def rate(good: int, bad: int) -> float:
        return bad / (good + bad) / allowed if good + bad else 0.0

    long, short = window(rule.long), window(rule.short)
    full = state.since is not None and at - state.since >= rule.long
    return Burn(rate(*long), rate(*short), sum(long), full)


def fires(rule: BurnRule, state: BurnState, at: datetime) -> bool:
    """Whether an alert is due now (NOI-26, 27, 29, 32)."""
    if state.quiet_until is not None and at < state.quiet_until:
        return False
    now = burn(rule, state, at)
    return now.full and now.samples >= rule.least and min(now.long, now.short) > rule.factor


def is_over(rule: BurnRule, state: BurnState, at: datetime) -> bool:
    """Whether an open alert ends: the long window is back below the factor (NOI-28)."""
    return burn(rule, state, at).long <= rule.factor


def resolved(rule: BurnRule, state: BurnState, at: datetime) -> BurnState:
    """The state after an alert has ended: quiet for one long window (NOI-29)."""
    return replace(state, quiet_until=at + rule.long)


def _number(rule: BurnRule, at: datetime) -> int:
    return (at - _EPOCH) // rule.width


def _buckets_of(rule: BurnRule, span: timedelta) -> int:
    return max(1, round(span / rule.width))
