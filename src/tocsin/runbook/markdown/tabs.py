"""Tabs: what stands in one of several panes, of which a reader looks at the one that is theirs.

`<Tabs>` and `<TabItem>` of Docusaurus, `=== "A"` of MkDocs (read in `admonitions`), `{% tab %}` of GitBook, `{{< tab >}}` of
Hugo, `:::{tab-item}` of MyST, and `<details>` whose summaries say that they are ways or cases of one thing.

Source: docs/reference/runbook-language.md, section on text to blocks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tocsin.runbook.book import ConditionKind
from tocsin.runbook.markdown.blocks import (
    Block,
    Heading,
    Hidden,
    Label,
    Line,
    Paragraph,
    Quote,
    around,
    span_of,
    text_of,
)
from tocsin.runbook.words.roles import case_mark, condition_kind, option_mark, other_way
from tocsin.runbook.words.told_only import SET_ASIDE, told_only

TAB = "tab"  # the kind of a Quote that is one of several panes; its first block is a Paragraph that names it
DETAILS = "details"  # the same of a fold, where the summaries decide

_MAY_HOLD = ("<TabItem", "{% tab", "{%- tab", "{{< tab", "{{% tab", "{tab-item}")
_OPENS = re.compile(
    r"\s*(?:<TabItem\b(?P<item>[^>]*)>|\{%-?\s*tab\s+(?P<gitbook>[^%]*)%\}|\{\{[<%]\s*tab\s+(?P<hugo>[^>%]*)[>%]\}\}"
    r"|:{3,}\{tab-item\}\s*(?P<myst>.*))\s*$"
)
_CLOSES = re.compile(
    r"\s*(?:</TabItem>|\{%-?\s*endtab\s*-?%\}|\{\{[<%]\s*/tab\s*[>%]\}\}|(?P<myst>:{3,}))\s*$"
)
_AROUND = re.compile(
    r"\s*(?:</?Tabs\b[^>]*>|\{%-?\s*(?:end)?tabs\b[^%]*%\}|\{\{[<%]\s*/?tabs\b[^>%]*[>%]\}\}|:{3,}\{tab-set\}.*|:{3,}"
    r"|import\s+\{?\s*(?:Tabs|TabItem)\b.*)\s*$"
)
_BARE = re.compile(r"\s*:{3,}\s*$")
_FOLD = re.compile(r"\s*<details\b[^>]*>\s*(?:<summary>(?P<name>.*?)</summary>)?\s*$", re.I)
_SUMMARY = re.compile(r"\s*<summary>(?P<name>.*?)</summary>\s*$", re.I)
_FOLD_ENDS = re.compile(r"\s*</details>\s*$", re.I)
_LABEL = re.compile(r"\b(?:label|title|name)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{\s*[\"']([^\"']*)[\"']\s*\})")
_VALUE = re.compile(r"\bvalue\s*=\s*(?:\"([^\"]*)\"|'([^']*)')|^\s*[\"']([^\"']*)[\"']")
_TAG = re.compile(r"<[^>]*>")


@dataclass(slots=True)
class _Pane:
    """A pane that is open: the line that opens it, what it is, its name, and what was found in it so far."""

    line: Line
    kind: str
    name: str
    blocks: list[Block]


def tabs(blocks: Sequence[Block]) -> list[Block]:
    """Each pane with its blocks as one Quote; the marks around panes are hidden, as their reader sees none.

    Panes within panes are left as they are, and a pane that never closes is none.
    """
    folds = _folds_are_ways(blocks)
    if not folds and not any(
        isinstance(block, Paragraph) and any(mark in block.text for mark in _MAY_HOLD) for block in blocks
    ):
        return list(blocks)
    out: list[Block] = []
    pane: _Pane | None = None
    pending: list[Block] = []  # what to give back if the pane never closes
    in_set = False  # whether colons alone close a set that was opened here, and not a pane of another part
    for block in blocks:
        if not isinstance(block, Paragraph):
            in_set = in_set or (isinstance(block, Hidden) and "{tab-set}" in block.text)
            (out if pane is None else pane.blocks).append(block if pane is None else _below(block))
            if pane is not None:
                pending.append(block)
            continue
        kept: list[Line] = []
        if pane is not None:
            pending.append(block)
        for line in block.lines:
            if pane is None:
                if (opened := _opened(line, block.lines if folds else ())) is not None:
                    _flush(kept, out)
                    in_set = True
                    pane, pending = opened, [Paragraph(span_of([line]), line.text, (line,))]
                    rest = [below for below in block.lines if below.number > line.number]
                    pending += [Paragraph(span_of(rest), text_of(rest), tuple(rest))] if rest else []
                    pending = [block] if line is block.lines[0] else pending
                elif _AROUND.match(line.text) and (in_set or not _BARE.match(line.text)):
                    in_set = in_set or "{tab-set}" in line.text
                    _flush(kept, out)
                    out.append(Hidden(span_of([line]), line.text))
                else:
                    kept.append(line)
                continue
            if (_FOLD_ENDS if pane.kind == DETAILS else _CLOSES).match(line.text):
                _flush(kept, pane.blocks)
                out.append(_quote(pane, line))
                pane = None
            elif pane.kind == DETAILS and _SUMMARY.match(line.text):
                pane.blocks.append(Hidden(span_of([line]), line.text))
            else:
                kept.append(line)
        _flush(kept, out if pane is None else pane.blocks)
    return [*out, *pending] if pane is not None else out


def _flush(kept: list[Line], out: list[Block]) -> None:
    if kept:
        out.append(Paragraph(span_of(kept), text_of(kept), tuple(kept)))
        kept.clear()


def _summary(at: int, lines: Sequence[Line]) -> str | None:
    """What the fold that begins on this line of a paragraph is called, on the same line or the next; None if none begins."""
    fold = _FOLD.match(lines[at].text)
    if fold is None:
        return None
    below = _SUMMARY.match(lines[at + 1].text) if fold["name"] is None and at + 1 < len(lines) else None
    return _TAG.sub("", fold["name"] or (below["name"] if below is not None else "")).strip()


def _is_way(name: str) -> bool:
    """Whether a fold is called a way or a case: "Option B", "Alternative", "If the disk is full"."""
    if option_mark(name) is not None or case_mark(name) is not None or other_way(name):
        return True
    return condition_kind(name) in (ConditionKind.CASE, ConditionKind.IF_FAILED)


def _folds_are_ways(blocks: Sequence[Block]) -> bool:
    """Whether there are two folds that are called ways, or one that is set aside; others are only folded away."""
    ways = 0
    behind = False
    for block in blocks:
        if isinstance(block, Paragraph) and "<details" in block.text:
            names = [_summary(at, block.lines) for at in range(len(block.lines))]
            ways += len([name for name in names if name and _is_way(name)])
            behind = behind or any(name and told_only(name) in SET_ASIDE for name in names)
    return ways > 1 or behind


def _opened(line: Line, folds: Sequence[Line]) -> _Pane | None:
    """The pane a line opens, or None; `folds` are the lines of its paragraph where folds can be panes."""
    if folds and (name := _summary(line.number - folds[0].number, folds)) is not None:
        left = told_only(name) in SET_ASIDE
        return _Pane(line, DETAILS, name, []) if left or _is_way(name) else None
    found = _OPENS.match(line.text)
    if found is None:
        return None
    if found["myst"] is not None:
        return _Pane(line, TAB, found["myst"].strip(), [])
    said = found["item"] or found["gitbook"] or found["hugo"] or ""
    named = _LABEL.search(said) or _VALUE.search(said)
    name = next((group for group in named.groups() if group), "") if named is not None else ""
    return _Pane(line, TAB, name.strip(), [])


def _below(block: Block) -> Block:
    """A heading inside a pane begins no section: it names what follows it there."""
    if isinstance(block, Heading):
        return Label(block.title, None, "", block.span, block.text, ())
    return block


def _quote(pane: _Pane, closing: Line) -> Quote:
    lead = Paragraph(span_of([pane.line]), pane.name, (pane.line,))
    last = span_of([closing])
    texts = [pane.line.text, *[getattr(block, "text", "") for block in pane.blocks], closing.text]
    return Quote(pane.kind, (lead, *pane.blocks), around(lead.span, last), "\n".join(texts))


def is_pane(block: Block) -> bool:
    """Whether a block is one of several panes."""
    return isinstance(block, Quote) and block.kind in (TAB, DETAILS)


def beside(blocks: Sequence[Block]) -> Iterator[tuple[Sequence[Block], Block | None]]:
    """Blocks one by one, panes of one kind beside each other together; each time with the block that follows.

    What nobody sees between two panes goes with them.
    """
    at, size = 0, len(blocks)
    while at < size:
        end = at + 1
        if is_pane(first := blocks[at]):
            for further in range(at + 1, size):
                match first, blocks[further]:
                    case Quote(kind=kind), Quote(kind=other) if kind == other:
                        end = further + 1
                    case _, Hidden():
                        pass
                    case _:
                        break
        yield blocks[at:end], blocks[end] if end < size else None
        at = end
