"""Processor checks: load per core, and how busy the cores were since the sample before."""

import os
import threading
from dataclasses import dataclass

import psutil

from tocsin.detection.check import CheckSpec, Sample
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, count_limit, judged, percent, share_limit

_WHICH = {"1": 0, "5": 1, "15": 2}


@dataclass(frozen=True, slots=True)
class CpuSettings:
    """Limits of the load per core over `minutes` (1, 5 or 15), and of the busy and the stolen share of the cores."""

    minutes: str
    load: Limit
    busy: Limit
    stolen: Limit


def cpu_settings(spec: CheckSpec) -> CpuSettings:
    """Read the settings of a processor check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    minutes = str(keys.whole("minutes", 5))
    if minutes not in _WHICH:
        raise keys.wrong("minutes", f"must be 1, 5 or 15, not {minutes}")
    settings = CpuSettings(
        minutes=minutes,
        load=count_limit(keys, "load", degraded=2.0),
        busy=share_limit(keys, "busy"),
        stolen=share_limit(keys, "stolen"),
    )
    keys.done()
    return settings


class CpuProber:
    """Takes samples of processor checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._before: dict[str, tuple[float, float, float]] = {}
        self._lock = threading.Lock()

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        cpu_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One look; the busy share needs a second one, the first knows only the load."""
        return attempt(spec, self._clock, self._look)

    def _look(self, trying: Attempt) -> Finding:
        settings = cpu_settings(trying.spec)
        cores = psutil.cpu_count() or 1
        load = os.getloadavg()[_WHICH[settings.minutes]]
        facts = {"load": f"{load:.2f}", "cores": str(cores), "load_per_core": f"{load / cores:.2f}"}
        said = f"load {load:.2f} over {settings.minutes} min on {cores} cores"
        measures = [Measure(settings.load, load / cores)]
        shares = self._shares(trying.spec.name)
        if shares is not None:
            busy, stolen = shares
            facts |= {"busy": percent(busy), "stolen": percent(stolen)}
            said += f", {percent(busy)} busy"
            measures += [Measure(settings.busy, busy), Measure(settings.stolen, stolen)]
        return judged(said, facts, measures)

    def _shares(self, check: str) -> tuple[float, float] | None:
        """The busy and the stolen share since this check's look before."""
        times = psutil.cpu_times()
        fields = times._asdict()
        # Linux counts a guest's time in user's and nice's already.
        total = sum(value for name, value in fields.items() if name not in ("guest", "guest_nice"))
        idle, stolen = times.idle + fields.get("iowait", 0.0), fields.get("steal", 0.0)
        with self._lock:
            before = self._before.get(check)
            self._before[check] = (total, idle, stolen)
        if before is None or total <= before[0]:
            return None
        span = total - before[0]
        busy = 1 - max(0.0, idle - before[1]) / span
        return max(0.0, busy), max(0.0, stolen - before[2]) / span
