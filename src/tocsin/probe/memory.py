"""Memory checks: what this machine has left, and how much it swaps."""

from dataclasses import dataclass

import psutil

from tocsin.detection.check import CheckSpec, Sample
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, judged, percent, share_limit, size, size_limit


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """Limits of the used share of memory, of the bytes available, and of the used share of swap."""

    used: Limit
    available: Limit
    swap: Limit


def memory_settings(spec: CheckSpec) -> MemorySettings:
    """Read the settings of a memory check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = MemorySettings(
        used=share_limit(keys, "used", degraded=0.9, down=0.97),
        available=size_limit(keys, "available", falling=True),
        swap=share_limit(keys, "swap"),
    )
    keys.done()
    return settings


class MemoryProber:
    """Takes samples of memory checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        memory_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One look at the machine."""
        return attempt(spec, self._clock, _look)


def _look(trying: Attempt) -> Finding:
    settings = memory_settings(trying.spec)
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    # What can be had without swapping: caches count as free, as "available" of free(1) does.
    share = 1 - memory.available / memory.total
    facts = {
        "used": percent(share),
        "available_bytes": str(memory.available),
        "total_bytes": str(memory.total),
        "swap_used_bytes": str(swap.used),
        "swap_total_bytes": str(swap.total),
    }
    said = f"memory {percent(share)} used, {size(memory.available)} available"
    measures = [Measure(settings.used, share), Measure(settings.available, memory.available)]
    if swap.total:
        swapped = swap.used / swap.total
        facts["swap"] = percent(swapped)
        said += f", swap {percent(swapped)} used"
        measures.append(Measure(settings.swap, swapped))
    return judged(said, facts, measures)
