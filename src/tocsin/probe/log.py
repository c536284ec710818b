"""Log checks: how often a pattern appears per minute ("limiting requests", answers with 5xx)."""

import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, count_limit, judged, plain, seconds, share_limit
from tocsin.probe.looks import Looks, Span, Total, from_ages
from tocsin.probe.notes import Notes, source_of
from tocsin.probe.tail import Added, Fits, Place, Tail

_SHOWN = 200
_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is counted in which file.

    Attributes:
        matching, without: a line counts if the first is found in it and the second (if any) is not.
        window: the time looked back on; a line belongs to the look that read it, whatever time stands in it. What was
            written while nobody looked counts by the window's share of that time.
        rate: limit of lines per minute.
        share: limit of the share of all lines.
        least: below so many lines in the window the share is not judged.
    """

    path: str
    matching: re.Pattern[str]
    without: re.Pattern[str] | None
    window: timedelta
    rate: Limit
    share: Limit
    least: int


def log_settings(spec: CheckSpec) -> LogSettings:
    """Read the settings of a log check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    without = keys.text_or_none("without")
    settings = LogSettings(
        path=keys.text("path"),
        matching=_pattern(keys, "matching", keys.text("matching")),
        without=_pattern(keys, "without", without) if without is not None else None,
        window=keys.duration_or_none("window") or _WINDOW,
        rate=count_limit(keys, "rate"),
        share=share_limit(keys, "share"),
        least=keys.whole("least", 30),
    )
    keys.done()
    if not any((settings.rate.degraded, settings.rate.down, settings.share.degraded, settings.share.down)):
        raise keys.wrong("rate_down", "or another limit is missing; without one this check finds nothing")
    return settings


def _pattern(keys: Keys, key: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise keys.wrong(key, f"is not a regular expression: {error}") from error


@dataclass(frozen=True, slots=True)
class _Note:
    """A follower as it is noted; ages in seconds before `at`."""

    at: datetime
    source: str
    place: Place
    full: float
    since: float
    spans: tuple[Span, ...]


class _Follower:
    """One log of one check, and the looks within the window.

    Attributes:
        source: what is counted in which file, as a digest.
    """

    def __init__(self, settings: LogSettings, now: float) -> None:
        self.source = _source(settings)
        self._tail = Tail(settings.path)
        self._looks = Looks(now)
        self._since = now  # nothing was missed since then
        self._resumed = False

    @classmethod
    def resumed(cls, settings: LogSettings, note: _Note, then: float) -> "_Follower":
        """One that goes on where another process ended, which was then."""
        self = cls(settings, then)
        self._tail = Tail(settings.path, note.place)
        self._looks = from_ages(note.since, note.spans, then)
        self._since = then - note.full
        self._resumed = True
        return self

    def look(self, settings: LogSettings, now: float, interval: timedelta) -> tuple[Added, Total, timedelta]:
        """What was added, matches and lines within the window, and for how long nothing was missed."""
        added = self._tail.read(Fits(settings.matching, settings.without))
        if self._resumed and (added.lost or added.skipped):
            self._since = now  # what was written meanwhile and is gone was seen by nobody
        self._resumed = False
        if added.began:
            self._since, self._looks = now, Looks(now)  # it may have been waited for until now
        self._looks.add(now, added.matches, added.lines)
        return added, self._looks.total(settings.window, interval), timedelta(seconds=now - self._since)

    def note(self, at: datetime, now: float) -> str | None:
        """What is to be known after a restart; nothing before the first look."""
        place = self._tail.place
        if place is None:
            return None
        ages = self._looks.ages(now)
        return codec.encode(_Note(at, self.source, place, now - self._since, now - self._looks.since, ages))


class LogProber:
    """Takes samples of log checks; remembers per check where it has read to.

    Args:
        notes: where that is noted, and where it is found again after a start.
    """

    def __init__(self, clock: Clock, notes: Notes | None = None) -> None:
        self._clock = clock
        self._notes = notes
        self._followed: dict[CheckName, _Follower] = {}
        self._lock = threading.Lock()

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        log_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """Reads what was added since the sample before."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = log_settings(trying.spec)
        facts = {"path": settings.path, "matching": settings.matching.pattern}
        now = self._clock.monotonic()
        follower = self._follower(trying.spec.name, settings, now)
        try:
            added, total, since = follower.look(settings, now, trying.spec.interval)
        except OSError as error:
            said = f"could not read {settings.path}: {error.strerror}"
            return Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"})
        note = follower.note(self._clock.now(), now)
        if self._notes is not None and note is not None:
            self._notes.keep(trying.spec.name, note)
        return _judged(settings, facts, added, total, since)

    def _follower(self, check: CheckName, settings: LogSettings, now: float) -> _Follower:
        with self._lock:
            follower = self._followed.get(check)
            if follower is None:
                follower = self._recalled(check, settings, now)
            if follower is None or follower.source != _source(settings):
                follower = _Follower(settings, now)
            self._followed[check] = follower
            return follower

    def _recalled(self, check: CheckName, settings: LogSettings, now: float) -> _Follower | None:
        """The follower that was noted for this check, if it followed the same and its note can be read."""
        text = self._notes.recall(check) if self._notes is not None else None
        if text is None:
            return None
        try:
            note = codec.decode(text, _Note)
        except InputError:
            return None
        if note.source != _source(settings):
            return None
        # A clock that was set back meanwhile says nothing about how long we were away: then it was no time.
        away = max(0.0, (self._clock.now() - note.at).total_seconds())
        return _Follower.resumed(settings, note, now - away)


def _source(settings: LogSettings) -> str:
    without = settings.without.pattern if settings.without is not None else ""
    return source_of(settings.path, settings.matching.pattern, without)


def _judged(
    settings: LogSettings, facts: dict[str, str], added: Added, total: Total, since: timedelta
) -> Finding:
    minutes = settings.window.total_seconds() / 60
    matches, lines = total.added
    facts |= {"matches": f"{matches:.0f}", "lines": f"{lines:.0f}", "per_minute": f"{matches / minutes:.1f}"}
    if total.shared:
        facts["matches_unwatched"] = f"{total.whole[0]:.0f} in {seconds(total.within.total_seconds())}"
    if added.last is not None:
        facts["last_line"] = added.last[:_SHOWN]
    if added.skipped:
        facts["skipped_bytes"] = str(added.skipped)
    if added.lost:
        facts["lost"] = "true"
    measures = [Measure(settings.rate, matches / minutes)]
    if lines >= settings.least and lines:
        facts["share"] = f"{matches / lines:.1%}"
        measures.append(Measure(settings.share, matches / lines))
    said = f"{settings.path}: {plain(matches / minutes)} lines per minute match /{settings.matching.pattern}/"
    finding = judged(said, facts, measures)
    if finding.verdict is Verdict.UP and since < settings.window:
        # Too little was seen to call it good; what is already too much is bad all the same (NOI-15).
        return Finding(Verdict.UNKNOWN, f"{said}, but the window is not full yet", facts)
    return finding
