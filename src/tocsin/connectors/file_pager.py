"""Pages as lines of a file: for drills, the demo, and as the last resort that needs no network.

One JSON object per line. A key is written once, however often it is handed over and whoever is killed meanwhile:
the file itself is the memory.
"""

import errno
import fcntl
import json
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tocsin.connectors.api import PageMessage, Receipt
from tocsin.errors import Permanent, Temporary
from tocsin.kit.clock import Clock, SystemClock
from tocsin.kit.keys import Keys

# Waiting helps against these; against all others (no such directory, not permitted) it does not.
_PASSING = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EINTR, errno.EAGAIN}
)


class FilePager:
    """Appends pages to a file.

    Args:
        path: of the file; made if missing, its directory is not.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        # A lock of the file keeps processes apart, not the threads of one.
        self._threads = threading.Lock()

    def page(self, message: PageMessage) -> Receipt:
        """Append one line and make it durable, unless the key is already there.

        Raises Temporary when the disk is full or failing, Permanent when the file cannot be used at all.
        """
        try:
            with self._threads, self._locked() as fd:
                written, end = _pages(fd)
                os.ftruncate(fd, end)  # what a killed writer left half written was never confirmed to anybody
                found = written.get(message.key)
                if found is None:
                    found = (len(written) + 1, self._clock.now())
                    _append(fd, end, _line(message, found[1]))
                # Also for a line that is already there: who wrote it may have died before this.
                os.fsync(fd)
        except OSError as error:
            kind = Temporary if error.errno in _PASSING else Permanent
            raise kind(
                f"file pager: could not write {self._path}: {error.strerror or error}.",
                hint="Pages need a file that can be written in a directory that exists.",
            ) from error
        number, at = found
        return Receipt(f"{self._path.name}:{number}", at)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        existed = self._path.exists()
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                # A device could be read for ever, and forgets what it was told.
                raise OSError(errno.EINVAL, "it is no ordinary file")
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield fd
            if not existed:
                _sync_directory(self._path.parent)
        finally:
            os.close(fd)


def from_settings(what: str, settings: Mapping[str, object]) -> FilePager:
    """The pager of a table with the key `path`. Raises ConfigError."""
    keys = Keys(what, settings)
    path = Path(keys.text("path"))
    keys.done()
    return FilePager(path, SystemClock())


def _line(message: PageMessage, at: datetime) -> bytes:
    page = {
        "at": at.isoformat(),
        "key": message.key,
        "to": message.to,
        "address": message.address,
        "subject": message.subject,
        "body": message.body,
        "link": message.link,
        "drill": message.drill,
    }
    return json.dumps(page).encode("ascii") + b"\n"


def _pages(fd: int) -> tuple[dict[str, tuple[int, datetime]], int]:
    """Line number and time of each key, and where the last whole line ends."""
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        content = file.read()
    end = content.rfind(b"\n") + 1
    found: dict[str, tuple[int, datetime]] = {}
    for number, line in enumerate(content[:end].splitlines(), start=1):
        try:
            page = json.loads(line)
            found.setdefault(page["key"], (number, datetime.fromisoformat(page["at"])))
        except (ValueError, KeyError, TypeError):
            continue  # somebody else's line; not ours to judge, and never a reason not to page
    return found, end


def _append(fd: int, end: int, line: bytes) -> None:
    os.lseek(fd, end, os.SEEK_SET)
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(fd, rest) :]
    except OSError:
        os.ftruncate(fd, end)
        raise


def _sync_directory(directory: Path) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
