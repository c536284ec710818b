"""Disk checks: how full the file system of a path is, in bytes and in inodes."""

import os
from dataclasses import dataclass

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, judged, percent, share_limit, size, size_limit


@dataclass(frozen=True, slots=True)
class DiskSettings:
    """Which path, and the limits of the used share of bytes and of inodes, and of the free bytes."""

    path: str
    used: Limit
    inodes: Limit
    free: Limit


def disk_settings(spec: CheckSpec) -> DiskSettings:
    """Read the settings of a disk check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = DiskSettings(
        path=keys.text("path"),
        used=share_limit(keys, "used", degraded=0.85, down=0.95),
        inodes=share_limit(keys, "inodes", degraded=0.85, down=0.95),
        free=size_limit(keys, "free", falling=True),
    )
    keys.done()
    return settings


class DiskProber:
    """Takes samples of disk checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        disk_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One look at the file system. A network disk that hangs holds its attempt as long as the kernel does."""
        return attempt(spec, self._clock, _look)


def _look(trying: Attempt) -> Finding:
    settings = disk_settings(trying.spec)
    facts = {"path": settings.path}
    try:
        found = os.statvfs(settings.path)
    except OSError as error:
        said = f"could not look at {settings.path}: {error.strerror}"
        return Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"})
    used = found.f_blocks - found.f_bfree
    # As df counts: what only root may still fill is not there for anybody else.
    usable = used + found.f_bavail
    share = used / usable if usable else 0.0
    free = found.f_bavail * found.f_frsize
    facts |= {"used": percent(share), "free_bytes": str(free), "size_bytes": str(usable * found.f_frsize)}
    measures = [Measure(settings.used, share), Measure(settings.free, free)]
    said = f"{settings.path}: {percent(share)} used, {size(free)} free"
    if found.f_files:  # some file systems (btrfs) make inodes as they need them and count none
        inodes = (found.f_files - found.f_ffree) / max(1, found.f_files - found.f_ffree + found.f_favail)
        facts |= {"inodes": percent(inodes), "inodes_free": str(found.f_favail)}
        measures.append(Measure(settings.inodes, inodes))
        said += f", {percent(inodes)} of inodes"
    return judged(said, facts, measures)
