"""Sentry checks: how many errors a project has counted within the last while, from Sentry's own statistics."""

import math
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlsplit

import httpx2
import msgspec

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Ended, Finding, attempt, check_name, milliseconds
from tocsin.probe.limit import Limit, Measure, count_limit, judged, plain

_LARGEST = 4 * 1024 * 1024
_SHORTEST = timedelta(minutes=1)
_LONGEST = timedelta(days=1)


class _Group(msgspec.Struct):
    totals: dict[str, float] = {}


class _Stats(msgspec.Struct):
    """The part of `GET /api/0/organizations/ORG/stats_v2/` we read."""

    groups: list[_Group] = []


@dataclass(frozen=True, slots=True)
class SentrySettings:
    """Which project (its number), with which token, and the limit of errors per minute within the window."""

    url: str
    organization: str
    project: str
    token: str
    window: timedelta
    rate: Limit


def sentry_settings(spec: CheckSpec) -> SentrySettings:
    """Read the settings of a Sentry check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = SentrySettings(
        url=(keys.text_or_none("url") or "https://sentry.io").rstrip("/"),
        organization=keys.text("organization"),
        project=str(keys.whole("project", least=1, most=2**53)),
        token=keys.text("token"),
        window=keys.duration_or_none("window") or timedelta(minutes=15),
        rate=count_limit(keys, "rate"),
    )
    keys.done()
    if settings.rate.degraded is None and settings.rate.down is None:
        raise keys.wrong("rate_down", "or rate_degraded is missing; without one this check finds nothing")
    if not _SHORTEST <= settings.window <= _LONGEST:
        raise keys.wrong("window", "must be from a minute to a day")
    if urlsplit(settings.url).scheme not in ("http", "https") or not urlsplit(settings.url).hostname:
        raise keys.wrong("url", f"must be an address with http:// or https://, not {settings.url!r}")
    return settings


class SentryProber:
    """Takes samples of Sentry checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        sentry_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One question to Sentry's API. Sentry being away is unknown: it says nothing about the project."""
        return attempt(spec, self._clock, _look)


def _look(trying: Attempt) -> Finding:
    settings = sentry_settings(trying.spec)
    facts = {"organization": settings.organization, "project": settings.project}
    count = _count(settings, trying, facts)
    minutes = settings.window.total_seconds() / 60
    facts |= {"errors": f"{count:.0f}", "per_minute": f"{count / minutes:.2f}"}
    said = f"Sentry counts {plain(count)} errors in {minutes:.0f} min, {plain(count / minutes)} per minute"
    return judged(said, facts, [Measure(settings.rate, count / minutes)])


def _count(settings: SentrySettings, trying: Attempt, facts: dict[str, str]) -> float:
    def unknown(words: str) -> Ended:
        return Ended(Finding(Verdict.UNKNOWN, f"could not ask Sentry: {words}", {**facts, "error": "own"}))

    end, begin = trying.at, trying.at - settings.window
    query = {
        "field": "sum(quantity)",
        "category": "error",
        "outcome": "accepted",
        "project": settings.project,
        "start": f"{begin:%Y-%m-%dT%H:%M:%S}",
        "end": f"{end:%Y-%m-%dT%H:%M:%S}",
        "interval": "1m" if settings.window <= timedelta(hours=1) else "1h",
    }
    try:
        answer = httpx2.get(
            f"{settings.url}/api/0/organizations/{quote(settings.organization, safe='')}/stats_v2/",
            params=query,
            headers={"Authorization": f"Bearer {settings.token}"},
            timeout=max(0.001, trying.left.total_seconds()),
            trust_env=False,
        )
    except httpx2.TimeoutException as error:
        raise unknown(f"no answer within {milliseconds(trying.spec.timeout)}") from error
    except httpx2.HTTPError as error:
        raise unknown(str(error) or type(error).__name__) from error
    if answer.status_code in (401, 403):
        raise unknown(f"HTTP {answer.status_code}: the token may not read this organization")
    if answer.status_code != 200 or len(answer.content) > _LARGEST:
        raise unknown(f"HTTP {answer.status_code}")
    try:
        found = msgspec.json.decode(answer.content, type=_Stats)
    except msgspec.MsgspecError as error:
        raise unknown("an answer we cannot read") from error
    count = sum(group.totals.get("sum(quantity)", 0.0) for group in found.groups)
    if not math.isfinite(count):
        raise unknown("a number of errors that is none")
    return count
