"""Commands as they stand below each other: in a fence, in the items of a list, in the rows of a table, each with what is told of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.lint.raw import RawLine


@dataclass(frozen=True, slots=True)
class Told:
    """One command as it is written.

    Attributes:
        label: the comment above it, the words of its item, the first cell of its row.
        above: the paragraph above its fence.
    """

    number: int
    label: str
    text: str
    above: str = ""


_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+")
_CODE = re.compile(r"`([^`\n]+)`")
_ALONE = re.compile(r"^`[^`]+ [^`]+`$")
_MOST = 60  # commands of one row that are compared


def rows_of_commands(raws: tuple[RawLine, ...]) -> Iterator[list[Told]]:
    """Commands that stand one below the other: those of a fence, of the items of a list, of the rows of a table."""
    row: list[Told] = []
    kind = ""
    comment = joined = above = ""
    ended = True
    for raw in raws:
        text = raw.text.strip()
        here, told = "", None
        if raw.fenced:
            here = "fence"
            if text.endswith("\\"):
                joined += text[:-1]
                continue
            text, joined = " ".join((joined + text.removeprefix("$ ")).split()), ""
            if text[:1] == "#":
                comment = text.lstrip("# ")
                continue
            told = Told(raw.number, comment, text, above) if text else None
            comment = "" if told is not None else comment
        elif text[:1] == "|" or _ITEM.match(raw.text):
            here = text[0] if text[0] == "|" else "item"
            code = next((code for code in _CODE.findall(text) if " " in code), None)
            if code is None and here == "item":
                here = ""
            told = Told(raw.number, text.partition(code)[0].strip("|` "), code) if code is not None else None
        elif not text:
            ended = True
            continue
        elif _ALONE.match(text):
            here, told = "alone", Told(raw.number, "", text.strip("`"), above)
        if not raw.fenced and here != "alone" and not text.startswith(("```", "~~~")):
            above, ended = text if ended or text[:1] in "#|-*" else f"{above} {text}", False
        if here != kind:
            above = "" if kind == "fence" and not here and text.startswith(("```", "~~~")) else above
            if row:
                yield row[:_MOST]
            row, kind, comment = [], here, ""
        if told is not None and here:
            row.append(told)
    if row:
        yield row[:_MOST]
