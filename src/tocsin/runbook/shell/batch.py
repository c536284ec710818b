"""The lines of a fence of cmd.exe as entries: one command a line, as long as none steers another.

Source: the command reference of Windows (`cmd`); docs/reference/runbook-language.md, section 6.2.
"""

import re
from collections.abc import Sequence

from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Line, span_of
from tocsin.runbook.shell.sessions import Entry

LANGUAGE = "batch"

_COMMENT = re.compile(r"@?(?:rem\b|::)[ \t]*", re.IGNORECASE)
_PROMPT = re.compile(r"[A-Za-z]:\\[^>\n]{0,120}>[ ]?")
_NOTHING = re.compile(r"@?echo (?:off|on)$|@?(?:setlocal|endlocal|cls)\b", re.IGNORECASE)
# What decides whether or how often other lines run, or joins lines: such a fence is one program.
_STEERS = re.compile(r"^@?(?:(?:if|for|goto|call|exit|start|pause|else)\b|[:()])|[()^]$", re.IGNORECASE)


def from_batch(lines: Sequence[Line]) -> list[Entry] | None:
    """The entries of a fence; None where its lines are no commands of their own."""
    if any(_PROMPT.match(line.text) for line in lines):
        lines = [line.cut(found.end()) for line in lines if (found := _PROMPT.match(line.text))]
    out: list[Entry] = []
    gap = True
    for given in lines:
        line = given.stripped()
        if not line.text:
            gap = True
            continue
        if (comment := _COMMENT.match(line.text)) is not None:
            words = line.cut(comment.end()).stripped()
            out.append(Entry(words.text, LANGUAGE, span_of([line]), comment=True, gap=gap, line=words))
        elif _STEERS.search(line.text):
            return None
        elif _NOTHING.match(line.text) is None:
            span = Span(line.start, line.end, line.number, line.number)
            out.append(Entry(line.text, LANGUAGE, span, gap=gap))
        gap = False
    return out
