"""The lines of the document as written, with whether they stand in a fence. For rules about text, not steps."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.runbook.book import Section
from tocsin.runbook.diagnostic import Span

_LINE_END = re.compile("\r\n|\n|\r")


def split_lines(source: str) -> tuple[str, ...]:
    """The lines of a document as the compiler counts them: CR, LF or both end a line, nothing else does."""
    return tuple(_LINE_END.split(source.removeprefix("\ufeff")))


_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d+[.)])\s+)?(`{3,}|~{3,})\s*\{?\.?([\w+-]*)")


# Not frozen, because one is made per line of text and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class RawLine:
    """One line. `language` is that of its fence ("" outside or unlabelled)."""

    number: int
    text: str
    fenced: bool
    language: str

    @property
    def span(self) -> Span:
        return Span(0, 0, self.number, self.number)


def between(lines: Sequence[RawLine], first: int, last: int) -> Sequence[RawLine]:
    """Those of some lines, in the order of the document, that stand from one number to another, both included."""
    begin = bisect_left(lines, first, key=_number)
    return lines[begin : bisect_right(lines, last, begin, key=_number)]


def _number(line: RawLine) -> int:
    return line.number


def raw_lines(sections: tuple[Section, ...], source: tuple[str, ...] | None) -> tuple[RawLine, ...]:
    """Every line of the document; rebuilt from the sections when the source is not at hand."""
    return _fenced(list(enumerate(source, 1)) if source is not None else _from_sections(sections))


def _from_sections(sections: tuple[Section, ...]) -> list[tuple[int, str]]:
    found: dict[int, str] = {}
    for section in sections:
        lines = split_lines(section.text)
        own = bool(lines) and section.title[:40] in lines[0].replace("*", "").replace("`", "")
        first = section.heading_line if own else section.heading_line + 1
        for offset, text in enumerate(lines):
            found.setdefault(first + offset, text)
    return sorted(found.items())


def _fenced(numbered: list[tuple[int, str]]) -> tuple[RawLine, ...]:
    out: list[RawLine] = []
    mark = ""
    language = ""
    for number, text in numbered:
        found = _FENCE.match(text) if "```" in text or "~~~" in text else None
        if mark:
            closes = found is not None and found[1].startswith(mark) and not found[2]
            out.append(RawLine(number, text, not closes, language))
            if closes:
                mark = language = ""
        elif found is not None:
            mark, language = found[1], found[2].lower()
            out.append(RawLine(number, text, False, ""))
        else:
            out.append(RawLine(number, text, False, ""))
    return tuple(out)
