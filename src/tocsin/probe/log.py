"""Log checks: how often a pattern appears per minute ("limiting requests", answers with 5xx)."""

import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, count_limit, judged, plain, share_limit
from tocsin.probe.tail import Added, Fits, Tail

_SHOWN = 200
_WINDOW = timedelta(minutes=1)
_MOST_LOOKS = 10_000


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is counted in which file.

    Attributes:
        matching, without: a line counts if the first is found in it and the second (if any) is not.
        window: the time looked back on; a line belongs to the look that read it, whatever time stands in it.
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
    except re.error as error:
        raise keys.wrong(key, f"is not a regular expression: {error}") from error


class _Follower:
    """One log of one check, and the looks within the window."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._tail = Tail(path)
        self._looks: deque[tuple[float, int, int]] = deque(maxlen=_MOST_LOOKS)
        self._since: float | None = None

    def look(self, settings: LogSettings, now: float) -> tuple[Added, int, int, timedelta]:
        """What was added, matches and lines within the window, and for how long we have been looking."""
        added = self._tail.read(Fits(settings.matching, settings.without))
        if self._since is None:
            self._since = now
        self._looks.append((now, added.matches, added.lines))
        oldest = now - settings.window.total_seconds()
        while self._looks and self._looks[0][0] <= oldest:
            self._looks.popleft()
        matches, lines = sum(look[1] for look in self._looks), sum(look[2] for look in self._looks)
        return added, matches, lines, timedelta(seconds=now - self._since)


class LogProber:
    """Takes samples of log checks; remembers per check where it has read to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._followed: dict[str, _Follower] = {}
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
        with self._lock:
            follower = self._followed.get(trying.spec.name)
            if follower is None or follower.path != settings.path:
                follower = self._followed[trying.spec.name] = _Follower(settings.path)
        try:
            added, matches, lines, since = follower.look(settings, self._clock.monotonic())
        except OSError as error:
            said = f"could not read {settings.path}: {error.strerror}"
            return Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"})
        minutes = settings.window.total_seconds() / 60
        facts |= {"matches": str(matches), "lines": str(lines), "per_minute": f"{matches / minutes:.1f}"}
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
