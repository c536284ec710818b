"""Process checks: are there as many of them as there should be, and how much memory do they hold."""

import os
import re
from dataclasses import dataclass

import psutil

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, judged, size, size_limit


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """Which processes, and what is expected of them.

    Attributes:
        named: exact name of the program, or None.
        matching: searched in the command line, or None; one of the two must be there.
        user: whose, or None for anybody's.
        least, most: how many there should be; fewer is down, more is degraded.
        rss: limit of the memory all of them hold together.
    """

    named: str | None
    matching: re.Pattern[str] | None
    user: str | None
    least: int
    most: int | None
    rss: Limit

    @property
    def shown(self) -> str:
        """How messages name these processes."""
        return self.named or (f"/{self.matching.pattern}/" if self.matching else "")


def process_settings(spec: CheckSpec) -> ProcessSettings:
    """Read the settings of a process check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    pattern = keys.text_or_none("matching")
    most = keys.number_or_none("most")
    try:
        matching = re.compile(pattern) if pattern is not None else None
    except (re.error, OverflowError, RecursionError) as error:
        raise keys.wrong("matching", f"is not a regular expression: {error}") from error
    settings = ProcessSettings(
        named=keys.text_or_none("process"),
        matching=matching,
        user=keys.text_or_none("user"),
        least=keys.whole("least", 1),
        most=int(most) if most is not None else None,
        rss=size_limit(keys, "rss"),
    )
    keys.done()
    if settings.named is None and settings.matching is None:
        raise keys.wrong("process", "or matching must say which processes are meant")
    return settings


class ProcessProber:
    """Takes samples of process checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        process_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One look at the processes of this machine, without this one and without zombies."""
        return attempt(spec, self._clock, _look)


def _look(trying: Attempt) -> Finding:
    settings = process_settings(trying.spec)
    hidden: list[int] = []
    found = [rss for process in psutil.process_iter() if (rss := _rss(process, settings, hidden)) is not None]
    count, held = len(found), sum(found)
    facts = {"process": settings.shown, "count": str(count), "rss_bytes": str(held)}
    said = f"{settings.shown}: {count} running, {size(held)} of memory"
    if count < settings.least and hidden:
        why = f"{said}, but {len(hidden)} processes may not be looked at"
        return Finding(Verdict.UNKNOWN, why, {**facts, "error": "own"})
    if count < settings.least:
        return Finding(Verdict.DOWN, f"{said}, {settings.least} expected", {**facts, "error": "missing"})
    if settings.most is not None and count > settings.most:
        return Finding(
            Verdict.DEGRADED, f"{said}, at most {settings.most} expected", {**facts, "error": "many"}
        )
    return judged(said, facts, [Measure(settings.rss, held)])


def _rss(process: psutil.Process, settings: ProcessSettings, hidden: list[int]) -> int | None:
    """The memory of a process that is meant; None for every other, also for one that ended meanwhile.

    Who may not be looked at is noted in `hidden`: it may be the one we miss.
    """
    try:
        with process.oneshot():
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return None
            if settings.named is not None and process.name() != settings.named:
                return None
            if settings.matching is not None and not settings.matching.search(" ".join(process.cmdline())):
                return None
            if settings.user is not None and process.username() != settings.user:
                return None
            return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        hidden.append(process.pid)
        return None
