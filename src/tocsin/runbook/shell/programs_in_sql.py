"""Blocks of a procedural language among statements of SQL: `BEGIN … END;`, with the semicolons inside them.

Source: docs/reference/runbook-language.md, section 6.5. Oracle ends such a block with a line "/", SQL Server with "GO".
"""

import re
from collections.abc import Iterator

# `BEGIN;` and `BEGIN TRANSACTION` begin a transaction; `DECLARE @x int` and `DECLARE c CURSOR` are whole by themselves.
_OPENS = re.compile(
    r"^(?P<indent>[ \t]*)(?:BEGIN\b(?![ \t]*(?:;|\bTRAN|\bWORK\b|\bISOLATION\b|\bREAD\b|\bNOT\b|\bDEFERR|\bDISTRIBUTED\b|\bIMMEDIATE\b|\bEXCLUSIVE\b|\bCONCURRENT\b))"
    r"|DECLARE\b(?![ \t]+(?:@|\w+[ \t]+(?:\w+[ \t]+){0,3}CURSOR\b)))",
    re.IGNORECASE | re.MULTILINE,
)
_BODY = re.compile(r"^[ \t]*BEGIN\b", re.IGNORECASE | re.MULTILINE)
_ENDED = re.compile(r"^[ \t]*(?:/|GO)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(
    r"^(?P<indent>[ \t]*)END\b(?![ \t]+(?:IF|LOOP|CASE|WHILE|REPEAT|FOR)\b)[^;\n]*",
    re.IGNORECASE | re.MULTILINE,
)


def blocks(text: str) -> list[tuple[int, int, bool]]:
    """Where blocks stand: begin, end, and whether a line of its own ends them; without that the end is before their semicolon.

    A block whose end is not found goes to the end of the text: its parts alone would do something else.

    >>> [text[b:e] for text in ["DELETE FROM t;\\nBEGIN\\n  p;\\nEND;\\n"] for b, e, _ in blocks(text)]
    ['BEGIN\\n  p;\\nEND']
    >>> blocks("BEGIN;\\nDELETE FROM t;\\nCOMMIT;")
    []
    """
    upper = text.upper()
    if "BEGIN" not in upper or "END" not in upper:
        return []
    return list(_blocks(text))


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    at = 0
    marked = _ENDED.search(text) is not None
    while (opened := _OPENS.search(text, at)) is not None:
        inner = opened.end()
        if opened[0].strip().upper() == "DECLARE":
            body = _BODY.search(text, inner)
            if body is None:
                return
            inner = body.end()
        slash = _ENDED.search(text, inner) if marked else None
        marked = slash is not None  # past the last one nobody looks again
        if slash is not None:
            found, own_line = slash.end(), True
        else:
            ends = (end for end in _END.finditer(text, inner) if end["indent"] == opened["indent"])
            end = next(ends, None)
            found, own_line = (end.end() if end is not None else len(text)), False
        yield opened.start(), found, own_line
        at = max(found, inner)
