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

from markdown_it.token import Token

from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.markdown.admonitions import admonitions
from tocsin.runbook.markdown.asciidoc import as_markdown
from tocsin.runbook.markdown.blocks import (
    Block,
    Document,
    Fence,
    Heading,
    Hidden,
    Item,
    Label,
    Line,
    ListBlock,
    Paragraph,
    Quote,
    Row,
    Rule,
    Table,
    around,
    span_of,
    text_of,
)
from tocsin.runbook.markdown.commonmark import PARSER
from tocsin.runbook.markdown.flat import checkbox, flat_list
from tocsin.runbook.markdown.ignore import blanked
from tocsin.runbook.markdown.labels import LABEL, prose
from tocsin.runbook.markdown.lists import join_lists
from tocsin.runbook.markdown.marks import cells_of, language_of, marker
from tocsin.runbook.markdown.outer import Outer, outer
from tocsin.runbook.markdown.segments import front_matter, segments, split_lines
from tocsin.runbook.markdown.tabs import tabs
from tocsin.runbook.markdown.tagged import tagged
from tocsin.runbook.markdown.wiki import from_wiki
from tocsin.runbook.words.inline import code_spans, links, plain

SIZE_LIMIT = 16 * 1024 * 1024  # bytes; what follows is kept as text (compiling takes some 70 bytes per byte)


__all__ = [
    "Block", "Document", "Fence", "Heading", "Hidden", "Item", "Label", "Line", "ListBlock", "Paragraph",
    "Quote", "Row", "Rule", "Table", "around", "code_spans", "links", "plain", "read", "span_of",
]  # fmt: skip


def read(text: str | bytes) -> Document:
    """The blocks of a document. Total: any text or bytes give a Document, in linear time."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    lines = split_lines(data)
    if b"tocsin:" in data:
        lines = blanked(lines)
    diagnostics: list[Diagnostic] = []
    first, front, front_span = front_matter(lines)
    last = len(lines)
    if len(data) > SIZE_LIMIT:
        last = next((i for i, line in enumerate(lines) if line.end > SIZE_LIMIT), last)
        last = max(last, first)
    blocks: list[Block] = []
    texts = (
        as_markdown([line.text for line in lines])
        if b"== " in data and any(line.text.startswith("== ") for line in lines)
        else from_wiki([line.text for line in lines])
        if b"{code" in data or b"{noformat" in data
        else None
    )
    for a, b in segments(lines, first, last):
        blocks.extend(_segment(lines[a:b]) if texts is None else _parse(lines[a:b], texts=texts[a:b]))
    joined = join_lists(blocks)
    if last < len(lines):
        rest = span_of(lines[last:])
        blocks_tail: tuple[Block, ...] = (Hidden(rest, ""),)
        diagnostics.append(
            _note(
                "TOC120", rest, "the document is larger than 16 MB; what follows is kept as text and not read"
            )
        )
    else:
        blocks_tail = ()
    diagnostics.extend(_remarks(joined))
    return Document(data, tuple(lines), (*joined, *blocks_tail), front, front_span, tuple(diagnostics))


def _segment(lines: Sequence[Line]) -> list[Block]:
    """The blocks of lines in which no fence is open at the end."""
    out: list[Block] = []
    for kind, first, last in outer(lines):
        match kind:
            case Outer.HEADING:
                line = lines[first]
                signs = len(line.text) - len(line.text.lstrip("#"))
                span = Span(line.start, line.end, line.number, line.number)
                out.append(Heading(signs, line.text[signs:].strip(), span, line.text))
            case Outer.FENCE:
                out.append(_fence(lines[first:last]))
            case Outer.PARAGRAPH:
                out.extend(prose(_trimmed(lines[first:last])))
            case Outer.LIST:
                out.append(flat_list(lines[first:last]))
            case Outer.RULE:
                line = lines[first]
                out.append(Rule(Span(line.start, line.end, line.number, line.number)))
            case Outer.OTHER:
                out.extend(_parse(lines[first:last], more=last < len(lines)))
    return tabs(tagged(admonitions(out, _inner)))


def _fence(lines: Sequence[Line]) -> Fence:
    """A closed fence at the left margin, its first and last line included."""
    opening, closing = lines[0], lines[-1]
    info = html.unescape(opening.text.lstrip(opening.text[0]).strip())
    span = Span(opening.start, closing.end, opening.number, closing.number)
    inside = tuple(lines[1:-1])
    return Fence(language_of(info), info, span, text_of(inside), inside)


def _trimmed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines of a paragraph without blanks at its end."""
    last = lines[-1]
    return (*lines[:-1], last.cut(0, len(last.text.rstrip(" \t"))))


def _parse(lines: Sequence[Line], *, more: bool = False, texts: Sequence[str] | None = None) -> list[Block]:
    """The blocks of these lines; `more` if others follow them (a blank line at the end counts only then).

    Args:
        texts: what to read instead of each line, if it is written in another markup.
    """
    tokens: list[Token] = []
    text = "\n".join(texts or [line.text for line in lines])
    PARSER.block.parse(f"{text}\n" if more else text, PARSER, {}, tokens)
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
        found = tabs(tagged(admonitions(out, _inner)))
        if until != "list_item_close":
            return found
        return [inner for block in found for inner in _meant(block)]

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
                return (Fence("", "", span_of(lines), text_of(lines), lines, indented=True),) if lines else ()
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
                return (Hidden(span, text_of(self.lines[first:last])),)
            case _:
                return ()

    def _heading(self, token: Token, first: int, last: int) -> Iterable[Block]:
        content = self.tokens[self.position].content
        self.position += 2
        setext = token.markup in ("-", "=")
        # "text ⏎ ---" is meant as text and a rule far more often than as a heading, once it is long,
        # spans lines or is a labelled field.
        if setext and ("\n" in content or len(content) > 80 or LABEL.match(content) or content.endswith(".")):
            lines = self._place(content, first)
            rule = self.lines[last - 1]
            return (*prose(lines), Rule(span_of([rule])))
        span = self._trimmed(first, last)
        return (Heading(int(token.tag[1]), content.strip(), span, text_of(self.lines[first:last])),)

    def _fence(self, token: Token, first: int, last: int) -> Fence:
        raw = token.content.removesuffix("\n")
        lines = self._place(raw, first + 1) if token.content else ()
        count = token.content.count("\n")
        # At the end of a document the last line may be an empty one, so the closing mark itself is looked for.
        ending = self.lines[last - 1].text.strip().lstrip("> ") if last - first >= count + 2 else ""
        closed = ending.startswith(token.markup) and not ending.strip(token.markup[:1])
        opening = self.lines[first]
        start = opening.cut(max(opening.text.find(token.markup), 0))
        end = self.lines[max(first, last - 1)]
        info = html.unescape(token.info.strip())
        span = Span(start.start, max(end.end, start.end), start.number, end.number)
        return Fence(language_of(info), info, span, text_of(lines), lines, closed=closed)

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
        blocks = join_lists(self.blocks("list_item_close"))
        line = self.lines[first]
        sign = marker(token.info, token.markup)
        limit = blocks[0].span.start if blocks else line.end
        column = 0
        for found in sign.finditer(line.text):  # the last marker before the content is this item's own
            if blocks and line.at(found.start()) >= limit:
                break
            column = found.start()
        start = line.cut(column)
        end = self._trimmed(first, last)
        ticked, blocks = checkbox(blocks)
        number = int(token.info) if ordered and token.info.isdigit() else None
        span = Span(start.start, max(end.end, start.start), start.number, max(end.last_line, start.number))
        return Item(number, ticked, tuple(blocks), span)

    def _quote(self, first: int, last: int) -> Quote:
        blocks = join_lists(self.blocks("blockquote_close"))
        span = self._trimmed(first, last)
        kind = "quote"
        match blocks:
            case [Paragraph(text=text, lines=lines), *rest] if found := _ALERT.match(text):
                kind = found[1].lower()
                left = [line for line in (lines[0].cut(found.end()).stripped(), *lines[1:]) if line.text]
                blocks = [*prose(tuple(left)), *rest]
            case _:
                pass
        return Quote(kind, tuple(blocks), span, text_of(self.lines[first:last]))

    def _table(self, first: int, last: int) -> Table:
        depth = 1
        while self.position < len(self.tokens) and depth:
            inner = self.tokens[self.position].type
            depth += (inner == "table_open") - (inner == "table_close")
            self.position += 1
        header = cells_of(self.lines[first].text)
        rows = []
        for line in self.lines[first + 2 : last]:
            if line.text.strip():
                cells = cells_of(line.text)[: len(header)]
                rows.append(Row((*cells, *[""] * (len(header) - len(cells))), span_of([line]), line))
        return Table(header, tuple(rows), self._trimmed(first, last), text_of(self.lines[first:last]))

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
            if whole == text:
                out.append(line)
                continue
            if whole.endswith(text):
                out.append(line.cut(len(whole) - len(text)))
                continue
            # A trimmed end, or a tab of which the list's indentation took a part.
            bare = text.strip()
            at = whole.rfind(bare) if bare else len(whole)
            out.append(line.cut(at, at + len(bare)) if at >= 0 else line)
        return tuple(out)


_ALERT = re.compile(r"\[!(\w+)\]\s*")


def _inner(lines: Sequence[Line]) -> list[Block]:
    return join_lists(_parse(lines))


_OPENS_FENCE = re.compile(r"(`{3,}|~{3,})[\w.{}-]*[ \t]*\Z")


def _meant(block: Block) -> Sequence[Block]:
    """The block of an item; a fence indented to the words behind a checkbox, and so one step too far, is a fence."""
    match block:
        case Fence(indented=True, lines=lines) if len(lines) > 2:
            opened = _OPENS_FENCE.match(lines[0].text)
            return _parse(lines) if opened is not None and lines[-1].text.strip() == opened[1] else (block,)
        case _:
            return (block,)


_INCLUDE = re.compile(
    r"\{%-?\s*include|<%=?\s*(?:render|partial|include)|\{\{[<%]\s*(?:include|readfile|partial)|--8<--"
)


_OTHER_MARKUP = re.compile(
    r"^\.\. (?:code-block|sourcecode|code)::|<pre\b|<ac:structured-macro\b", re.MULTILINE
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
            case Paragraph(text=text, span=span) if _OTHER_MARKUP.search(text):
                message = (
                    "code in another markup than Markdown is read as text, no step is made of it: use a fence"
                )
                out.append(_note("TOC109", span, message))
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
