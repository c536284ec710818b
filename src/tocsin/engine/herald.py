"""Tells programs outside what the log says, line by line and in order, each at its own pace.

The log is the outbox: what is written there is told, at least once, and the key of a line is the same on every try.
Where a listener stands is kept; who answers 410, or takes nothing for three days, is told no more, and we are alerted.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.connectors.listener import Gone, Listener, News
from tocsin.detection.alert import Alert, AlertState
from tocsin.engine.intake import put_alert
from tocsin.errors import OutsideError, Temporary
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.store import lease, log, meta
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

# How long to wait after each try (Standard Webhooks); after the last the listener is told no more.
SCHEDULE = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """A listener of the settings.

    Attributes:
        mark: digest of how it is set; another one begins anew with its tries. kinds: what it hears of; empty: everything.
        drills: whether it hears of rehearsals.
    """

    name: str
    listener: Listener
    mark: str
    kinds: frozenset[str] = frozenset()
    drills: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a listener has been told.

    Attributes:
        tries: of the line after `seq` that failed. off: why it is told no more. failing: whether we said so.
    """

    seq: int
    mark: str
    tries: int = 0
    next_at: datetime | None = None
    off: str | None = None
    failing: bool = False


class Herald:
    """Tells one listener.

    Args:
        read: what is told of a line of the log, or None.
    """

    def __init__(
        self,
        database: Database,
        wanted: Wanted,
        clock: Clock,
        read: Callable[[Tx, log.LogLine], News | None],
    ) -> None:
        self._database = database
        self._wanted = wanted
        self._clock = clock
        self._read = read

    def turn(self, held: lease.Lease) -> int:
        """Tell what is new; returns how many lines were handed over. Raises StoreError, lease.Lost."""
        place = self._place(held)
        if place.off is not None or (place.next_at is not None and self._clock.now() < place.next_at):
            return 0
        with self._database.read() as tx:
            lines = log.all_events(tx, place.seq, _BATCH)
            found = [(line.seq, self._read(tx, line)) for line in lines]
        told = 0
        for seq, news in found:
            if news is None or not self._wants(news):
                place = replace(place, seq=seq)
                continue
            after = self._tell(place, seq, news)
            self._keep(held, after, was=place)
            place = after
            if place.seq != seq:
                return told  # not taken: nothing overtakes it
            told += 1
        if found and place.seq == found[-1][0]:
            self._keep(held, place, was=place)
        return told

    def _wants(self, news: News) -> bool:
        wanted = self._wanted
        return (wanted.drills or not news.drill) and (not wanted.kinds or news.kind in wanted.kinds)

    def _tell(self, place: _Place, seq: int, news: News) -> _Place:
        """Where the listener stands after one try."""
        name = self._wanted.name
        try:
            self._wanted.listener.tell(news)
        except Gone as problem:
            logger.error("listener %s: %s", name, problem)
            return replace(place, off=problem.message, failing=True)
        except Temporary as problem:
            logger.warning("listener %s: %s", name, problem)
            if place.tries >= len(SCHEDULE):
                return replace(
                    place, off=f"given up after {place.tries + 1} tries: {problem.message}", failing=True
                )
            wait = max(SCHEDULE[place.tries], problem.retry_after or timedelta())
            return replace(place, tries=place.tries + 1, next_at=self._clock.now() + wait)
        except OutsideError as problem:
            # It will never take this line; the next may be another matter.
            logger.error("listener %s: %s was not taken: %s", name, news.kind, problem)
            return replace(place, seq=seq, tries=0, next_at=None, failing=True)
        return replace(place, seq=seq, tries=0, next_at=None, failing=False)

    def _place(self, held: lease.Lease) -> _Place:
        """Where it stands; a new listener begins with what comes, not with what was."""
        with self._database.read() as tx:
            text = meta.get(tx, self._key)
            end = log.last_seq(tx)
        if text is None:
            place = _Place(end, self._wanted.mark)
            self._keep(held, place, was=place)
            return place
        place = codec.decode(text, _Place)
        if place.mark == self._wanted.mark:
            return place
        return replace(place, mark=self._wanted.mark, tries=0, next_at=None, off=None)

    def _keep(self, held: lease.Lease, place: _Place, *, was: _Place) -> None:
        with self._database.write() as tx:
            lease.check(tx, held)
            meta.put(tx, self._key, codec.encode(place))
            if place.failing != was.failing:
                put_alert(tx, self._alert(place), "", self._clock.now())

    def _alert(self, place: _Place) -> Alert:
        name = self._wanted.name
        said = (
            f"listener {name} is told no more: {place.off}"
            if place.off
            else f"listener {name} refuses what it is told"
        )
        return Alert(
            f"listener:{name}",
            AlertState.FIRING if place.failing else AlertState.RESOLVED,
            said if place.failing else f"listener {name} takes what it is told",
            "tocsin",
            self._clock.now(),
            {"listener": name},
        )

    @property
    def _key(self) -> str:
        return f"listener {self._wanted.name}"
