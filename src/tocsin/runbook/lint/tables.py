"""The tables of a document, cell by cell, as its lines show them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold


@dataclass(frozen=True, slots=True)
class Rows:
    """One table: its header and the cells of each row, folded and without markup, with the row's line."""

    header: tuple[str, ...]
    rows: tuple[tuple[RawLine, tuple[str, ...]], ...]


def tables(raw: tuple[RawLine, ...]) -> Iterator[Rows]:
    """Every table with at least one row."""
    group: list[RawLine] = []
    for line in (*raw, None):
        if line is not None and not line.fenced and line.text.lstrip().startswith("|"):
            group.append(line)
            continue
        if len(group) > 2 and set(group[1].text.strip()) <= set("|-: "):
            yield Rows(_cells(group[0]), tuple([(row, _cells(row)) for row in group[2:]]))
        group = []


def _cells(line: RawLine) -> tuple[str, ...]:
    bare = line.text.strip().removeprefix("|").removesuffix("|")
    return tuple([fold(plain(cell.strip())) for cell in bare.split("|")])
