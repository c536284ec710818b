"""Lines of cmd.exe that call one program plainly; everything else of its language is not read.

Source: the command reference of Windows (`cmd`); docs/reference/effects.md, section on wrappers.
"""

import re

from tocsin.effects.powershell import NATIVE, OF_WINDOWS

# Of cmd's own commands and of what else they start, beside the programs that PowerShell knows by the same name.
_MORE = frozenset("sc query dir type ver vol findstr del erase rd rmdir copy xcopy ren md ping".split())
# No variable: cmd puts its value in before it reads the line, so it may hold another command.
_PLAIN = re.compile(r"(?:[\w./:=,+*?\\\-]|\"[^\"%&|<>^\n]*\"|<[\w -]{1,40}>|[ \t])+")


def of_batch(text: str) -> str | None:
    """The line with slashes for backslashes, whose words are judged as those of any shell; None if it is not plain.

    >>> of_batch("net stop w3svc && del x") is None
    True
    """
    line = text.strip().removeprefix("@")
    line = re.sub(r"^rmdir\b", "rd", line, flags=re.IGNORECASE)  # with /s it takes what is in it
    known = line.partition(" ")[0].lower() in NATIVE | OF_WINDOWS | _MORE
    return line.replace("\\", "/") if known and _PLAIN.fullmatch(line) is not None else None
