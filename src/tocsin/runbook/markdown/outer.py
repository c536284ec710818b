"""The outermost blocks of a document that can be told by their first characters, without a Markdown parser.

Headings, closed fences, plain paragraphs and lists of one line an item at the left margin are most of a runbook. Whatever
else stands there (other lists, quotes, tables, anything indented) is left to the parser as a range of lines that begins and ends where nothing is open.
Doubt is "to the parser": tests/properties/test_outer_blocks.py holds that both ways give the same blocks.
"""

import re
from collections.abc import Sequence
from enum import Enum

from tocsin.runbook.markdown.blocks import Line


class Outer(Enum):
    """What a range of lines is."""

    HEADING = "heading"
    FENCE = "fence"
    PARAGRAPH = "paragraph"
    LIST = "list"  # one line an item
    RULE = "rule"
    OTHER = "other"  # for the parser


_HEADING = re.compile(r"#{1,6}[ \t]+[^ \t].*(?<![# \t])[ \t]*\Z", re.S)
_FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})", re.S)
# A letter or what is as harmless; emphasis and code where they can be nothing else.
_WORDS = re.compile(r"[^\s#>*+\-_=|:`~<\d!]|\d+(?![\d.)])|\*\*[^*\s]|\*[^*\s]|__[^_\s]|`(?!``)|!(?!!!)")
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})[ \t]*\Z")
_BULLET = re.compile(r"[-*+] (?=\S)")
_NUMBERED = re.compile(r"[0-9]{1,9}[.)] (?=\S)")
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
        elif _RULE.match(text):
            kind = Outer.RULE
        else:
            last = _rest(lines, at)
            end = _flat(lines, at, last)
            kind, last = (Outer.LIST, end) if end is not None else (Outer.OTHER, last)
        out.append((kind, at, last))
        at = last
    return out


def _flat(lines: Sequence[Line], first: int, last: int) -> int | None:
    """The end of the list these lines are, if each is an item of its own with one line of words; else None."""
    text = lines[first].text
    item = _BULLET if text[0] in "-*+" else _NUMBERED
    found = item.match(text)
    if found is None:
        return None
    sign = text[found.end() - 2]  # another one begins another list
    while not lines[last - 1].text.strip(" \t"):
        last -= 1
    for at in range(first, last):
        text = lines[at].text
        found = item.match(text)
        if found is None or text[found.end() - 2] != sign:
            return None
        if _WORDS.match(text, found.end()) is None or text[-1].isspace():
            return None
    return last


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
        if blank and at > first and (_WORDS.match(text) or _HEADING.match(text) or _RULE.match(text)):
            return at
        if at > first and _FENCE.match(text):
            return at  # it ends whatever stands above it, also without a blank line
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
