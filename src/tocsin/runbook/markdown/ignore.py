"""`<!-- tocsin: ignore TOC204 because … -->`: what an author tells the linter, kept out of what is read as a runbook.

The comment is no part of the procedure, so the compiler reads blanks in its place (as many bytes, so that every
offset stays right). Inside a fence it is no comment but text somebody would paste; there it is left alone.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from tocsin.runbook.markdown.blocks import Line

COMMENT = re.compile(r"<!--[ \t]*+tocsin:[ \t]*+(?P<said>(?:[^\r\n-]|-(?!->))*)-->")
_FENCE = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+|>\s?)*(`{3,}|~{3,})\s*(\S?)")


def blanked(lines: list[Line]) -> list[Line]:
    """The lines with such comments outside fences as blanks; the same list if there are none."""
    if not any("tocsin:" in line.text for line in lines):
        return lines
    inside = fenced(line.text for line in lines)
    return [
        replace(line, text=COMMENT.sub(_blanks, line.text))
        if "tocsin:" in line.text
        and not within
        and not line.raw  # bytes that are no UTF-8 would shift offsets
        else line
        for line, within in zip(lines, inside, strict=True)
    ]


def blanked_text(text: str) -> str:
    """The same for a whole text whose lines end in any way; columns before a comment stay as they are."""
    if not COMMENT.search(text):
        return text
    parts = re.split("(\r\n|\n|\r)", text)
    inside = fenced(parts[0::2])
    for place, within in enumerate(inside):
        if not within:
            parts[2 * place] = COMMENT.sub(lambda found: " " * len(found[0]), parts[2 * place])
    return "".join(parts)


def fenced(lines: Iterable[str]) -> list[bool]:
    """For each line whether it stands in a fence; the lines that open and close it do not."""
    out: list[bool] = []
    mark = ""
    for line in lines:
        found = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if mark:
            closes = found is not None and found[1].startswith(mark) and not found[2]
            out.append(not closes)
            mark = "" if closes else mark
        else:
            out.append(False)
            mark = found[1] if found is not None else ""
    return out


def _blanks(found: re.Match[str]) -> str:
    return " " * len(found[0].encode("utf-8", "surrogatepass"))
