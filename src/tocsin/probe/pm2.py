"""pm2 checks: are an app's processes online, do they crash in a loop, how much memory do they hold."""

import json
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.asking import said_by
from tocsin.probe.attempt import Attempt, Ended, Finding, attempt, check_name
from tocsin.probe.counters import Counters, summed
from tocsin.probe.limit import Limit, Measure, count_limit, judged, size, size_limit
from tocsin.probe.notes import Notes
from tocsin.probe.run_text import RunText

_LIST = "pm2 jlist"
_GONE = frozenset({"stopped", "stopping", "errored"})


class Pm2Monit(msgspec.Struct):
    """What pm2 measures itself: bytes and per cent of a core."""

    memory: float = 0
    cpu: float = 0


class Pm2Env(msgspec.Struct):
    """The part of pm2's state a check needs."""

    status: str = ""
    restart_time: int = 0
    unstable_restarts: int = 0


class Pm2Process(msgspec.Struct):
    """One process of `pm2 jlist`."""

    name: str = ""
    pm_id: int = 0
    pid: int | None = None
    pm2_env: Pm2Env = msgspec.field(default_factory=Pm2Env)
    monit: Pm2Monit = msgspec.field(default_factory=Pm2Monit)


@dataclass(frozen=True, slots=True)
class Pm2Settings:
    """Which app, how many of its processes should be online, and the limits of restarts within the window and of memory."""

    app: str
    least: int
    window: timedelta
    restarts: Limit
    memory: Limit


def pm2_settings(spec: CheckSpec) -> Pm2Settings:
    """Read the settings of a pm2 check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = Pm2Settings(
        app=keys.text("app"),
        least=keys.whole("least", 1, least=1),
        window=keys.duration_or_none("window") or timedelta(minutes=5),
        restarts=count_limit(keys, "restarts", degraded=2, down=5),
        memory=size_limit(keys, "memory"),
    )
    keys.done()
    return settings


class Pm2Prober:
    """Takes samples of pm2 checks; asks the pm2 of the user (and PM2_HOME) that tocsin runs as."""

    def __init__(self, clock: Clock, run: RunText, notes: Notes | None = None) -> None:
        self._clock = clock
        self._run = run
        self._counters = Counters(clock, notes)

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        pm2_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One `pm2 jlist`."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = pm2_settings(trying.spec)
        facts = {"app": settings.app}
        listed = processes(said_by(self._run, _LIST, trying, facts), facts)
        ours = [each for each in listed if each.name == settings.app]
        if not ours:
            known = ", ".join(sorted({each.name for each in listed})) or "no app at all"
            said = f"pm2 does not run {settings.app}; it runs {known}"
            return Finding(Verdict.DOWN, said, {**facts, "error": "missing"})
        online = sum(each.pm2_env.status == "online" for each in ours)
        largest = max(each.monit.memory for each in ours)
        states = ",".join(sorted({each.pm2_env.status for each in ours}))
        facts |= {
            "online": str(online),
            "processes": str(len(ours)),
            "status": states,
            "restarts_total": str(sum(each.pm2_env.restart_time for each in ours)),
            "memory_bytes": f"{largest:.0f}",
        }
        said = f"{settings.app}: {online} of {len(ours)} online, {size(largest)} at most"
        measures = [Measure(settings.memory, largest)]
        totals = {str(each.pm_id): each.pm2_env.restart_time for each in ours}
        grown = summed(self._counters.growth(trying.spec, settings.app, totals, settings.window))
        if grown is not None:
            facts |= grown.told("restarts")
            measures.append(Measure(settings.restarts, grown.by))
        return _judged(settings, ours, online, said, facts, measures)


def _judged(
    settings: Pm2Settings,
    ours: list[Pm2Process],
    online: int,
    said: str,
    facts: dict[str, str],
    measures: list[Measure],
) -> Finding:
    finding = judged(said, facts, measures)
    if finding.verdict is Verdict.DOWN:
        return finding  # a crash loop is often online at the moment one looks
    if online < settings.least:
        facts = {**finding.facts, "error": "offline"}
        return Finding(Verdict.DOWN, f"{finding.message}, {settings.least} expected", facts)
    gone = [each for each in ours if each.pm2_env.status in _GONE]
    if gone and finding.verdict is Verdict.UP:
        return Finding(Verdict.DEGRADED, f"{said}, {gone[0].pm2_env.status}: {len(gone)}", facts)
    return finding


def processes(printed: str, facts: dict[str, str]) -> list[Pm2Process]:
    """The processes of `pm2 jlist`, which may say other things on the lines before. Raises Ended for anything else."""
    for line in reversed(printed.splitlines()):
        if line.startswith("["):
            try:
                return msgspec.convert(json.loads(line), list[Pm2Process], strict=False)
            except (ValueError, RecursionError):
                continue
    raise Ended(
        Finding(Verdict.UNKNOWN, f"{_LIST}: what it prints cannot be read", {**facts, "error": "own"})
    )
