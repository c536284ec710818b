"""Small pictures of numbers, drawn on the server: a line and a dot, and words beside it that say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

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
