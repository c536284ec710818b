"""Markdown text to blocks that remember their lines and byte offsets.

CommonMark is the base (block level only; inline text stays verbatim). On top come the readings real
runbooks need: bold lines are labels, ordered lists broken by fences are joined again, a fence that never
closes ends at the next heading, HTML comments are hidden text. Source of the rules:
docs/reference/runbook-language.md, section 4.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from tocsin.runbook.book import Diagnostic, Level, Span

SIZE_LIMIT = 4 * 1024 * 1024  # bytes; what follows is kept as text
NESTING_LIMIT = 64


@dataclass(frozen=True, slots=True)
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
        first = min(first, stop)
        raw = self.raw[first:stop] if self.raw else ""
        return Line(self.text[first:stop], self.number, self.at(first), self.at(stop), raw)

    def stripped(self) -> Line:
        """Without surrounding white space."""
        left = len(self.text) - len(self.text.lstrip())
        return self.cut(left, max(left, len(self.text.rstrip())))


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
    """One row of a table: its cells as inline text."""

    cells: tuple[str, ...]
    span: Span


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


def read(text: str | bytes) -> Document:
    """The blocks of a document. Total: any text or bytes give a Document, in linear time."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    lines = _lines(data)
    diagnostics: list[Diagnostic] = []
    first, front, front_span = _front_matter(lines)
    last = len(lines)
    if len(data) > SIZE_LIMIT:
        last = next((i for i, line in enumerate(lines) if line.end > SIZE_LIMIT), last)
        last = max(last, first)
    blocks: list[Block] = []
    for a, b in _segments(lines, first, last):
        blocks.extend(_parse(lines[a:b]))
    joined = _joined(blocks)
    if last < len(lines):
        rest = span_of(lines[last:])
        blocks_tail: tuple[Block, ...] = (Hidden(rest, ""),)
        diagnostics.append(
            _note(
                "TOC120", rest, "the document is larger than 4 MB; what follows is kept as text and not read"
            )
        )
    else:
        blocks_tail = ()
    diagnostics.extend(_remarks(joined))
    return Document(data, tuple(lines), (*joined, *blocks_tail), front, front_span, tuple(diagnostics))


def span_of(lines: Sequence[Line]) -> Span:
    """The span from the first to the last of these lines (at least one)."""
    return Span(lines[0].start, lines[-1].end, lines[0].number, lines[-1].number)


def around(first: Span, last: Span) -> Span:
    """The span from the start of the first to the end of the last."""
    return Span(first.start, max(first.end, last.end), first.first_line, max(first.last_line, last.last_line))


# --- inline text -------------------------------------------------------------------------------------

_CODE_SPAN = re.compile(r"(?<!`)(`{1,8})(?!`)(.{1,4000}?)(?<!`)\1(?!`)", re.S)
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\(\s*<?([^()\s<>]{1,2000}(?:\([^()\s]{0,500}\))?)>?[^()\n]{0,300}\)"
)
_URL = re.compile(r"https?://[^\s<>\"'`)\]}]+")
_EMPHASIS = re.compile(r"(\*{1,3}|(?<!\w)_{1,3})(?=\S)(.{1,2000}?)(?<=\S)\1(?!\w)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Inline text without its markup: emphasis, links and code spans give their words, entities are decoded.

    >>> plain("**Check** the [logs](http://x/y) with `tail -f`")
    'Check the logs with tail -f'
    """
    if not any(mark in text for mark in "`*_[&\\"):
        return text.strip()
    out: list[str] = []
    position = 0
    for code in _CODE_SPAN.finditer(text):
        out.append(_plain_words(text[position : code.start()]))
        out.append(code[2].strip())
        position = code.end()
    out.append(_plain_words(text[position:]))
    return "".join(out).strip()


def _plain_words(text: str) -> str:
    text = _LINK.sub(r"\1", text)
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
    # Emphasis that encloses a code span is seen here only half; its marks are no words.
    text = text.replace("**", "")
    return html.unescape(_ESCAPED.sub(r"\1", text))


def code_spans(text: str) -> tuple[tuple[int, int, str], ...]:
    """The code spans of inline text: start and end of the content, and the content."""
    return tuple((m.start(2), m.end(2), m[2]) for m in _CODE_SPAN.finditer(text))


def links(text: str) -> tuple[str, ...]:
    """The http(s) addresses in inline text, in order, without repetition."""
    return tuple(dict.fromkeys(url.rstrip(".,;:!?*") for url in _URL.findall(text)))


# --- lines -------------------------------------------------------------------------------------------

_BAD = re.compile("[\udc80-\udcff]")


def _lines(data: bytes) -> list[Line]:
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    text = data[start:].decode("utf-8", "surrogateescape")
    if "\r" in text:
        parts = re.split("(\r\n|\n|\r)", text)
        texts, ends = parts[0::2], [*map(len, parts[1::2]), 0]
    else:
        texts = text.split("\n")
        ends = [1] * (len(texts) - 1) + [0]
    bad = _BAD.search(text) is not None
    out: list[Line] = []
    for number, (line, gap) in enumerate(zip(texts, ends, strict=True), 1):
        size = len(line) if line.isascii() else len(line.encode("utf-8", "surrogateescape"))
        clean = _BAD.sub("\ufffd", line) if bad else line
        out.append(Line(clean, number, start, start + size, line if clean != line else ""))
        start += size + gap
    if len(out) > 1 and not out[-1].text:
        out.pop()  # the empty string after a final newline is no line
    return out


_FRONT_KEY = re.compile(r"([A-Za-z_][\w.-]*)\s*[:=]\s*(.*)$")


def _front_matter(lines: list[Line]) -> tuple[int, tuple[tuple[str, str], ...], Span | None]:
    mark = lines[0].text.rstrip() if lines else ""
    if mark not in ("---", "+++"):
        return 0, (), None
    close = next((i for i in range(1, min(len(lines), 400)) if lines[i].text.rstrip() == mark), None)
    if close is None or not any(_FRONT_KEY.match(line.text) for line in lines[1:close]):
        return 0, (), None
    entries: list[tuple[str, str]] = []
    for line in lines[1:close]:
        if found := _FRONT_KEY.match(line.text):
            entries.append((found[1].lower(), found[2].strip().strip("\"'")))
        elif entries and line.text.strip():
            key, value = entries[-1]
            entries[-1] = (key, f"{value}\n{line.text.strip()}".strip())
    return close + 1, tuple(entries), span_of(lines[: close + 1])


# --- segments: a fence that never closes ---------------------------------------------------------------

_OPEN = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+|>\s?)*(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_DEEP_HEADING = re.compile(r"#{3,6}\s+\S")
_SECTION_HEADING = re.compile(r"##\s+\S")


def _segments(lines: list[Line], first: int, last: int) -> list[tuple[int, int]]:
    """Cuts the document where a fence that never closes must end, so that what follows is read as Markdown."""
    closers: dict[str, list[tuple[int, int]]] = {
        "`": [],
        "~": [],
    }  # (index, longest run from here on), from the end
    for i in range(last - 1, first - 1, -1):
        text = lines[i].text.strip().lstrip("> ")
        if text[:3] in ("```", "~~~") and not text.strip(text[0]):
            known = closers[text[0]]
            if not known or len(text) > known[-1][1]:
                known.append((i, len(text)))
    out: list[tuple[int, int]] = []
    start = i = first
    while i < last:
        opened = _OPEN.match(lines[i].text) if "```" in lines[i].text or "~~~" in lines[i].text else None
        if opened is None:
            i += 1
            continue
        mark = opened[1]
        if any(index > i and run >= len(mark) for index, run in closers[mark[0]]):
            i += 1
            while not _closes(lines[i].text, mark):
                i += 1
            i += 1
            continue
        i += 1
        while i < last and not _ends_unclosed(lines, i):
            i += 1
        out.append((start, i))
        start = i
    if start < last:
        out.append((start, last))
    return out


def _closes(text: str, mark: str) -> bool:
    bare = text.strip().lstrip("> ")
    return len(bare) >= len(mark) and bare[0] == mark[0] and not bare.strip(mark[0])


def _ends_unclosed(lines: list[Line], i: int) -> bool:
    text = lines[i].text
    if _DEEP_HEADING.match(text):
        return True
    return _SECTION_HEADING.match(text) is not None and not lines[i - 1].text.strip()


# --- CommonMark blocks ---------------------------------------------------------------------------------


def _hidden(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A block rule for markdown-it: an HTML comment at the start of a line, to its end."""
    start = state.bMarks[first] + state.tShift[first]
    if state.is_code_block(first) or not state.src.startswith("<!--", start):
        return False
    end = state.src.find("-->", start)
    if end < 0:
        return False  # a comment that never ends hides nothing: the reader would miss the rest
    if silent:
        return True
    line = first + 1
    while line < last and state.bMarks[line] <= end:
        line += 1
    state.line = line
    token = state.push("hidden", "", 0)
    token.map = [first, line]
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING_LIMIT}).enable("table")
    # A link definition is text like any other here, and `<branch-or-sha>` is a placeholder, not a tag.
    parser.disable(["reference", "html_block"])
    parser.block.ruler.before(
        "fence", "hidden", _hidden, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    return parser


_PARSER = _parser()


def _parse(lines: Sequence[Line]) -> list[Block]:
    tokens: list[Token] = []
    _PARSER.block.parse("\n".join(line.text for line in lines), _PARSER, {}, tokens)
    return _Builder(lines, tokens).blocks(None)


class _Builder:
    """Turns the flat tokens of one segment into nested blocks."""

    def __init__(self, lines: Sequence[Line], tokens: list[Token]) -> None:
        self.lines = lines
        self.tokens = tokens
        self.position = 0

    def blocks(self, until: str | None) -> list[Block]:
        out: list[Block] = []
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            self.position += 1
            if token.type == until:
                break
            out.extend(self._block(token))
        return _admonitions(out)

    def _block(self, token: Token) -> Iterable[Block]:
        first, last = token.map or (0, 0)
        match token.type:
            case "heading_open":
                return self._heading(token, first, last)
            case "paragraph_open":
                inline = self.tokens[self.position]
                self.position += 2
                return prose(self._place(inline.content, first))
            case "fence":
                return (self._fence(token, first, last),)
            case "code_block":
                lines = self._place(token.content.rstrip("\n"), first)
                return (Fence("", "", span_of(lines), _text(lines), lines, indented=True),) if lines else ()
            case "bullet_list_open" | "ordered_list_open":
                return (self._list(token),)
            case "blockquote_open":
                return (self._quote(first, last),)
            case "table_open":
                return (self._table(first, last),)
            case "hr":
                return (Rule(self._trimmed(first, last)),)
            case "hidden":
                span = self._trimmed(first, last)
                return (Hidden(span, _text(self.lines[first:last])),)
            case _:
                return ()

    def _heading(self, token: Token, first: int, last: int) -> Iterable[Block]:
        content = self.tokens[self.position].content
        self.position += 2
        setext = token.markup in ("-", "=")
        # "text ⏎ ---" is meant as text and a rule far more often than as a heading, once it is long,
        # spans lines or is a labelled field.
        if setext and (
            "\n" in content or len(content) > 80 or _LABEL.match(content) or content.endswith(".")
        ):
            lines = self._place(content, first)
            rule = self.lines[last - 1]
            return (*prose(lines), Rule(span_of([rule])))
        span = self._trimmed(first, last)
        return (Heading(int(token.tag[1]), content.strip(), span, _text(self.lines[first:last])),)

    def _fence(self, token: Token, first: int, last: int) -> Fence:
        raw = token.content.removesuffix("\n")
        lines = self._place(raw, first + 1) if token.content else ()
        count = token.content.count("\n")
        closed = last - first >= count + 2
        opening = self.lines[first]
        start = opening.cut(max(opening.text.find(token.markup), 0))
        end = self.lines[max(first, last - 1)]
        info = html.unescape(token.info.strip())
        span = Span(start.start, max(end.end, start.end), start.number, end.number)
        return Fence(_language(info), info, span, _text(lines), lines, closed=closed)

    def _list(self, token: Token) -> ListBlock:
        ordered = token.type == "ordered_list_open"
        until = "ordered_list_close" if ordered else "bullet_list_close"
        items: list[Item] = []
        while self.position < len(self.tokens):
            inner = self.tokens[self.position]
            self.position += 1
            if inner.type == until:
                break
            if inner.type == "list_item_open":
                items.append(self._item(inner, ordered))
        span = around(items[0].span, items[-1].span) if items else self._trimmed(*(token.map or (0, 1)))
        return ListBlock(ordered, tuple(items), span, (span,))

    def _item(self, token: Token, ordered: bool) -> Item:
        first, last = token.map or (0, 1)
        blocks = _joined(self.blocks("list_item_close"))
        line = self.lines[first]
        marker = re.compile(rf"(?:{re.escape(token.info)})?{re.escape(token.markup)}(?=\s|$)")
        limit = blocks[0].span.start if blocks else line.end
        column = 0
        for found in marker.finditer(line.text):  # the last marker before the content is this item's own
            if blocks and line.at(found.start()) >= limit:
                break
            column = found.start()
        start = line.cut(column)
        end = self._trimmed(first, last)
        ticked, blocks = _checkbox(blocks)
        number = int(token.info) if ordered and token.info.isdigit() else None
        span = Span(start.start, max(end.end, start.start), start.number, max(end.last_line, start.number))
        return Item(number, ticked, tuple(blocks), span)

    def _quote(self, first: int, last: int) -> Quote:
        blocks = _joined(self.blocks("blockquote_close"))
        span = self._trimmed(first, last)
        kind = "quote"
        match blocks:
            case [Paragraph(text=text, lines=lines), *rest] if found := _ALERT.match(text):
                kind = found[1].lower()
                left = [line for line in (lines[0].cut(found.end()).stripped(), *lines[1:]) if line.text]
                blocks = [*prose(tuple(left)), *rest]
            case _:
                pass
        return Quote(kind, tuple(blocks), span, _text(self.lines[first:last]))

    def _table(self, first: int, last: int) -> Table:
        depth = 1
        while self.position < len(self.tokens) and depth:
            inner = self.tokens[self.position].type
            depth += (inner == "table_open") - (inner == "table_close")
            self.position += 1
        header = _cells(self.lines[first].text)
        rows = []
        for line in self.lines[first + 2 : last]:
            if line.text.strip():
                cells = _cells(line.text)[: len(header)]
                rows.append(Row((*cells, *[""] * (len(header) - len(cells))), span_of([line])))
        return Table(header, tuple(rows), self._trimmed(first, last), _text(self.lines[first:last]))

    def _trimmed(self, first: int, last: int) -> Span:
        """The span of these lines without blank lines at the end, starting at the first character."""
        while last - 1 > first and not self.lines[last - 1].text.strip():
            last -= 1
        begin = self.lines[first].stripped()
        end = self.lines[max(first, last - 1)]
        return Span(begin.start, max(end.end, begin.start), begin.number, end.number)

    def _place(self, content: str, first: int) -> tuple[Line, ...]:
        """Finds each line of a block's content in the original: it is the end of that line."""
        out = []
        for offset, text in enumerate(content.split("\n")):
            if first + offset >= len(self.lines):
                break
            line = self.lines[first + offset]
            whole = line.text
            if whole.endswith(text):
                out.append(line.cut(len(whole) - len(text)))
                continue
            # A trimmed end, or a tab of which the list's indentation took a part.
            bare = text.strip()
            at = whole.rfind(bare) if bare else len(whole)
            out.append(line.cut(at, at + len(bare)) if at >= 0 else line)
        return tuple(out)


def _text(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines)


def _language(info: str) -> str:
    """The language an info string names: `{.bash}`, `{bash}`, `bash title="x"` are all bash."""
    words = info.replace("{", " ").replace("}", " ").split()
    word = words[0].lstrip(".").lower() if words else ""
    return re.split(r"[,:;=]", word)[0] if word else ""


def _cells(text: str) -> tuple[str, ...]:
    row = text.strip().lstrip(">").strip()
    row = row.removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return tuple(cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row))


_ALERT = re.compile(r"\[!(\w+)\]\s*")
_CHECK = re.compile(r"\[([ xX])\]\s+")


def _checkbox(blocks: list[Block]) -> tuple[bool | None, list[Block]]:
    match blocks:
        case [Paragraph(lines=lines), *rest] if lines and (found := _CHECK.match(lines[0].text)):
            left = (lines[0].cut(found.end()), *lines[1:])
            return found[1] in "xX", [*prose(left), *rest]
        case _:
            return None, blocks


# --- labels --------------------------------------------------------------------------------------------

_LABEL = re.compile(
    r"(?P<mark>[^\w\s*`\[<>]{0,4}\s*)(?:\*\*|__)(?P<name>(?:(?!\*\*|__).){1,200})(?:\*\*|__)"
    r"(?P<after>\s*[:：]|\s+[-–—](?=\s)|)\s*(?P<rest>.*)$"
)


def prose(lines: Sequence[Line]) -> list[Block]:
    """A paragraph as paragraphs and labels: a line that starts with `**Label**:` begins a new block."""
    out: list[Block] = []
    pending: list[Line] = []
    label: re.Match[str] | None = None

    def flush() -> None:
        if pending:
            span, text = span_of(pending), _text(pending)
            if label is None:
                out.append(Paragraph(span, text, tuple(pending)))
            else:
                out.append(_label(label, pending, span, text))

    for line in lines:
        found = _LABEL.match(line.text) if ("**" in line.text or "__" in line.text) else None
        if found is not None and _is_label(found, alone=len(lines) == 1):
            flush()
            pending, label = [line], found
        else:
            pending.append(line)
    flush()
    return out


def _is_label(found: re.Match[str], *, alone: bool) -> bool:
    inside = found["name"].rstrip().endswith((":", "："))
    if found["after"].strip() or inside:
        return True
    return not found["rest"].strip() and alone


def _label(found: re.Match[str], lines: list[Line], span: Span, text: str) -> Label:
    inside = found["name"].rstrip().endswith((":", "："))
    after = found["after"].strip()
    separator = ":" if inside or after in (":", "：") else "-" if after else ""
    rest = lines[0].cut(found.start("rest"))
    values = tuple(line for line in (rest, *lines[1:]) if line.text.strip())
    name = found["name"].strip().rstrip(":：").strip()
    return Label(name, _text(values).strip() or None, separator, span, text, values)


# --- readings on top of CommonMark -----------------------------------------------------------------------

_MKDOCS = re.compile(r"(?:!!!|\?\?\?\+?)\s*(\w+)?")


def _admonitions(blocks: list[Block]) -> list[Block]:
    """`!!! warning` and the indented block below it are one admonition; its content is Markdown, not code."""
    out: list[Block] = []
    for block in blocks:
        match block:
            case Fence(indented=True, lines=lines) if out and isinstance(out[-1], Paragraph):
                lead = out[-1]
                if found := _MKDOCS.match(lead.text):
                    span = around(lead.span, block.span)
                    inner = _joined(_parse(lines))
                    out[-1] = Quote(
                        (found[1] or "note").lower(), (lead, *inner), span, f"{lead.text}\n{block.text}"
                    )
                    continue
                out.append(block)
            case _:
                out.append(block)
    return out


def _joined(blocks: list[Block]) -> list[Block]:
    """Joins ordered lists that unindented blocks broke, and gives a fence to the list item above it."""
    out: list[Block] = []
    position = 0
    while position < len(blocks):
        block = blocks[position]
        position += 1
        if not isinstance(block, ListBlock) or not block.items:
            out.append(block)
            continue
        current = block
        while True:
            between, following = _interruption(blocks, position, current)
            if following is None:
                break
            items = (*current.items[:-1], _owning(current.items[-1], between), *following.items)
            current = ListBlock(
                True, items, around(current.span, following.span), (*current.pieces, *following.pieces)
            )
            position += len(between) + 1
        owned = _owned_after(blocks, position, current)
        if owned:
            items = (*current.items[:-1], _owning(current.items[-1], owned))
            span = around(current.span, owned[-1].span)
            current = replace(current, items=items, span=span, pieces=(*current.pieces[:-1], span))
            position += len(owned)
        out.append(current)
    return out


def _interruption(
    blocks: list[Block], position: int, current: ListBlock
) -> tuple[list[Block], ListBlock | None]:
    """The blocks between an ordered list and its continuation, and the continuation, if there is one."""
    last = current.items[-1].number
    if not current.ordered or last is None:
        return [], None
    between: list[Block] = []
    while position < len(blocks):
        block = blocks[position]
        match block:
            case Fence() | Quote() | Table() | Paragraph() | Hidden():
                between.append(block)
            case Label(value=str()):
                between.append(block)
            case ListBlock(ordered=False) if between:
                between.append(block)
            case ListBlock(ordered=True) if block.items and block.items[0].number == last + 1:
                return between, block
            case _:
                return [], None
        if len(between) > 50:  # a list that pauses this long has ended
            return [], None
        position += 1
    return [], None


def _owned_after(blocks: list[Block], position: int, current: ListBlock) -> list[Block]:
    """The fences right after a list that belong to its last item."""
    item = current.items[-1]
    owned: list[Block] = []
    while position + len(owned) < len(blocks):
        block = blocks[position + len(owned)]
        if not isinstance(block, Fence) or block.indented:
            break
        end = owned[-1].span if owned else item.span
        near = block.span.first_line == end.last_line + 1
        if not (current.ordered or near or item.lead.rstrip(" *_").endswith(":")):
            break
        owned.append(block)
    return owned


def _owning(item: Item, blocks: Sequence[Block]) -> Item:
    if not blocks:
        return item
    return replace(item, blocks=(*item.blocks, *blocks), span=around(item.span, blocks[-1].span))


# --- remarks -------------------------------------------------------------------------------------------

_INCLUDE = re.compile(
    r"\{%-?\s*include|<%=?\s*(?:render|partial|include)|\{\{[<%]\s*(?:include|readfile|partial)|--8<--"
)


def _remarks(blocks: Iterable[Block]) -> list[Diagnostic]:
    out: list[Diagnostic] = []
    for block in blocks:
        match block:
            case Fence(closed=False, indented=False, span=span):
                out.append(
                    _note(
                        "TOC120", span, "this fence never closes; it was ended where the next heading starts"
                    )
                )
            case Paragraph(text=text, span=span) if _INCLUDE.search(text):
                out.append(
                    _note(
                        "TOC119",
                        span,
                        "an include hides content: people read more here than we do",
                        Level.WARNING,
                    )
                )
            case ListBlock(items=items, pieces=pieces, span=span):
                if len(pieces) > 1:
                    out.append(
                        _note(
                            "TOC122",
                            span,
                            f"{len(pieces)} pieces were read as one list of {len(items)} items",
                        )
                    )
                for item in items:
                    out.extend(_remarks(item.blocks))
            case Quote(blocks=inner):
                out.extend(_remarks(inner))
            case _:
                pass
    return out


def _note(rule: str, span: Span, message: str, level: Level = Level.NOTE) -> Diagnostic:
    return Diagnostic(rule, level, span, 1, message)
