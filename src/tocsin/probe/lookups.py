"""Whether this machine can look names up at all, asked only after a lookup failed: whose fault was it? (NOI-03)

A name that does not exist, or whose own name servers are away, is the other side's trouble. When our resolver is silent,
or cannot resolve anything, nothing was measured.
"""

import socket
import threading
from collections.abc import Callable

from tocsin.kit.clock import Clock
from tocsin.kit.late import late

_HOLDS = 10.0  # seconds: many checks fail at once, and one answer does for all
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


def resolver_works(host: str) -> bool:
    """Whether a name server of this machine gives a definite answer, about this name or about the root."""
    works: bool = late("tocsin.probe.resolvers").work(host)
    return works


class Lookups:
    """What is known of our own name resolution. May be used by many threads at once.

    Args:
        works: asks our name servers about a name; for tests.
    """

    def __init__(self, clock: Clock, works: Callable[[str], bool] = resolver_works) -> None:
        self._clock = clock
        self._works = works
        self._lock = threading.Lock()
        self._known: tuple[float, bool] | None = None

    def work(self, host: str) -> bool:
        """Whether a lookup of this name that failed says something about the name."""
        with self._lock:
            if self._known is None or self._clock.monotonic() - self._known[0] > _HOLDS:
                found = self._works(host)
                self._known = (self._clock.monotonic(), found)
            return self._known[1]

    def blame(self, error: socket.gaierror, host: str) -> bool:
        """Whether a failed lookup is the other side's trouble: there is no such name, or ours work."""
        return error.errno in _NO_SUCH_NAME or self.work(host)
