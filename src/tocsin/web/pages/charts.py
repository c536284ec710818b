"""Small pictures of numbers, drawn on the server: a line and a dot, and words beside it that say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

_POINTS_MAX = 60


@dataclass(frozen=True, slots=True)
class Spark:
    """A line in a box of `width` by `height`.

    Attributes:
        line: the path of the line. area: of the surface below it. x, y: of its end.
    """

    line: str
    area: str
    x: str
    y: str
    width: int
    height: int


def spark(
    values: Sequence[float], width: int = 84, height: int = 28, top: float | None = None
) -> Spark | None:
    """The line of these values, oldest first; None for fewer than two. top: the value at the upper edge."""
    if len(values) < 2:
        return None
    values = values[-_POINTS_MAX:]
    highest = max(*values, top if top is not None else 0.0) or 1.0
    step = (width - 6) / (len(values) - 1)
    points = [(3 + at * step, 3 + (height - 6) * (1 - value / highest)) for at, value in enumerate(values)]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    x, y = points[-1]
    area = f"{line}L{x:.1f} {height}L{points[0][0]:.1f} {height}Z"
    return Spark(line, area, f"{x:.1f}", f"{y:.1f}", width, height)


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch below the line in which something was not good."""

    x: str
    width: str
    kind: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Samples over time.

    Attributes:
        lines: one path for each stretch without a gap. marks: what was down, degraded or unknown.
        limit_y: where the limit lies, or None. top: the time at the upper edge, in milliseconds.
        label: the same in words, for those who do not see it.
    """

    lines: tuple[str, ...]
    marks: tuple[Mark, ...]
    limit_y: str | None
    top: int
    width: int
    height: int
    label: str


_WIDE, _HIGH, _BAND = 720, 90, 8


def graph(
    samples: Sequence[tuple[datetime, timedelta | None, str]],
    since: datetime,
    until: datetime,
    limit: timedelta | None = None,
) -> Graph | None:
    """A picture of (when, how long it took, verdict), oldest first; None without any sample.

    A time without samples is a gap, never a line: nobody measured there.
    """
    if not samples:
        return None
    since = max(since, samples[0][0])
    span = max((until - since) / timedelta(seconds=1), 1.0)
    took = [each / timedelta(milliseconds=1) for _, each, _ in samples if each is not None]
    top = max([*took, limit / timedelta(milliseconds=1) if limit is not None else 0.0, 1.0]) * 1.1
    usual = _usual(samples)
    lines: list[list[str]] = [[]]
    marks: list[Mark] = []
    before: datetime | None = None
    for at, each, verdict in _thinned(samples):
        x = _WIDE * ((at - since) / timedelta(seconds=1)) / span
        if before is not None and at - before > 5 * usual:
            lines.append([])
        before = at
        if verdict != "up":
            wide = max(_WIDE * (usual / timedelta(seconds=1)) / span, 1.5)
            marks.append(Mark(f"{x:.1f}", f"{wide:.1f}", verdict))
        if each is not None:
            y = (_HIGH - _BAND) * (1 - each / timedelta(milliseconds=1) / top)
            lines[-1].append(f"{x:.1f} {y:.1f}")
    paths = tuple("M" + "L".join(points) for points in lines if len(points) > 1)
    limit_y = (
        f"{(_HIGH - _BAND) * (1 - limit / timedelta(milliseconds=1) / top):.1f}"
        if limit is not None
        else None
    )
    bad = sum(1 for _, _, verdict in samples if verdict in ("down", "degraded"))
    label = f"{len(samples)} samples, {bad} of them bad, slowest {max(took, default=0.0):.0f} ms"
    return Graph(paths, tuple(marks), limit_y, round(top), _WIDE, _HIGH, label)


def _usual(samples: Sequence[tuple[datetime, timedelta | None, str]]) -> timedelta:
    """The usual time between two samples."""
    gaps = sorted(later[0] - earlier[0] for earlier, later in pairwise(samples))
    return gaps[len(gaps) // 2] if gaps else timedelta(seconds=30)


def _thinned(
    samples: Sequence[tuple[datetime, timedelta | None, str]],
) -> Sequence[tuple[datetime, timedelta | None, str]]:
    """At most about one sample per pixel; what is not up is never left out."""
    every = max(len(samples) // _WIDE, 1)
    return [each for at, each in enumerate(samples) if at % every == 0 or each[2] != "up"]
