"""Rows as psql shows them: aligned, numbers to the right, a count below."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    """One result with rows.

    Attributes:
        names: of the columns. numeric: which of them are numbers.
        rows: those kept; None is NULL. count: of all rows, kept or not.
    """

    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    count: int = 0


def aligned(table: Table) -> str:
    """The table as text, with the blank line psql writes after it.

    When rows were left out the count says so: "(1000 of 52000 rows shown)".
    """
    if not table.names:
        return f"--\n{_count(table.count, table.count)}\n\n"
    cells = [tuple(("" if value is None else value).split("\n") for value in row) for row in table.rows]
    widths = [
        max([_width(name), *(_width(line) for row in cells for line in row[column])])
        for column, name in enumerate(table.names)
    ]
    lines = [
        "|".join(f" {_centred(name, width)} " for name, width in zip(table.names, widths, strict=True)),
        "+".join("-" * (width + 2) for width in widths),
    ]
    for row in cells:
        lines += _lines(row, widths, table.numeric)
    lines.append(_count(len(table.rows), table.count))
    return "\n".join(lines) + "\n\n"


def unaligned(table: Table) -> str:
    """The values as `psql -At` shows them: one line a row, "|" between them, NULL as nothing."""
    return "".join("|".join("" if value is None else value for value in row) + "\n" for row in table.rows)


def _lines(row: Sequence[list[str]], widths: list[int], numeric: tuple[bool, ...]) -> list[str]:
    """One row; a value of several lines continues below, and "+" marks where it does."""
    lines = []
    for number in range(max(map(len, row), default=1)):
        parts = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            text = cell[number] if number < len(cell) else ""
            more = number < len(cell) - 1
            blank = " " * (width - _width(text))
            last = column == len(row) - 1
            left = text if last and not more else text + blank
            shown = blank + text if numeric[column] else left
            end = "+" if more else ("" if last else " ")
            parts.append(f" {shown}{end}")
        lines.append("|".join(parts))
    return lines


def _count(shown: int, count: int) -> str:
    if shown < count:
        return f"({shown} of {count} rows shown)"
    return f"({count} row{'' if count == 1 else 's'})"


def _centred(text: str, width: int) -> str:
    blank = width - _width(text)
    left = blank // 2
    return " " * left + text + " " * (blank - left)


def _width(text: str) -> int:
    """Columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    marks = sum(bool(unicodedata.combining(letter)) for letter in text)
    return len(text) + wide - marks
