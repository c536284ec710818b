"""A post-mortem as it was written: its parts, its fields, its action items, each with the line it stands on.

The file belongs to people; nothing here writes to it.
"""

import re
from dataclasses import dataclass
from datetime import date

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tocsin.postmortem.prompts import CELLS

_NUMBER = re.compile(r"^\s*(?:\d+[.)]\s*)?(.*)$")
_INCIDENT = re.compile(r"\bINC-\d+\b")
_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_EMPTY = frozenset(("", "-", "–", "—", "?", "tbd", "todo", "n/a"))


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the document.

    Attributes:
        title: without its number. line: of the heading, from 1. text: what stands below it, as it is written.
    """

    title: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One row of the table of action items; None where the cell is empty or still the draft's own words."""

    line: int
    what: str | None
    owner: str | None
    deadline: date | None
    deadline_text: str | None
    priority: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A post-mortem.

    Attributes:
        incident: the incident it names in its title, or None.
        fields: the table at the top: "severity", "owner", "state" … (folded) to the text of the cell.
        parts: in order. actions: the rows of every table with the columns of action items.
    """

    title: str
    incident: str | None
    fields: dict[str, str]
    parts: tuple[Part, ...]
    actions: tuple[ActionRow, ...]
    text: str

    def part(self, *words: str) -> Part | None:
        """The first part whose title holds one of these words."""
        return next(
            (part for part in self.parts if any(word in part.title.casefold() for word in words)), None
        )

    @property
    def owner(self) -> str | None:
        """Who answers for the document, or None while nobody is named."""
        return filled(self.fields.get("owner"))


def filled(cell: str | None) -> str | None:
    """The text of a cell, or None if it is empty or still what the draft put there."""
    text = (cell or "").strip()
    return None if text.casefold() in _EMPTY or text in CELLS else text


def parse(text: str) -> Document:
    """Read a document. Never raises: what is not there is absent."""
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    heads = _headings(tokens)
    title = next((words for level, _, words in heads if level == 1), "")
    found = _INCIDENT.search(title)
    tables = _tables(tokens)
    return Document(
        title,
        found.group() if found else None,
        _fields(tables),
        _parts(heads, lines),
        tuple(row for table in tables for row in _actions(table)),
        text,
    )


def _headings(tokens: list[Token]) -> list[tuple[int, int, str]]:
    """(level, first line from 0, words) of every heading."""
    return [
        (int(token.tag[1]), token.map[0], tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.map
    ]


def _parts(heads: list[tuple[int, int, str]], lines: list[str]) -> tuple[Part, ...]:
    seconds = [(line, words) for level, line, words in heads if level == 2]
    parts = []
    for index, (line, words) in enumerate(seconds):
        end = seconds[index + 1][0] if index + 1 < len(seconds) else len(lines)
        found = _NUMBER.match(words)
        parts.append(Part(found[1] if found else words, line + 1, "\n".join(lines[line + 1 : end]).strip()))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class _Table:
    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]  # line from 1, cells


def _tables(tokens: list[Token]) -> list[_Table]:
    tables: list[_Table] = []
    rows: list[tuple[int, tuple[str, ...]]] = []
    cells: list[str] = []
    line = 0
    for index, token in enumerate(tokens):
        match token.type:
            case "table_open":
                rows = []
            case "tr_open":
                cells, line = [], (token.map[0] + 1 if token.map else line)
            case "th_open" | "td_open":
                cells.append(tokens[index + 1].content.strip())
            case "tr_close":
                rows.append((line, tuple(cells)))
            case "table_close" if rows:
                tables.append(_Table(tuple(cell.casefold() for cell in rows[0][1]), tuple(rows[1:])))
    return tables


def _fields(tables: list[_Table]) -> dict[str, str]:
    """The first table of two columns without a head: the sheet of facts at the top."""
    for table in tables:
        if len(table.head) == 2 and not any(table.head):
            return {cells[0].casefold(): cells[1] for _, cells in table.rows if len(cells) == 2}
    return {}


_COLUMNS = {
    "what": ("what", "action", "item", "task"),
    "owner": ("owner", "who", "assignee", "responsible"),
    "deadline": ("deadline", "due", "until", "by when", "date"),
    "priority": ("priority", "prio"),
}


def _actions(table: _Table) -> list[ActionRow]:
    where = {
        name: next(
            (index for index, cell in enumerate(table.head) if any(word in cell for word in words)), None
        )
        for name, words in _COLUMNS.items()
    }
    if where["what"] is None or where["owner"] is None or where["deadline"] is None:
        return []

    def cell(cells: tuple[str, ...], name: str) -> str | None:
        index = where[name]
        return filled(cells[index]) if index is not None and index < len(cells) else None

    return [
        ActionRow(
            line,
            cell(cells, "what"),
            cell(cells, "owner"),
            day(cell(cells, "deadline")),
            cell(cells, "deadline"),
            (cell(cells, "priority") or "").casefold() or None,
        )
        for line, cells in table.rows
        if any(filled(each) for each in cells)
    ]


def day(text: str | None) -> date | None:
    """The day a text names as YYYY-MM-DD, or None."""
    found = _DAY.search(text or "")
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
