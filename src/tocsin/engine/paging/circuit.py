"""Whether a channel is worth trying now: one that fails again and again rests, so that others are tried first.

Nothing is ever lost by it: a page whose only channel rests waits until the rest is over.
"""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 3  # in a row, before a channel rests
_REST, _LONGEST_REST = timedelta(seconds=5), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Circuit:
    """How one channel stands.

    Attributes:
        failures: in a row. until: it rests until then, or None. why: its last failure. trying: one page is trying it out.
    """

    failures: int = 0
    until: datetime | None = None
    why: str = ""
    trying: bool = False

    @property
    def open(self) -> bool:
        """Whether it rests, or is only being tried out."""
        return self.until is not None


class Circuits:
    """The circuits of all channels of this process. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Circuit] = {}

    def permits(self, pager: str, now: datetime) -> bool:
        """Whether to try it. After a rest one may, and until its outcome is known nobody else."""
        with self._lock:
            circuit = self._known.get(pager, Circuit())
            if circuit.until is None:
                return True
            if now < circuit.until or circuit.trying:
                return False
            self._known[pager] = replace(circuit, trying=True)
            return True

    def worked(self, pager: str) -> None:
        """It took a message, or refused one for good: it is there."""
        with self._lock:
            self._known.pop(pager, None)

    def failed(self, pager: str, why: str, now: datetime, wants: timedelta | None) -> None:
        """It failed for now.

        Args:
            wants: how long it asked to be left alone (Retry-After); it rests at once then.
        """
        with self._lock:
            failures = self._known.get(pager, Circuit()).failures + 1
            rest = wants
            if failures >= FAILURES:
                rest = max(
                    min(_REST * 2 ** min(failures - FAILURES, 10), _LONGEST_REST), wants or timedelta()
                )
            until = now + rest if rest is not None else None
            self._known[pager] = Circuit(failures, until, why)

    def rest(self, pager: str, now: datetime) -> timedelta:
        """How long it still rests."""
        with self._lock:
            until = self._known.get(pager, Circuit()).until
        return max(until - now, timedelta()) if until is not None else timedelta()

    def resting(self) -> dict[str, Circuit]:
        """The channels that rest, for health."""
        with self._lock:
            return {pager: circuit for pager, circuit in self._known.items() if circuit.open}
