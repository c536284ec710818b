"""Two limits on one measured number: from where it is degraded, from where it is down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tocsin.detection.check import Verdict
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Finding

_RANK = {Verdict.UP: 0, Verdict.UNKNOWN: 1, Verdict.DEGRADED: 2, Verdict.DOWN: 3}


@dataclass(frozen=True, slots=True)
class Limit:
    """From which value on a number is degraded, and from which down; None: never.

    Attributes:
        falling: whether small is bad (days left, replicas); then a limit is reached at or below it.
        show: how a value of this kind is written for people.
    """

    name: str
    degraded: float | None
    down: float | None
    falling: bool
    show: Callable[[float], str]

    def verdict(self, value: float) -> Verdict:
        """What this value alone says."""
        if self._reached(value, self.down):
            return Verdict.DOWN
        return Verdict.DEGRADED if self._reached(value, self.degraded) else Verdict.UP

    def said(self, value: float) -> str:
        """ "disk used 93 %, limit 90 %"; without the limit as long as none is reached."""
        limit = self.reached_text(value)
        words = f"{self.name.replace('_', ' ')} {self.show(value)}"
        return f"{words}, limit {limit}" if limit else words

    def reached_text(self, value: float) -> str:
        """The limit this value has reached, or nothing."""
        limit = {Verdict.DOWN: self.down, Verdict.DEGRADED: self.degraded}.get(self.verdict(value))
        return "" if limit is None else self.show(limit)

    def _reached(self, value: float, limit: float | None) -> bool:
        if limit is None:
            return False
        return value <= limit if self.falling else value >= limit


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of one look, and its limit."""

    limit: Limit
    value: float

    @property
    def verdict(self) -> Verdict:
        """What this number alone says."""
        return self.limit.verdict(self.value)


def judged(said: str, facts: Mapping[str, str], measures: Iterable[Measure]) -> Finding:
    """The worst verdict of some numbers; every limit that was reached is named, and stands in the facts."""
    bad = sorted(
        (each for each in measures if each.verdict is not Verdict.UP), key=lambda each: -_RANK[each.verdict]
    )
    if not bad:
        return Finding(Verdict.UP, said, facts)
    words = "; ".join(each.limit.said(each.value) for each in bad)
    limits = {f"{each.limit.name}_limit": each.limit.reached_text(each.value) for each in bad}
    return Finding(bad[0].verdict, f"{said}: {words}", {**facts, **limits, "over": bad[0].limit.name})


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several; up if there is none. Degraded is worse than unknown, since it was seen."""
    return max(verdicts, key=lambda each: _RANK[each], default=Verdict.UP)


def share_limit(
    keys: Keys,
    name: str,
    *,
    degraded: float | None = None,
    down: float | None = None,
    falling: bool = False,
) -> Limit:
    """Keys `NAME_degraded` and `NAME_down` as shares: 0.9 is 90 %. Raises ConfigError."""
    return _limit(keys, name, keys.share_or_none, (degraded, down), falling, percent)


def count_limit(
    keys: Keys,
    name: str,
    *,
    degraded: float | None = None,
    down: float | None = None,
    falling: bool = False,
) -> Limit:
    """Keys `NAME_degraded` and `NAME_down` as plain numbers. Raises ConfigError."""
    return _limit(keys, name, keys.number_or_none, (degraded, down), falling, plain)


def size_limit(
    keys: Keys,
    name: str,
    *,
    degraded: float | None = None,
    down: float | None = None,
    falling: bool = False,
) -> Limit:
    """Keys `NAME_degraded` and `NAME_down` as sizes: "500 MB". Raises ConfigError."""
    return _limit(keys, name, keys.size_or_none, (degraded, down), falling, size)


def time_limit(
    keys: Keys,
    name: str,
    *,
    degraded: float | None = None,
    down: float | None = None,
    falling: bool = False,
) -> Limit:
    """Keys `NAME_degraded` and `NAME_down` as durations: "5 min"; values are seconds. Raises ConfigError."""

    def read(key: str) -> float | None:
        span = keys.duration_or_none(key)
        return None if span is None else span.total_seconds()

    return _limit(keys, name, read, (degraded, down), falling, seconds)


def _limit(
    keys: Keys,
    name: str,
    read: Callable[[str], float | None],
    default: tuple[float | None, float | None],
    falling: bool,
    show: Callable[[float], str],
) -> Limit:
    degraded, down = read(f"{name}_degraded"), read(f"{name}_down")
    # Defaults belong together: whoever moves one end must not meet the other on the wrong side of it.
    if degraded is None and not _beyond(default[0], down, falling):
        degraded = default[0]
    if down is None and not _beyond(degraded, default[1], falling):
        down = default[1]
    if _beyond(degraded, down, falling):
        raise keys.wrong(f"{name}_down", f"lies before {name}_degraded")
    return Limit(name, degraded, down, falling, show)


def _beyond(degraded: float | None, down: float | None, falling: bool) -> bool:
    """Whether "degraded" would begin only after "down" has."""
    if degraded is None or down is None:
        return False
    return degraded < down if falling else degraded > down


def percent(value: float) -> str:
    """ "93 %" """
    return f"{value * 100:.0f} %" if value in (0, 1) or 0.01 <= value <= 0.99 else f"{value * 100:.1f} %"


def plain(value: float) -> str:
    """ "12" or "0.25" """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def size(value: float) -> str:
    """ "1.2 GB" """
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value) >= step:
            return f"{value / step:.1f} {unit}"
    return f"{value:.0f} B"


def seconds(value: float) -> str:
    """ "350 ms", "12 s", "5 min", "3 h", "2.5 d" """
    for unit, step in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if abs(value) >= 2 * step:
            return f"{value / step:.0f} {unit}"
    return f"{value:.1f} s" if abs(value) >= 1 or value == 0 else f"{value * 1000:.0f} ms"
