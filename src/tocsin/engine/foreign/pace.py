"""How long the answer to a kept request is held back, so that a key that floods leaves room for the others.

Requests of a flood cost the same interpreter, disk and commits as everybody's. Taking turns in the queue does not help
against that; asking the flood to be slower does: who waits for an answer sends nothing meanwhile. Nothing is dropped or
turned away by it, and whoever is alone, or sends no more than its share, is answered at once.
"""

import math
from collections import OrderedDict

SHARE = 250.0  # requests a second of one key that are answered at once while others are there
AHEAD = 25.0  # so many more at once: a burst is no flood
LONGEST_SECONDS = 0.25  # no sender gives up so soon
THERE_SECONDS = 2.0  # a key is there for so long after its last request
_TICK_SECONDS = 0.025  # what is held leaves together, so that what it brings next is one commit and not many
_REMEMBERED = 1_000


class Pace:
    """Of one process; called in one thread."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, float] = (
            OrderedDict()
        )  # when each key was heard last, the latest at the end
        self._next: dict[str, float] = {}  # when each key's next answer is due if it keeps to its share

    def hold(self, key: str, now: float) -> float:
        """Seconds to wait before this key's next answer. `now`: of a clock that only goes forward."""
        alone = not self._others(key, now)
        self._seen[key] = now
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._next.pop(self._seen.popitem(last=False)[0], None)
        due = max(self._next.get(key, 0.0), now - AHEAD / SHARE) + 1 / SHARE
        if alone or due <= now:
            self._next[key] = min(due, now)
            return 0.0
        self._next[key] = due = min(due, now + LONGEST_SECONDS)
        return math.ceil(due / _TICK_SECONDS) * _TICK_SECONDS - now

    def _others(self, key: str, now: float) -> bool:
        """Whether another key was heard lately."""
        latest = next((each for each in reversed(self._seen) if each != key), None)
        return latest is not None and now - self._seen[latest] < THERE_SECONDS
