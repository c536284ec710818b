"""The blocks of a Markdown document: values that remember their lines and byte offsets.

Made by `markdown.read`. Source of the rules: docs/reference/runbook-language.md, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic, Span


# Not frozen, because one is made per line of text and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Line:
    """One line of the original, without line end and without the prefix of the lists and quotes around it.

    Attributes:
        text: its characters; bytes that are no UTF-8 are shown as U+FFFD.
        number: 1-based line number.
        start, end: byte offsets into the original; original[start:end] is the text.
        raw: the characters with surrogate escapes, only where they differ from `text`.
    """

    text: str
    number: int
    start: int
    end: int
    raw: str = ""

    def at(self, index: int) -> int:
        """The byte offset of character `index`."""
        if self.end - self.start == len(self.text):
            return self.start + index
        return self.start + len((self.raw or self.text)[:index].encode("utf-8", "surrogateescape"))

    def cut(self, first: int, last: int | None = None) -> Line:
        """The part from character `first` to before `last` as a line of its own."""
        stop = len(self.text) if last is None else min(last, len(self.text))
        if first <= 0 and stop == len(self.text):
            return self
        first = min(first, stop)
        raw = self.raw[first:stop] if self.raw else ""
        if self.end - self.start == len(self.text):  # as in `at`, without asking twice
            return Line(self.text[first:stop], self.number, self.start + first, self.start + stop, raw)
        return Line(self.text[first:stop], self.number, self.at(first), self.at(stop), raw)

    def stripped(self) -> Line:
        """Without surrounding white space."""
        bare = self.text.lstrip()
        left = len(self.text) - len(bare)
        if not left and not (bare and bare[-1].isspace()):
            return self
        return self.cut(left, left + len(bare.rstrip()))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `title` is its inline text, markup included; level is 1 to 6."""

    level: int
    title: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A bold line or a bold lead-in: `**Resolution:**` (no value) or `**Symptoms**: 502 errors`.

    Attributes:
        name: the bold words, without markup and final colon.
        value: the rest, lines joined by newlines, or None.
        separator: ":" or "-", or "" for a line that is only bold.
        value_lines: the rest with its places.
    """

    name: str
    value: str | None
    separator: str
    span: Span
    text: str
    value_lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose. `text` is verbatim without list and quote prefixes, lines joined by newlines."""

    span: Span
    text: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Fence:
    """A code block.

    Attributes:
        language: first word of the info string, lower case, without braces and dot; "" if there is none.
        info: the info string. indented: a code block by indentation, without fence.
        closed: whether the closing fence was found.
        lines: the content.
    """

    language: str
    info: str
    span: Span
    text: str
    lines: tuple[Line, ...]
    indented: bool = False
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One list item with the blocks it owns, nested lists included.

    Attributes:
        number: of an ordered item, else None. ticked: state of a checkbox, or None without one.
        blocks: usually a Label or Paragraph first; fences that follow the item without indentation are here too.
    """

    number: int | None
    ticked: bool | None
    blocks: tuple[Block, ...]
    span: Span

    @property
    def lead(self) -> str:
        """The item's own words (first block if it is prose), markup included; "" if it starts otherwise."""
        match self.blocks:
            case (Paragraph(text=text) | Label(text=text), *_):
                return text
            case _:
                return ""


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list. `pieces` are the spans it was joined from (one unless it was broken)."""

    ordered: bool
    items: tuple[Item, ...]
    span: Span
    pieces: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quote or admonition. `kind` is "quote", or note, tip, important, warning, caution, danger …"""

    kind: str
    blocks: tuple[Block, ...]
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells as inline text, and its line."""

    cells: tuple[str, ...]
    span: Span
    line: Line


@dataclass(frozen=True, slots=True)
class Table:
    """A table: header cells and rows (cells padded to the header's width)."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""

    span: Span


@dataclass(frozen=True, slots=True)
class Hidden:
    """Text a reader of the rendered page does not see (an HTML comment), or text beyond the size limit."""

    span: Span
    text: str


Block = Heading | Label | Paragraph | Fence | ListBlock | Quote | Table | Rule | Hidden


@dataclass(frozen=True, slots=True)
class Document:
    """The blocks of a whole document, in order; headings are blocks among the others.

    Attributes:
        data: the original bytes; every span is a range of them.
        front_matter: key and value of metadata at the top, keys in lower case, in order.
    """

    data: bytes
    lines: tuple[Line, ...]
    blocks: tuple[Block, ...]
    front_matter: tuple[tuple[str, str], ...] = ()
    front_matter_span: Span | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    def slice(self, span: Span) -> str:
        """The original text of a span, verbatim (line ends included)."""
        return self.data[span.start : span.end].decode("utf-8", "replace")

    def whole(self) -> Span:
        """The span of the document."""
        return Span(0, len(self.data), 1, max(1, len(self.lines)))


def span_of(lines: Sequence[Line]) -> Span:
    """The span from the first to the last of these lines (at least one)."""
    return Span(lines[0].start, lines[-1].end, lines[0].number, lines[-1].number)


def around(first: Span, last: Span) -> Span:
    """The span from the start of the first to the end of the last."""
    return Span(first.start, max(first.end, last.end), first.first_line, max(first.last_line, last.last_line))


def text_of(lines: Sequence[Line]) -> str:
    """The texts of these lines, joined by newlines."""
    return lines[0].text if len(lines) == 1 else "\n".join([line.text for line in lines])
