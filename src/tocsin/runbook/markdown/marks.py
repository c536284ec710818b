"""Marks within a line: of a list item, of a fence's language, of a table's cells."""

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def marker(number: str, sign: str) -> re.Pattern[str]:
    """The mark of a list item with this number and sign, where it stands alone."""
    return re.compile(rf"(?:{re.escape(number)})?{re.escape(sign)}(?=\s|$)")


def language_of(info: str) -> str:
    """The language an info string names: `{.bash}`, `{bash}`, `bash title="x"` are all bash."""
    words = info.replace("{", " ").replace("}", " ").split()
    word = words[0].lstrip(".").lower() if words else ""
    return _LABEL_ENDS.split(word, maxsplit=1)[0] if word else ""


_LABEL_ENDS = re.compile(r"[,:;=]")
_CELL_ENDS = re.compile(r"(?<!\\)\|")


def cells_of(text: str) -> tuple[str, ...]:
    """The cells of a table's row, as inline text."""
    row = text.strip().lstrip(">").strip()
    row = row.removeprefix("|")
    if row.endswith("|") and not row.endswith("\\|"):
        row = row[:-1]
    return tuple([cell.replace("\\|", "|").strip() for cell in _CELL_ENDS.split(row)])
