"""A file for requests the database cannot take just now: flushed to the disk before their senders are told yes.

Each process writes a file of its own, which it holds locked; what a dead one left is drained by whoever starts next.
A record that was cut off by a crash was never acknowledged, and is left out.
"""

import fcntl
import logging
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tocsin.errors import StoreError
from tocsin.store.requests import NewRequest

logger = logging.getLogger("tocsin.intake")

_HEAD = struct.Struct(">4sII")
_MARK = b"tsp1"
_LARGEST = 64 * 1024 * 1024
_decoder = msgspec.msgpack.Decoder(NewRequest)


class Spool:
    """Requests in a file, in order. Any thread may append; one drains.

    Args:
        folder: made if missing, readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._file: int | None = None
        self._path: Path | None = None
        self._waiting: list[NewRequest] = []

    @staticmethod
    def look(folder: Path) -> tuple[NewRequest, ...]:
        """What lies in a folder of spools, the oldest first, whoever holds it; nothing is taken or changed.

        What is being drained may stand in the database already: a file is emptied when nothing of it waits.
        Raises StoreError if it cannot be read.
        """
        found: list[NewRequest] = []
        try:
            # A file that was drained and removed meanwhile has nothing to show.
            for path in sorted(folder.glob("*.spool")):
                if path.exists():
                    found += _records(path.read_bytes(), path)
        except FileNotFoundError:
            pass
        except OSError as problem:
            raise StoreError(
                f"{folder}: spooled requests cannot be read: {problem.strerror}.",
                hint="Ask as the user that runs tocsin serve.",
            ) from problem
        return tuple(sorted(found, key=lambda each: each.received_at))

    def adopt(self) -> int:
        """Take over what dead processes left. Returns how many requests wait now."""
        with self._lock:
            if self._folder.is_dir():
                for path in sorted(self._folder.glob("*.spool")):
                    self._adopt(path)
            return len(self._waiting)

    def append(self, new: Sequence[NewRequest]) -> None:
        """Keep requests; returns when they are on the disk. Raises StoreError: none of them is kept."""
        text = b"".join(_record(each) for each in new)
        with self._lock:
            try:
                file = self._opened()
                size = os.fstat(file).st_size
                try:
                    _write(file, text)
                    os.fsync(file)
                except OSError:
                    os.ftruncate(file, size)
                    raise
            except OSError as problem:
                raise StoreError(
                    f"{self._folder}: a request cannot be spooled: {problem.strerror}.",
                    hint="Make room on this disk.",
                ) from problem
            self._waiting += new

    def waiting(self, limit: int) -> list[NewRequest]:
        """The next requests to be stored, the oldest first; they stay until `stored`."""
        with self._lock:
            return self._waiting[:limit]

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)

    def stored(self, count: int) -> None:
        """The first so many are in the database now. The file is emptied when nothing of it waits."""
        with self._lock:
            del self._waiting[:count]
            if not self._waiting and self._file is not None:
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Let go of the file; it is removed if nothing waits in it."""
        with self._lock:
            if self._file is not None and self._path is not None:
                if not self._waiting:
                    self._path.unlink(missing_ok=True)
                os.close(self._file)
                self._file = None

    def _opened(self) -> int:
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path = self._folder / f"{secrets.token_hex(8)}.spool"
            # Held before it has the name by which others look for it: a spool that nobody holds is taken for a dead
            # process's, and what is written into a file that was taken away is gone.
            made = self._path.with_suffix(".new")
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL
            file = os.open(made, flags, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.rename(made, self._path)
                _flush_folder(self._folder)
            except OSError:
                os.close(file)
                raise
            self._file = file
        return self._file

    def _adopt(self, path: Path) -> None:
        """What a file holds becomes ours; the file goes when its requests are in one we hold."""
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)  # its owner lives
            return
        if os.fstat(file).st_nlink == 0:
            os.close(file)  # another process that began just now was faster
            return
        try:
            found = _records(path.read_bytes(), path)
            if found:
                mine = self._opened()
                _write(mine, b"".join(_record(each) for each in found))
                os.fsync(mine)
                self._waiting += found
                logger.warning("%s requests spooled by a process that died are taken over", len(found))
            path.unlink(missing_ok=True)
        finally:
            os.close(file)


def _record(each: NewRequest) -> bytes:
    text = msgspec.msgpack.encode(each)
    return _HEAD.pack(_MARK, len(text), zlib.crc32(text)) + text


def _records(content: bytes, path: Path) -> list[NewRequest]:
    found: list[NewRequest] = []
    place = 0
    while place + _HEAD.size <= len(content):
        mark, length, check = _HEAD.unpack_from(content, place)
        text = content[place + _HEAD.size : place + _HEAD.size + length]
        if mark != _MARK or length > _LARGEST or len(text) != length or zlib.crc32(text) != check:
            logger.warning("%s: a record cut off at byte %s, which was never acknowledged", path, place)
            break
        try:
            found.append(_decoder.decode(text))
        except msgspec.DecodeError as problem:
            logger.error("%s: a record of another version at byte %s: %s", path, place, problem)
        place += _HEAD.size + length
    return found


def _write(file: int, text: bytes) -> None:
    view = memoryview(text)
    while view:
        view = view[os.write(file, view) :]


def _flush_folder(folder: Path) -> None:
    """A file that exists only in memory helps nobody after the power failed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
