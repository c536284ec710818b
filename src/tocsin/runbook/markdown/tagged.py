"""Blocks that are marked by tags or colons, as wikis export them: `<h2>`, `<pre>`, `<ol><li>`, and `:::warning` with its end.

Only what is closed is read so; everything else stays the text it was. Source: docs/reference/runbook-language.md, section 4.
"""

import re
from collections.abc import Sequence

from tocsin.runbook.markdown.blocks import (
    Block,
    Fence,
    Heading,
    Item,
    Line,
    ListBlock,
    Paragraph,
    Quote,
    around,
    span_of,
    text_of,
)

_PRE = re.compile(r"\s*<pre\b[^<>]{0,200}>\s*(?:<code\b[^<>]{0,200}>)?[ \t]*", re.IGNORECASE)
_PRE_END = re.compile(r"[ \t]*(?:</code>)?\s*</pre>\s*$", re.IGNORECASE)
_LIST = re.compile(r"\s*<(ol|ul)\b[^<>]{0,200}>", re.IGNORECASE)
_LIST_END = re.compile(r"</(?:ol|ul)>\s*$", re.IGNORECASE)
_ITEM = re.compile(r"\s*<li\b[^<>]{0,200}>\s*(?P<words>.*?)\s*(?:</li>)?\s*$", re.IGNORECASE)
_HEADING = re.compile(r"\s*<h([1-6])\b[^<>]{0,200}>([^<>\n]{1,200})</h\1>\s*", re.IGNORECASE)
_CODE = re.compile(r"<code\b[^<>]{0,100}>([^<>`]{1,400})</code>", re.IGNORECASE)
_COLONS = re.compile(
    r":::\s*\{?(note|tip|info|hint|important|warning|caution|danger|attention|error)\b[^\n`]{0,120}(?:\n|\Z)",
    re.IGNORECASE,
)
_ENDS = re.compile(r"(?:\A|\n):::\s*\Z")


def tagged(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with those that tags or colons mark as what they are."""
    if not any(isinstance(block, Paragraph) and block.text.lstrip()[:1] in ("<", ":") for block in blocks):
        return list(blocks)
    out: list[Block] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        at += 1
        if not isinstance(block, Paragraph):
            out.append(block)
        elif (admonition := _colons(blocks, at - 1)) is not None:
            quote, at = admonition
            out.append(quote)
        else:
            out.append(_heading(block) or _pre(block) or _list(block) or block)
    return out


def _heading(block: Paragraph) -> Heading | None:
    """`<h2>` on a line of its own as a heading."""
    found = _HEADING.fullmatch(block.text) if len(block.lines) == 1 else None
    return Heading(int(found[1]), found[2].strip(), block.span, block.text) if found is not None else None


def _pre(block: Paragraph) -> Fence | None:
    """`<pre>` as a fence without a label."""
    first, last = _PRE.match(block.lines[0].text), _PRE_END.search(block.lines[-1].text)
    if first is None or last is None or "<pre" in block.text[first.end() :]:
        return None
    lines = list(block.lines)
    if len(lines) == 1:
        lines = [lines[0].cut(first.end(), last.start())]
    else:
        lines[0], lines[-1] = lines[0].cut(first.end()), lines[-1].cut(0, last.start())
    inside = tuple(line for i, line in enumerate(lines) if line.text.strip() or 0 < i < len(lines) - 1)
    return Fence("", "", block.span, text_of(inside), inside) if inside else None


def _list(block: Paragraph) -> ListBlock | None:
    """`<ol>` or `<ul>` with an item on each line; code in it is code."""
    kind = _LIST.match(block.lines[0].text)
    if kind is None or _LIST_END.search(block.lines[-1].text) is None:
        return None
    ordered = kind[1].lower() == "ol"
    items: list[Item] = []
    for line in block.lines:
        bare = line.text.strip()
        if _LIST.fullmatch(bare) or _LIST_END.fullmatch(bare):
            continue
        found = _ITEM.match(line.text)
        if found is None or not found["words"]:
            return None
        cut = _with_code(line.cut(found.start("words"), found.end("words")))
        span = span_of([cut])
        items.append(
            Item(len(items) + 1 if ordered else None, None, (Paragraph(span, cut.text, (cut,)),), span)
        )
    return ListBlock(ordered, tuple(items), block.span, (block.span,)) if items else None


def _with_code(line: Line) -> Line:
    """The line with `<code>` as backticks, every character at its place."""

    def ticks(found: re.Match[str]) -> str:
        before = found.start(1) - found.start()
        return " " * (before - 1) + "`" + found[1] + "`" + " " * (found.end() - found.end(1) - 1)

    text = _CODE.sub(ticks, line.text)
    return Line(text, line.number, line.start, line.end, line.raw) if text != line.text else line


def _colons(blocks: Sequence[Block], first: int) -> tuple[Quote, int] | None:
    """`:::warning` up to `:::` as an admonition, and the index behind it."""
    block = blocks[first]
    found = _COLONS.match(block.text) if isinstance(block, Paragraph) else None
    if found is None or not isinstance(block, Paragraph):
        return None
    last = next(
        (i for i in range(first, min(first + 40, len(blocks))) if _closes(blocks[i], own=i == first)), None
    )
    if last is None:
        return None
    inner: list[Block] = []
    for index in range(first, last + 1):
        each = blocks[index]
        if not isinstance(each, Paragraph):
            inner.append(each)
            continue
        lines = each.lines[1 if index == first else 0 : len(each.lines) - (index == last)]
        if lines:
            inner.append(Paragraph(span_of(lines), text_of(lines), lines))
    span = around(block.span, blocks[last].span)
    text = "\n".join(each.text for each in inner if isinstance(each, Paragraph))
    return Quote(found[1].lower(), tuple(inner), span, text), last + 1


def _closes(block: Block, *, own: bool) -> bool:
    if not isinstance(block, Paragraph) or _ENDS.search(block.text) is None:
        return False
    return len(block.lines) > 1 if own else True
