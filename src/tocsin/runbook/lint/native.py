"""Programs with a command line of their own in a fence of PowerShell: `az`, `kubectl` and `sqlcmd` are written there as in a shell."""

import re

from tocsin.effects.powershell import NATIVE

LABELS = frozenset({"powershell", "ps1", "pwsh"})
_FIRST = re.compile(r"\s*(?:&\s*)?([\w.-]+)")


def native_text(text: str) -> str:
    """The lines of a fence in PowerShell that call such a program, the others blank, so that every offset stays.

    A backtick at the end of a line, which joins it to the next one, becomes the sign a shell has for it.

    >>> native_text("$x = 1\\naz group list")
    '      \\naz group list'
    """
    if not any(map(text.__contains__, NATIVE)):
        return ""
    kept: list[str] = []
    joined = found = False
    for line in text.split("\n"):
        first = _FIRST.match(line)
        calls = joined or (first is not None and first[1] in NATIVE)
        found = found or calls
        joined = calls and line.rstrip().endswith("`")
        if joined:
            line = line.rstrip()[:-1] + "\\"
        kept.append(
            line.replace("&", " ", 1)
            if calls and line.lstrip()[:1] == "&"
            else line
            if calls
            else " " * len(line)
        )
    return "\n".join(kept) if found else ""
