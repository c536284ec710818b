"""A synthetic: a handful of timed requests to an endpoint, judged against a latency objective.

Rules NOI-19 to NOI-24 of docs/reference/response.md: the percentile is nearest rank and says so; a run passes if it is
strictly below the limit; errors are never turned into latencies; a failed run is published at once, but alerts only
when further samples confirm it. With five samples the 95th percentile is the slowest one: a service exactly at its limit
(5 % of requests slower) fails 22.6 % of runs, and one of four such endpoints 64 %. Of 20 further samples four or more
are bad in 0.36 % of such runs, and in 97 % of runs where every second request is slow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import ceil

METHOD = "nearest-rank"
EXTRA = 20  # further samples that confirm a failed run
BAD_OF_EXTRA = 4  # as many of them have to be bad


class Verdict(Enum):
    """What the samples of one endpoint say."""

    PASS = "pass"  # noqa: S105 -- a verdict, no password
    FAIL = "fail"  # measured, and too slow
    ERROR = "error"  # some request failed, so there is no latency to speak of
    UNKNOWN = "unknown"  # we could not measure: says nothing about them


class Status(Enum):
    """The word for everything, as status pages have it."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Slo:
    """What is promised.

    Attributes:
        percentile: 95 or 99.9. threshold_ms: the percentile has to be below it. samples: per endpoint and run.
        source: where the threshold comes from: "SYNTHETIC_THRESHOLD_MS", "tocsin.toml", "runbook line 32", "default".
    """

    threshold_ms: float = 200.0
    percentile: float = 95.0
    samples: int = 5
    source: str = "default"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is asked. `name` is unique: "san-francisco/requirements"."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Timed:
    """One request.

    Attributes:
        milliseconds: how long the whole answer took, or None if there was none that counts.
        error: why there was none, or None. ours: it was our fault, which says nothing about them.
    """

    milliseconds: float | None
    error: str | None = None
    ours: bool = False

    def bad(self, slo: Slo) -> bool:
        """Whether it broke the promise, by being slow or by failing."""
        if self.ours:
            return False
        return self.milliseconds is None or self.milliseconds >= slo.threshold_ms


@dataclass(frozen=True, slots=True)
class Judged:
    """An endpoint after its samples.

    Attributes:
        percentile_ms: nearest rank of those measured, or None if none was.
        extra: further samples, taken only after a failure.
        confirmed: whether they confirmed it; None when there was nothing to confirm.
    """

    endpoint: Endpoint
    slo: Slo
    samples: tuple[Timed, ...]
    extra: tuple[Timed, ...] = ()
    confirmed: bool | None = None

    @property
    def verdict(self) -> Verdict:
        """What the samples say; the extra ones change nothing about it."""
        theirs = [sample for sample in self.samples if not sample.ours]
        if any(sample.error is not None for sample in theirs):
            return Verdict.ERROR
        if len(theirs) < self.slo.samples:
            return Verdict.UNKNOWN
        value = self.percentile_ms
        return Verdict.PASS if value is not None and value < self.slo.threshold_ms else Verdict.FAIL

    @property
    def status(self) -> Status:
        """Down only when nothing was answered."""
        match self.verdict:
            case Verdict.PASS:
                return Status.OPERATIONAL
            case Verdict.FAIL:
                return Status.DEGRADED
            case Verdict.UNKNOWN:
                return Status.UNKNOWN
            case Verdict.ERROR:
                return Status.DEGRADED if self.measured else Status.DOWN

    @property
    def measured(self) -> tuple[float, ...]:
        """Latencies of the answered requests, in the order they were made."""
        return tuple(sample.milliseconds for sample in self.samples if sample.milliseconds is not None)

    @property
    def percentile_ms(self) -> float | None:
        """Of what was measured."""
        return nearest_rank(self.measured, self.slo.percentile) if self.measured else None

    @property
    def errors(self) -> tuple[str, ...]:
        """What went wrong on their side, in order."""
        return tuple(sample.error for sample in self.samples if sample.error is not None and not sample.ours)

    @property
    def wants_confirmation(self) -> bool:
        """Whether further samples should be taken."""
        return self.verdict in (Verdict.FAIL, Verdict.ERROR)


def nearest_rank(values: Sequence[float], percentile: float) -> float:
    """The smallest value that at least `percentile` % of the values do not exceed.

    >>> nearest_rank([100, 110, 120, 130, 190], 95), nearest_rank(range(1, 21), 95)
    (190, 19)
    """
    rank = ceil(Fraction(str(percentile)) * len(values) / 100)
    return sorted(values)[max(rank, 1) - 1]


def confirms(extra: Sequence[Timed], slo: Slo, of: int = EXTRA, needed: int = BAD_OF_EXTRA) -> bool | None:
    """Whether further samples confirm a failure; None while that is open and more are needed.

    Asking after each sample changes no outcome, and saves the waiting when every request runs into its time limit.
    Samples that failed by our own fault count as taken, and as good: an alert needs proof.
    """
    bad = sum(sample.bad(slo) for sample in extra)
    if bad >= needed:
        return True
    return False if bad + of - len(extra) < needed else None


_WORST = (Status.DOWN, Status.DEGRADED, Status.UNKNOWN)


def overall(judged: Sequence[Judged]) -> Status:
    """The worst of all endpoints; unknown is worse than good and better than bad."""
    found = {each.status for each in judged}
    return next(
        (status for status in _WORST if status in found), Status.OPERATIONAL if found else Status.UNKNOWN
    )
