"""Ordered lists that unindented fences broke are joined again; a fence after an item belongs to it."""

from collections.abc import Sequence
from dataclasses import replace

from tocsin.runbook.markdown.blocks import (
    Block,
    Fence,
    Hidden,
    Item,
    Label,
    ListBlock,
    Paragraph,
    Quote,
    Table,
    around,
)


def join_lists(blocks: list[Block]) -> list[Block]:
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
