"""Where rooms and cells are made: a short path of our own, because Unix socket names end at 107 bytes."""

import os
import tempfile
from pathlib import Path

from tocsin.errors import InputError

_SHORT = 40


def rooms() -> Path:
    """The directory for rooms, made if need be. Ours alone, for its records are believed. Raises InputError."""
    place = Path(tempfile.gettempdir()) / f"tocsin-{os.getuid()}"
    if len(str(place)) > _SHORT:
        place = Path("/tmp") / f"tocsin-{os.getuid()}"  # noqa: S108 -- looked at below
    try:
        place.mkdir(mode=0o711, exist_ok=True)
        found = place.lstat()
    except OSError as wrong:
        raise InputError(
            f"{place}: {wrong.strerror or wrong}.", hint="Set TMPDIR to a directory that you may write to."
        ) from wrong
    if found.st_uid != os.getuid() or place.is_symlink():
        raise InputError(
            f"{place} belongs to somebody else.", hint="Remove it, or set TMPDIR to a directory of yours."
        )
    return place
