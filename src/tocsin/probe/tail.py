"""Reads what has been added to a log since the look before: follows rotation, survives truncation, stays bounded."""

import os
import re
from dataclasses import dataclass

CHUNK = 64 * 1024
LARGEST_LINE = 64 * 1024  # of a longer line only this much is kept and searched
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
    """One log, read from where the look before ended. The first look begins at its end."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None  # device and inode
        self._position = 0
        self._rest = b""

    def read(self, fits: Fits) -> Added:
        """What was added. Raises OSError (FileNotFoundError while nothing is there)."""
        with open(self._path, "rb", buffering=0) as log:
            found = os.fstat(log.fileno())
            identity = (found.st_dev, found.st_ino)
            if self._file is None:
                self._file, self._position = identity, self._end_of_line(log.fileno(), found.st_size)
                return Added(0, 0, 0, None, True, False)
            tally = _Tally(fits)
            lost = False
            if identity != self._file:
                lost = not self._finish_rotated(tally)
                self._file, self._position, self._rest = identity, 0, b""
            elif found.st_size < self._position:
                # Emptied in place (copytruncate, "> log"): what was not read before that is gone.
                lost, self._position, self._rest = True, 0, b""
            self._position, self._rest = tally.take(log.fileno(), self._position, self._rest, found.st_size)
        return Added(tally.matches, tally.lines, tally.skipped, tally.last, False, lost)

    def _finish_rotated(self, tally: "_Tally") -> bool:
        """Read the end of the file that was moved away, if it still lies beside under a new name; whether it did."""
        folder, name = os.path.split(self._path)
        for entry in os.scandir(folder or "."):
            if not entry.name.startswith(name):
                continue
            try:
                found = entry.stat()
                if (found.st_dev, found.st_ino) != self._file:
                    continue
                with open(entry.path, "rb", buffering=0) as old:
                    _, rest = tally.take(old.fileno(), self._position, self._rest, found.st_size)
                    if rest:
                        tally.line(rest)
                return True
            except OSError:
                continue
        return False

    @staticmethod
    def _end_of_line(number: int, size: int) -> int:
        """Where the last whole line ends, so that a line that is just being written is not cut in two."""
        start = max(0, size - LARGEST_LINE)
        tail = os.pread(number, size - start, start)
        cut = tail.rfind(b"\n")
        return start + cut + 1 if cut >= 0 else size


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
