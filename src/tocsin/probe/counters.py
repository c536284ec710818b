"""How much counters have grown within a while: restarts, evictions, rejected connections, deadlocks.

A counter alone says nothing (a server has restarted 40 times since spring); its growth does. What was seen is
remembered in this process only: after a start the first look knows no growth, and says so.
"""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

_MOST = 10_000  # looks remembered per counter


@dataclass(frozen=True, slots=True)
class Growth:
    """What a counter grew by, and within which time that was."""

    by: float
    within: timedelta


@dataclass(slots=True)
class _Seen:
    """Looks at one counter: (monotonic second, growth since the look before)."""

    last: float
    first_at: float
    looks: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=_MOST))


class Counters:
    """Remembers the counters of all checks of one kind; may be used by many threads at once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._lock = threading.Lock()

    def growth(self, check: str, counter: str, value: float, at: float, window: timedelta) -> Growth | None:
        """What a counter has grown by within the window up to now; None at the first look.

        Args:
            at: now, on the monotonic clock in seconds.

        A counter that fell was reset (its process began anew); what it shows since then has been added.
        The window reaches to the first look that is not inside it, so the growth never leaves out what happened
        between two looks; `within` says how long it really was.
        """
        with self._lock:
            seen = self._seen.get((check, counter))
            if seen is None:
                self._seen[check, counter] = _Seen(value, at)
                return None
            grown = value - seen.last if value >= seen.last else value
            begun = seen.looks[-1][1] if seen.looks else seen.first_at
            seen.looks.append((begun, at, grown))
            seen.last = value
            oldest = at - window.total_seconds()
            while len(seen.looks) > 1 and seen.looks[0][1] <= oldest:
                seen.looks.popleft()
            total = sum(look[2] for look in seen.looks)
            return Growth(total, timedelta(seconds=at - seen.looks[0][0]))
