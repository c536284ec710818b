"""Lists of one line an item, read without the Markdown parser; and the checkbox any item may begin with.

Most lists of a runbook are of this kind. What makes a list one of them is decided in `outer`.
"""

import re
from collections.abc import Sequence

from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Block, Item, Line, ListBlock, Paragraph, around
from tocsin.runbook.markdown.labels import prose

_CHECK = re.compile(r"\[([ xX])\]\s+")


def flat_list(lines: Sequence[Line]) -> ListBlock:
    """The list of these lines, each of which is an item: a marker, one blank, and a line of prose."""
    ordered = lines[0].text[0].isdigit()
    items = tuple([_item(line, ordered=ordered) for line in lines])
    span = around(items[0].span, items[-1].span)
    return ListBlock(ordered, items, span, (span,))


def _item(line: Line, *, ordered: bool) -> Item:
    marker = line.text.index(" ")
    ticked, blocks = checkbox(prose((line.cut(marker + 1),)))
    span = Span(line.start, line.end, line.number, line.number)
    return Item(int(line.text[: marker - 1]) if ordered else None, ticked, tuple(blocks), span)


def checkbox(blocks: list[Block]) -> tuple[bool | None, list[Block]]:
    """Whether the box before these blocks is ticked (None without one), and the blocks without it."""
    match blocks:
        case [Paragraph(lines=lines), *rest] if lines and (found := _CHECK.match(lines[0].text)):
            left = (lines[0].cut(found.end()), *lines[1:])
            return found[1] in "xX", [*prose(left), *rest]
        case _:
            return None, blocks
