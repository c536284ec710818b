"""`!!! warning` or `=== "Linux"` and what is indented below it, as MkDocs and Python-Markdown write admonitions and tabs.

Source: docs/reference/runbook-language.md, section on text to blocks.
"""

import re
from collections.abc import Callable, Sequence

from tocsin.runbook.markdown.blocks import Block, Fence, Line, Paragraph, Quote, around, span_of, text_of
from tocsin.runbook.markdown.tabs import TAB

_LEAD = re.compile(r"(?:!!!|\?\?\?\+?)\s*(\w+)?|===[!+]?\s+([\"'])(?P<tab>[^\n]{1,200}?)\2\s*(?:\n|\Z)")
_INDENT = "    "


def admonitions(blocks: Sequence[Block], parse: Callable[[Sequence[Line]], list[Block]]) -> list[Block]:
    """Each lead and the indented lines below it as one admonition; its content is Markdown, not code.

    Args:
        parse: reads the content, given without its indent.
    """
    if not any(isinstance(block, Paragraph) and _LEAD.match(block.text) for block in blocks):
        return list(blocks)
    out: list[Block] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        at += 1
        found = _LEAD.match(block.text) if isinstance(block, Paragraph) else None
        if found is None or not isinstance(block, Paragraph):
            out.append(block)
            continue
        lead, inner = _parted(block)
        last = block.span
        while at < len(blocks) and isinstance(below := blocks[at], Fence) and below.indented:
            # The blank line between them ends a paragraph, and belongs to a fence that goes on.
            before = inner[-1] if inner else lead.lines[-1]
            inner += [Line("", before.number + 1, before.end, before.end), *below.lines]
            last = below.span
            at += 1
        if not inner:
            out.append(block)
            continue
        text = f"{lead.text}\n{text_of(inner)}"
        kind = (found[1] or "note").lower()
        if found["tab"] is not None:
            kind, lead = TAB, Paragraph(lead.span, found["tab"].strip(), lead.lines)
        out.append(Quote(kind, (lead, *parse(inner)), around(block.span, last), text))
    return out


def _parted(block: Paragraph) -> tuple[Paragraph, list[Line]]:
    """The line of the mark, and the lines right below it without their indent; these are none if one is not indented."""
    first, *rest = block.lines
    if not rest or not all(line.text.startswith(_INDENT) for line in rest):
        return block, []
    return Paragraph(span_of([first]), first.text, (first,)), [line.cut(len(_INDENT)) for line in rest]
