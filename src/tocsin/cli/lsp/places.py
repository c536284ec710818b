"""Places in an edited text: the protocol counts lines from 0 and columns in UTF-16 code units, we count characters."""

import re
from dataclasses import dataclass, field

_END = re.compile("\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Position:
    """A place as the protocol has it."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Range:
    """From a place to before another."""

    start: Position
    end: Position


@dataclass
class Places:
    """A text with its lines. `starts` are character offsets, `ends` those before the line's end mark."""

    text: str
    starts: list[int] = field(init=False)
    ends: list[int] = field(init=False)

    def __post_init__(self) -> None:
        found = list(_END.finditer(self.text))
        self.starts = [0, *(mark.end() for mark in found)]
        self.ends = [*(mark.start() for mark in found), len(self.text)]

    def line(self, number: int) -> str:
        """A line (from 0) without its end; "" beyond the text."""
        return self.text[self.starts[number] : self.ends[number]] if 0 <= number < len(self.starts) else ""

    def offset(self, at: Position) -> int:
        """The character offset of a place; beyond a line its end, beyond the text the text's end.

        A column inside a surrogate pair is the character's beginning.
        """
        if at.line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[at.line], self.ends[at.line]
        line = self.text[start:end]
        if line.isascii():
            return min(start + at.character, end)
        units = 0
        for place, char in enumerate(line):
            width = 2 if ord(char) > 0xFFFF else 1
            if units + width > at.character:
                return start + place
            units += width
        return end

    def position(self, line: int, column: int) -> Position:
        """The place of a character column (both from 0)."""
        line = max(0, min(line, len(self.starts) - 1))
        return Position(line, units(self.line(line)[: max(0, column)]))

    def whole_lines(self, first: int, last: int) -> Range:
        """From the beginning of a line to the end of another (both from 0)."""
        last = max(0, min(last, len(self.starts) - 1))
        first = max(0, min(first, last))
        return Range(Position(first, 0), Position(last, units(self.line(last))))

    def at_byte(self, offset: int) -> Position:
        """The place of a UTF-8 byte offset."""
        before = self.text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace")
        above = _END.split(before)
        return Position(len(above) - 1, units(above[-1]))

    def changed(self, where: Range | None, text: str) -> "Places":
        """The text after an edit; no range replaces all of it."""
        if where is None:
            return Places(text)
        start, end = self.offset(where.start), self.offset(where.end)
        start, end = min(start, end), max(start, end)
        return Places(self.text[:start] + text + self.text[end:])


def units(text: str) -> int:
    """How many UTF-16 code units a text is.

    >>> units("a😀")
    3
    """
    return len(text) if text.isascii() else sum(2 if ord(char) > 0xFFFF else 1 for char in text)
