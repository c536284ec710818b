"""Reads what has been added to a log since the look before: follows rotation, survives truncation, stays bounded."""

import hashlib
import os
import re
import stat
from dataclasses import dataclass

CHUNK = 64 * 1024
LARGEST_LINE = 64 * 1024  # of a longer line only this much is kept and searched
_MARKED = 256  # bytes before a place by which it is known again
LARGEST_READ = 64 * 1024 * 1024  # bytes per look; what lies between is skipped and reported


@dataclass(frozen=True, slots=True)
class Added:
    """What one look found.

    Attributes:
        matches: lines that fit. lines: whole lines read.
        skipped: bytes left out because there were more than one look may read.
        last: the last line that fits, or None.
        began: whether this was the first look at the file, which counts nothing.
        lost: whether the file was replaced or emptied and what stood unread in it is gone.
    """

    matches: int
    lines: int
    skipped: int
    last: str | None
    began: bool
    lost: bool


@dataclass(frozen=True, slots=True)
class Place:
    """How far a log was read.

    Attributes:
        file: device and inode. position: where the next line begins.
        mark: digest of the bytes before it, for the number of a file that is gone is given to the next one, and devices
            are numbered anew when a machine starts.
    """

    file: tuple[int, int]
    position: int
    mark: str


class Fits:
    """Whether a line counts: a regular expression found in it, and none of those that excuse it."""

    def __init__(self, pattern: re.Pattern[str], without: re.Pattern[str] | None) -> None:
        self._pattern = pattern
        self._without = without

    def __call__(self, line: str) -> bool:
        if not self._pattern.search(line):
            return False
        return self._without is None or not self._without.search(line)


class Tail:
    """One log, read from where the look before ended. The first look begins at its end.

    Args:
        place: how far somebody has read before us; then the first look goes on there.
    """

    def __init__(self, path: str, place: Place | None = None) -> None:
        self._path = path
        self._place = place
        self._resumes = place is not None
        self._file = place.file if place is not None else None  # device and inode
        self._position = place.position if place is not None else 0
        self._rest = b""

    @property
    def place(self) -> Place | None:
        """How far it has been read, whole lines only; None before the first look."""
        return self._place

    def read(self, fits: Fits) -> Added:
        """What was added. Raises OSError (FileNotFoundError while nothing is there)."""
        with open(self._path, "rb", buffering=0) as log:
            found = os.fstat(log.fileno())
            identity = (found.st_dev, found.st_ino)
            if self._file is None:
                self._file, self._position = identity, self._end_of_line(log.fileno(), found.st_size)
                self._note(log.fileno())
                return Added(0, 0, 0, None, True, False)
            tally = _Tally(fits)
            lost = False
            if self._resumes and self._known_again(log.fileno(), identity):
                self._file = identity
            elif self._resumes or identity != self._file:
                lost = not self._finish_rotated(tally)
                self._file, self._position, self._rest = identity, 0, b""
            elif found.st_size < self._position:
                # Emptied in place (copytruncate, "> log"): what was not read before that is gone.
                lost, self._position, self._rest = True, 0, b""
            self._position, self._rest = tally.take(log.fileno(), self._position, self._rest, found.st_size)
            self._resumes = False
            self._note(log.fileno())
        return Added(tally.matches, tally.lines, tally.skipped, tally.last, False, lost)

    def _finish_rotated(self, tally: "_Tally") -> bool:
        """Read the end of the file that was moved away, if it still lies beside under a new name; whether it did."""
        folder, name = os.path.split(self._path)
        for entry in os.scandir(folder or "."):
            if not entry.name.startswith(name):
                continue
            try:
                found = entry.stat()
                identity = (found.st_dev, found.st_ino)
                if not stat.S_ISREG(found.st_mode) or not (self._resumes or identity == self._file):
                    continue
                with open(entry.path, "rb", buffering=0) as old:
                    if self._resumes and not self._known_again(old.fileno(), identity):
                        continue
                    _, rest = tally.take(old.fileno(), self._position, self._rest, found.st_size)
                    if rest:
                        tally.line(rest)
                return True
            except OSError:
                continue
        return False

    def _note(self, number: int) -> None:
        """Remember how far it was read; the beginning of a line that is longer than we keep is not read again."""
        assert self._file is not None
        position = self._position - (len(self._rest) if len(self._rest) < LARGEST_LINE else 0)
        self._place = Place(self._file, position, _mark(number, position))

    def _known_again(self, number: int, identity: tuple[int, int]) -> bool:
        """Whether this is the file that was read before: by what stands before the place, or, at its beginning, by number."""
        assert self._place is not None
        if self._place.position == 0:
            return identity == self._place.file
        return _mark(number, self._place.position) == self._place.mark

    @staticmethod
    def _end_of_line(number: int, size: int) -> int:
        """Where the last whole line ends, so that a line that is just being written is not cut in two."""
        start = max(0, size - LARGEST_LINE)
        tail = os.pread(number, size - start, start)
        cut = tail.rfind(b"\n")
        return start + cut + 1 if cut >= 0 else size


def _mark(number: int, position: int) -> str:
    """A digest of the bytes before a place; of a file that does not reach there, no digest is like it."""
    start = max(0, position - _MARKED)
    before = os.pread(number, position - start, start)
    return hashlib.sha256(before).hexdigest() if len(before) == position - start else "short"


class _Tally:
    """Counts the lines of one look."""

    def __init__(self, fits: Fits) -> None:
        self._fits = fits
        self._budget = LARGEST_READ
        self.matches = self.lines = self.skipped = 0
        self.last: str | None = None

    def take(self, number: int, position: int, rest: bytes, end: int) -> tuple[int, bytes]:
        """Count what lies from `position` to `end`; where that ended, and the beginning of an unfinished line."""
        if end - position > self._budget:
            self.skipped += end - self._budget - position
            position, rest = end - self._budget, b""
        while position < end and (data := os.pread(number, min(CHUNK, end - position), position)):
            position += len(data)
            self._budget -= len(data)
            *whole, last = data.split(b"\n")
            if not whole:
                rest = (rest + last)[:LARGEST_LINE]
                continue
            self.line(rest + whole[0])
            for line in whole[1:]:
                self.line(line)
            rest = last[:LARGEST_LINE]
        return position, rest

    def line(self, raw: bytes) -> None:
        """Count one line."""
        self.lines += 1
        text = raw[:LARGEST_LINE].decode("utf-8", "replace").rstrip("\r")
        if self._fits(text):
            self.matches += 1
            self.last = text
