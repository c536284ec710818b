"""Rows out of a CSV export: strict, streaming, and every complaint with file:line:column.

Strict because a lenient reader swallows half a file after one lost quotation mark and calls the rest missing.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tocsin.connectors.row_form import RowForm, WrongField
from tocsin.errors import InputError
from tocsin.jobs.money import shown
from tocsin.jobs.reconcile import Row
from tocsin.kit.keys import did_you_mean

LONGEST_FIELD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file with a header. `.gz` is unpacked while it is read.

    Attributes:
        encoding: of the text; a byte order mark of UTF-8 is left out.
    """

    path: Path
    form: RowForm
    delimiter: str = ","
    encoding: str = "utf-8"

    @property
    def name(self) -> str:
        """For messages and the report."""
        return self.path.name

    def rows(self, told: Callable[[str], None]) -> Iterator[Row]:
        """Every record, with the line it begins on; afterwards `told` gets "sha256:…" of the file's bytes.

        Raises InputError naming file, line and column.
        """
        try:
            with self.path.open("rb") as raw:
                hashing = _Hashing(raw)
                packed = io.BufferedReader(hashing, 1 << 18)
                unpacked = gzip.GzipFile(fileobj=packed) if self.path.suffix == ".gz" else packed
                encoding = (
                    "utf-8-sig"
                    if self.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
                    else self.encoding
                )
                with io.TextIOWrapper(unpacked, encoding=encoding, newline="") as text:
                    yield from self._read(text)
                told(f"sha256:{hashing.digest()}")
        except (EOFError, gzip.BadGzipFile) as problem:
            raise InputError(
                f"{self.path}: this is not a whole gzip file: {problem}.", hint="Export it again."
            ) from problem
        except OSError as problem:
            why = problem.strerror or problem
            raise InputError(
                f"{self.path} cannot be read: {why}.", hint="Check the path and its rights."
            ) from problem

    def _read(self, text: io.TextIOWrapper) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_FIELD)  # global, and no caller of ours wants another
        lines = csv.reader(text, delimiter=self.delimiter, strict=True)
        line, header, places = 1, list[str](), list[int]()
        try:
            header = next(lines, [])
            if not header:
                raise InputError(
                    f"{self.path}:1: there is no header.", hint="The first line has to name the columns."
                )
            places = self._places(header)
            width, row = len(header), self.form.reader()
            line = lines.line_num + 1
            for record in lines:
                if len(record) == width:
                    yield row([record[place] for place in places], line)
                elif record:
                    raise InputError(
                        f"{self.path}:{line}: {len(record)} fields, but the header names {width}.",
                        hint="Look for a lost quotation mark or a delimiter inside a field.",
                    )
                line = lines.line_num + 1
        except WrongField as wrong:
            column = places[wrong.number]
            raise InputError(
                f"{self.path}:{line}:{column + 1}: {header[column]} {wrong.problem}.",
                hint="The last number counts the fields of the line. Mend the export, or the columns in tocsin.toml.",
            ) from wrong
        except csv.Error as problem:
            raise InputError(
                f"{self.path}:{line}: this is not CSV: {problem}.",
                hint="Look for a lost quotation mark in the record that begins on this line.",
            ) from problem
        except UnicodeError as problem:
            raise InputError(
                f"{self.path}:{line}: at or soon after this line the text is not {self.encoding}: {problem}.",
                hint='Set encoding, for example "utf-16" or "windows-1252".',
            ) from problem

    def _places(self, header: list[str]) -> list[int]:
        """Where each wanted column stands. Raises InputError for one that is missing or there twice."""
        names = [name.strip() for name in header]
        places = []
        for wanted in self.form.columns:
            if names.count(wanted) != 1:
                problem = "there is no column" if wanted not in names else "there are several columns"
                raise InputError(
                    f"{self.path}:1: {problem} {shown(wanted)}.",
                    hint=did_you_mean(wanted, (name[:40] for name in names)),
                )
            places.append(names.index(wanted))
        return places


class _Readable(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class _Hashing(io.RawIOBase):
    """Bytes on their way through a hash."""

    def __init__(self, source: _Readable) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed wants Buffer, which 3.11 lacks
        count = self._source.readinto(buffer) or 0
        self._hash.update(buffer[:count])
        return count

    def digest(self) -> str:
        return self._hash.hexdigest()
