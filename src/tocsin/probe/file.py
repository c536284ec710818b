"""File checks: is it there, is it fresh, is it as large as it should be (a dump, a report, a heartbeat file)."""

import glob
import os
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.keys import Keys
from tocsin.probe.attempt import Attempt, Finding, attempt, check_name
from tocsin.probe.limit import Limit, Measure, judged, seconds, size, size_limit, time_limit

_MOST = 10_000  # files looked at for one pattern


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Which file (a pattern means the newest that fits), and the limits of its age and size."""

    path: str
    age: Limit
    least: Limit
    most: Limit


def file_settings(spec: CheckSpec) -> FileSettings:
    """Read the settings of a file check. Raises ConfigError naming check and key."""
    keys = Keys(check_name(spec), spec.settings)
    settings = FileSettings(
        path=keys.text("path"),
        age=time_limit(keys, "age"),
        least=size_limit(keys, "small", falling=True),
        most=size_limit(keys, "large"),
    )
    keys.done()
    return settings


class FileProber:
    """Takes samples of file checks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the settings of this check cannot be used."""
        file_settings(spec)

    def probe(self, spec: CheckSpec) -> Sample:
        """One look; never reads the content."""
        return attempt(spec, self._clock, _look)


def _look(trying: Attempt) -> Finding:
    settings = file_settings(trying.spec)
    facts = {"path": settings.path}
    try:
        newest = _newest(settings.path)
    except OSError as error:
        said = f"could not look at {settings.path}: {error.strerror or error}"
        return Finding(Verdict.UNKNOWN, said, {**facts, "error": "own"})
    if newest is None:
        return Finding(Verdict.DOWN, f"there is no {settings.path}", {**facts, "error": "missing"})
    path, found = newest
    age = (trying.at - datetime.fromtimestamp(found.st_mtime, UTC)).total_seconds()
    facts |= {"file": path, "age_seconds": f"{age:.0f}", "size_bytes": str(found.st_size)}
    said = f"{path}: {seconds(max(0.0, age))} old, {size(found.st_size)}"
    return judged(
        said,
        facts,
        (
            Measure(settings.age, age),
            Measure(settings.least, found.st_size),
            Measure(settings.most, found.st_size),
        ),
    )


def _newest(pattern: str) -> tuple[str, os.stat_result] | None:
    """The newest file that fits; None if there is none. Raises OSError when that cannot be told."""
    if not glob.has_magic(pattern):
        try:
            return pattern, os.stat(pattern)
        except FileNotFoundError:
            return None
    folder = os.path.dirname(pattern) or "."
    if not glob.has_magic(folder):
        os.scandir(folder).close()  # a folder we may not read would look like an empty one
    newest: tuple[str, os.stat_result] | None = None
    for count, path in enumerate(glob.iglob(pattern), start=1):
        if count > _MOST:
            raise OSError(f"more than {_MOST} files fit")
        try:
            found = os.stat(path)
        except FileNotFoundError:
            continue  # gone since it was listed
        if newest is None or found.st_mtime > newest[1].st_mtime:
            newest = path, found
    return newest
