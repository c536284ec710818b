"""Sorts more rows than fit into memory: sorted runs in one unnamed file, merged block by block.

The file has no name from the moment it exists, so that nothing of a team's records is left after `kill -9`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType

import msgspec

from tocsin.jobs.reconcile import Row

ROWS_AT_ONCE = 100_000  # sorted in memory; about 25 MB
BLOCK = 2_000  # rows written and read together
FAN_IN = 32  # runs merged at once: FAN_IN blocks, about 16 MB

_Run = list[tuple[int, int]]  # (offset, length) of each block


class SortedRows:
    """Rows in any order in, sorted rows out.

    Args:
        folder: on whose disk to spill. rows_at_once, block, fan_in: what is held in memory.
    """

    def __init__(
        self, folder: Path, rows_at_once: int = ROWS_AT_ONCE, block: int = BLOCK, fan_in: int = FAN_IN
    ) -> None:
        self._file = TemporaryFile(dir=folder, prefix="tocsin-sort-")  # noqa: SIM115 -- closed by __exit__
        self._rows_at_once, self._block, self._fan_in = rows_at_once, block, max(2, fan_in)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[tuple[str, int, str, int]]).decode
        self._runs: list[_Run] = []

    def __enter__(self) -> "SortedRows":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._file.close()

    def take(self, rows: Iterable[Row]) -> None:
        """All rows, as they come. Raises OSError when the disk is full."""
        source = iter(rows)
        while chunk := list(islice(source, self._rows_at_once)):
            chunk.sort()
            self._runs.append(self._write([chunk]))

    def rows(self) -> Iterator[Row]:
        """All rows in order. Ask once."""
        while len(self._runs) > self._fan_in:
            first, self._runs = self._runs[: self._fan_in], self._runs[self._fan_in :]
            self._runs.append(self._write(self._merged(first)))
        return chain.from_iterable(self._merged(self._runs))

    def _write(self, parts: Iterable[list[Row]]) -> _Run:
        """A run of these sorted parts, appended to the file."""
        run: _Run = []
        for part in parts:
            for start in range(0, len(part), self._block):
                data = self._encode(part[start : start + self._block])
                offset = self._file.seek(0, 2)
                self._file.write(data)
                run.append((offset, len(data)))
        return run

    def _merged(self, runs: list[_Run]) -> Iterator[list[Row]]:
        """The rows of several runs in order, in lists.

        What is not above the smallest last row of all blocks in memory can be given out: nothing smaller follows.
        Sorting these few lists together costs a comparison per row, for each is sorted already.
        """
        if len(runs) == 1:
            for place in runs[0]:
                yield self._read(place)
            return
        waiting = [iter(run) for run in runs]
        blocks = [self._read(next(run)) for run in waiting]
        starts = [0] * len(runs)
        while blocks:
            bound = min(block[-1] for block in blocks)
            out: list[Row] = []
            for number in reversed(range(len(blocks))):
                block, start = blocks[number], starts[number]
                cut = bisect_right(block, bound, start)
                out += block[start:cut]
                starts[number] = cut
                if cut == len(block):
                    after = next(waiting[number], None)
                    if after is None:
                        del waiting[number], blocks[number], starts[number]
                    else:
                        blocks[number], starts[number] = self._read(after), 0
            out.sort()
            yield out

    def _read(self, place: tuple[int, int]) -> list[Row]:
        self._file.seek(place[0])
        return self._decode(self._file.read(place[1]))
