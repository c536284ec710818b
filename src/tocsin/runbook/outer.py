"""The outermost blocks of a document that can be told by their first characters, without a Markdown parser.

Headings, closed fences and plain paragraphs at the left margin are most of a runbook. Whatever else stands there (lists,
quotes, tables, anything indented) is left to the parser as a range of lines that begins and ends where nothing is open.
Doubt is "to the parser": tests/properties/test_outer_blocks.py holds that both ways give the same blocks.
"""

import re
from collections.abc import Sequence
from enum import Enum

from tocsin.runbook.blocks import Line


class Outer(Enum):
    """What a range of lines is."""

    HEADING = "heading"
    FENCE = "fence"
    PARAGRAPH = "paragraph"
    OTHER = "other"  # for the parser


_HEADING = re.compile(r"#{1,6}[ \t]+[^ \t].*(?<![# \t])[ \t]*\Z", re.S)
_FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})", re.S)
# A letter or what is as harmless; emphasis and code where they can be nothing else.
_WORDS = re.compile(r"[^\s#>*+\-_=|:`~<\d!]|\d+(?![\d.)])|\*\*[^*\s]|\*[^*\s]|__[^_\s]|`(?!``)|!(?!!!)")
_FENCED = re.compile(r" *(`{3,}|~{3,})")


def outer(lines: Sequence[Line]) -> list[tuple[Outer, int, int]]:
    """Ranges of lines from `first` to before `last`, in order; blank lines between them belong to none.

    A range of the kind OTHER may hold several blocks.
    """
    out: list[tuple[Outer, int, int]] = []
    at, size = 0, len(lines)
    while at < size:
        text = lines[at].text
        if not text.strip(" \t"):
            at += 1
            continue
        kind = Outer.OTHER
        last = at + 1
        if _HEADING.match(text):
            kind = Outer.HEADING
        elif (opened := _FENCE.match(text)) is not None:
            close = _close(lines, at, opened[1] or opened[2])
            kind, last = (Outer.FENCE, close + 1) if close is not None else (Outer.OTHER, size)
        elif _WORDS.match(text):
            end = _paragraph(lines, at)
            kind, last = (Outer.PARAGRAPH, end) if end is not None else (Outer.OTHER, _rest(lines, at))
        else:
            last = _rest(lines, at)
        out.append((kind, at, last))
        at = last
    return out


def _close(lines: Sequence[Line], first: int, mark: str) -> int | None:
    """The line that closes a fence at the left margin."""
    for at in range(first + 1, len(lines)):
        text = lines[at].text
        if mark in text and _closes(text, mark):
            return at
    return None


def _closes(text: str, mark: str) -> bool:
    bare = text.strip(" \t")
    return (
        not bare.strip(mark[0]) and len(bare) >= len(mark) and text.find(mark[0]) < 4 and "\t" not in text[:4]
    )


def _paragraph(lines: Sequence[Line], first: int) -> int | None:
    """The end of a paragraph all of whose lines begin with words; None if one of them may begin something else."""
    for at in range(first + 1, len(lines)):
        text = lines[at].text
        if not text.strip(" \t") or _HEADING.match(text):
            return at
        if _WORDS.match(text) is None:
            return at if _FENCE.match(text) else None
    return len(lines)


def _rest(lines: Sequence[Line], first: int) -> int:
    """Where the next block at the left margin surely begins, after anything that may go on over blank lines."""
    at, size = first, len(lines)
    blank = False
    while at < size:
        text = lines[at].text
        if not text.strip(" \t"):
            blank = True
            at += 1
            continue
        if blank and at > first and (_WORDS.match(text) or _HEADING.match(text) or _FENCE.match(text)):
            return at
        blank = False
        if "\t" in text[: len(text) - len(text.lstrip(" \t"))]:
            return size  # how wide a tab is depends on what stands around it
        comment = text.find("<!--")
        if comment >= 0 and "-->" not in text[comment:]:
            return size
        fenced = _FENCED.match(text)
        if fenced is not None:
            if "`" in text[fenced.end() :]:
                return size  # no fence opens here, and one that seems to close it would open another
            close = _inner_close(lines, at, fenced[1], len(text) - len(text.lstrip(" ")))
            if close is None:
                return size
            at = close
        at += 1
    return size


def _inner_close(lines: Sequence[Line], first: int, mark: str, margin: int) -> int | None:
    """The line that closes an indented fence if nothing before it is indented less; None in any doubt."""
    for at in range(first + 1, len(lines)):
        text = lines[at].text
        bare = text.strip(" \t")
        if not bare:
            continue
        indent = len(text) - len(text.lstrip(" "))
        if indent < margin or text[indent] == "\t":
            return None
        if bare.startswith(mark) and not bare.strip(mark[0]):
            return at if indent == margin else None
    return None
