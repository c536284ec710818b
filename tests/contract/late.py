"""A clock for time limits: the time is up when a text has come so far, however slow the machine is."""

from pathlib import Path

from tocsin.kit.clock import SystemClock

_AN_HOUR = 3600.0


class Late(SystemClock):
    """Real, until a file is there: then an hour has passed at once.

    A text makes the file and prints something after it, so that whoever waits for its output looks at the clock.

    Args:
        mark: the file. stands: whether time stops then, for an end that may take as long as it needs.
    """

    def __init__(self, mark: Path, *, stands: bool = False) -> None:
        self._mark = mark
        self._stands = stands
        self._at: float | None = None

    def monotonic(self) -> float:
        if not self._mark.exists():
            return super().monotonic()
        if self._at is None:
            self._at = super().monotonic()
        return (self._at if self._stands else super().monotonic()) + _AN_HOUR
