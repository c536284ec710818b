"""How often somebody may try a password: so many at once, then one per pause. Counted in this process."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

_KEYS_MAX = 10_000


class Limit:
    """So many tries at once, and one more for each `every` that passed.

    >>> from datetime import UTC
    >>> limit, noon = Limit(2, timedelta(minutes=1)), datetime(2026, 11, 22, 12, tzinfo=UTC)
    >>> [limit.wait("ana", noon) for _ in range(3)]
    [None, None, datetime.timedelta(seconds=60)]
    """

    def __init__(self, at_once: int, every: timedelta) -> None:
        self._at_once = at_once
        self._every = every
        self._lock = threading.Lock()
        self._full_at: OrderedDict[str, datetime] = OrderedDict()  # when all tries are back

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """Take a try: None if there was one, else how long until there is."""
        with self._lock:
            full_at = max(self._full_at.get(key, now), now)
            missing = full_at - now
            if missing > self._every * (self._at_once - 1):
                return missing - self._every * (self._at_once - 1)
            self._full_at[key] = full_at + self._every
            self._full_at.move_to_end(key)
            while len(self._full_at) > _KEYS_MAX:
                self._full_at.popitem(last=False)
            return None

    def forget(self, key: str) -> None:
        """All tries are back: the right password was typed."""
        with self._lock:
            self._full_at.pop(key, None)
