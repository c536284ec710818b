"""How much counters have grown within a while: restarts, evictions, rejected connections, deadlocks.

A counter alone says nothing (a server has restarted 40 times since spring); its growth does. The very first look at a
counter knows no growth, and says so. What was seen is noted, so that after a restart of tocsin the total of now is held
against the total of then.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.check import CheckSpec
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.probe.limit import seconds
from tocsin.probe.looks import Looks, Span, from_ages
from tocsin.probe.notes import Notes, source_of

_MOST = 2_000  # counters of one check that are remembered: pods come and go


@dataclass(frozen=True, slots=True)
class Growth:
    """What a counter grew by.

    Attributes:
        by: within the window; of a while in which nobody looked the window's share, so it need not be a whole number.
        whole: with all of that while. within: the time in which it grew by the whole.
    """

    by: float
    whole: float
    within: timedelta

    def told(self, name: str) -> dict[str, str]:
        """The facts that say so."""
        facts = {name: f"{self.by:.0f}"}
        if self.whole != self.by:
            facts[f"{name}_unwatched"] = f"{self.whole:.0f} in {seconds(self.within.total_seconds())}"
        return facts


def summed(grown: Mapping[str, Growth]) -> Growth | None:
    """What several counters have grown by together; None if none of them was seen before."""
    if not grown:
        return None
    every = grown.values()
    longest = max(each.within for each in every)
    return Growth(sum(each.by for each in every), sum(each.whole for each in every), longest)


@dataclass(frozen=True, slots=True)
class _Noted:
    """One counter in a note; ages in seconds."""

    source: str
    name: str
    last: float
    since: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Note:
    """All counters of one check, and when that was."""

    at: datetime
    counters: tuple[_Noted, ...]


@dataclass(slots=True)
class _Seen:
    """One counter: its last value, and what it grew by."""

    last: float
    looks: Looks


class Counters:
    """Remembers the counters of all checks of one kind; may be used by many threads at once.

    Args:
        notes: where what was seen is noted, and where it is found again after a start.
    """

    def __init__(self, clock: Clock, notes: Notes | None = None) -> None:
        self._clock = clock
        self._notes = notes
        self._seen: dict[CheckName, dict[tuple[str, str], _Seen]] = {}
        self._lock = threading.Lock()

    def growth(
        self, spec: CheckSpec, place: str, values: Mapping[str, float], window: timedelta
    ) -> dict[str, Growth]:
        """What each counter has grown by within the window up to now; one that is seen for the first time is left out.

        Args:
            place: what is looked at; counters of another place are other counters, whatever their name.

        A counter that fell was reset (its process began anew); what it shows since then has been added.
        """
        source = source_of(place)
        with self._lock:
            now = self._clock.monotonic()
            known = self._seen.get(spec.name)
            if known is None:
                known = self._seen[spec.name] = self._recalled(spec.name, now)
            grown: dict[str, Growth] = {}
            for name, value in values.items():
                seen = known.pop((source, name), None)
                if seen is None:
                    known[source, name] = _Seen(value, Looks(now))
                    continue
                known[source, name] = seen  # again the newest of all
                seen.looks.add(now, value - seen.last if value >= seen.last else value)
                seen.last = value
                total = seen.looks.total(window, spec.interval)
                grown[name] = Growth(total.added[0], total.whole[0], total.within)
            # Of pods that are gone nothing has to be known beyond their window.
            for key in [key for key, seen in known.items() if now - seen.looks.last > window.total_seconds()]:
                del known[key]
            for key in list(known)[: max(0, len(known) - max(_MOST, len(values)))]:
                del known[key]
            self._note(spec.name, known, now)
        return grown

    def _note(self, check: CheckName, known: Mapping[tuple[str, str], _Seen], now: float) -> None:
        if self._notes is None:
            return
        noted = (
            _Noted(source, name, seen.last, now - seen.looks.since, seen.looks.ages(now))
            for (source, name), seen in known.items()
        )
        self._notes.keep(check, codec.encode(_Note(self._clock.now(), tuple(noted))))

    def _recalled(self, check: CheckName, now: float) -> dict[tuple[str, str], _Seen]:
        """What was noted of this check; of a note that cannot be read, nothing."""
        text = self._notes.recall(check) if self._notes is not None else None
        if text is None:
            return {}
        try:
            note = codec.decode(text, _Note)
        except InputError:
            return {}
        # A clock that was set back meanwhile says nothing about how long we were away: then it was no time.
        then = now - max(0.0, (self._clock.now() - note.at).total_seconds())
        return {
            (each.source, each.name): _Seen(each.last, from_ages(each.since, each.spans, then))
            for each in note.counters
        }
