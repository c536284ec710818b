"""What the log says in numbers: how many events of which kind, and how long pages took to reach a channel.

Counted from the log itself as it grows, so nothing on the way of a page has to count, and a restart counts anew.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.incident import codec
from tocsin.incident.events_people import PageQueued, PageSent
from tocsin.store import log
from tocsin.store.database import Database

BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0)  # seconds
_BATCH = 1_000
_FORGOTTEN_AFTER = timedelta(
    days=1
)  # a page that no channel took until then is counted as a failure elsewhere


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many pages took at most so many seconds; `counts` has one more than `bounds`, for all that took longer."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total_seconds: float

    @property
    def cumulated(self) -> tuple[tuple[str, float], ...]:
        """As Prometheus has it: each bucket holds those before it as well."""
        names = (*(str(bound) for bound in self.bounds), "+Inf")
        return tuple((name, float(sum(self.counts[: place + 1]))) for place, name in enumerate(names))


class Tally:
    """Counts what was written since it was made. Safe to use from many threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._events: Counter[str] = Counter()
        self._queued: dict[str, datetime] = {}
        self._counts = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        with database.read() as tx:
            self._seen = log.last_seq(tx)

    def read(self) -> tuple[dict[str, int], Histogram]:
        """Events by kind, and the time from a page that was asked for to the channel that took it."""
        with self._lock:
            while lines := self._next():
                for line in lines:
                    self._take(line)
                self._seen = lines[-1].seq
            self._forget()
            return dict(self._events), Histogram(BUCKETS, tuple(self._counts), self._seconds)

    def _next(self) -> Sequence[log.LogLine]:
        with self._database.read() as tx:
            return log.all_events(tx, self._seen, _BATCH)

    def _take(self, line: log.LogLine) -> None:
        self._events[line.kind] += 1
        if line.kind not in (PageQueued.__name__, PageSent.__name__):
            return
        match codec.decode_event(line.kind, line.body):
            case PageQueued(key=key):
                self._queued[key] = line.at
            case PageSent(key=key) if key in self._queued:
                took = (line.at - self._queued.pop(key)).total_seconds()
                place = next((place for place, bound in enumerate(BUCKETS) if took <= bound), len(BUCKETS))
                self._counts[place] += 1
                self._seconds += max(took, 0.0)
            case _:
                return

    def _forget(self) -> None:
        if not self._queued:
            return
        newest = max(self._queued.values())
        self._queued = {key: at for key, at in self._queued.items() if newest - at < _FORGOTTEN_AFTER}
