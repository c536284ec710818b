"""The only place that reads the clock.

Everything else takes `now` as an argument or a `Clock`. The core never holds one.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the shell gets its time from."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring durations only."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SteadyClock:
    """A clock that never goes back, so that a step of the machine's clock delays no page and no deadline (SELF-09).

    While the machine's clock agrees with the time that really passed, it is followed. When it steps back, time goes on by
    what really passed, a little slower, until both agree again: for a step of ten minutes a deadline of five minutes comes
    at most 15 s late instead of ten minutes. A step forward is followed at once: a machine that slept has slept.

    Args:
        clock: the machine's. told: called with each step beyond two seconds, and how far it went.
    """

    def __init__(self, clock: Clock, told: Callable[[timedelta], None] | None = None) -> None:
        self._clock = clock
        self._told = told
        self._lock = threading.Lock()
        self._wall = clock.now()
        self._seconds = clock.monotonic()
        self._now = self._wall

    def now(self) -> datetime:
        """The present moment, never before one that was given earlier."""
        with self._lock:
            wall, seconds = self._clock.now(), self._clock.monotonic()
            passed = timedelta(seconds=max(seconds - self._seconds, 0.0))
            stepped = wall - self._wall - passed
            self._wall, self._seconds = wall, seconds
            if wall < self._now - _BELIEVED:
                self._now = wall  # our own time was wrong by more than a day: nothing can be slewed away
            else:
                self._now = max(wall, self._now + passed * _SLOWER)
            now = self._now
        if abs(stepped) > _STEP and self._told is not None:
            self._told(stepped)
        return now

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._clock.monotonic()


_STEP = timedelta(seconds=2)
_SLOWER = 0.95
_BELIEVED = timedelta(days=1)
