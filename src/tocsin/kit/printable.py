"""Text that came from outside, made safe to show: log lines are hostile, and a terminal obeys escapes."""

import re

# CSI and OSC sequences, other two-character escapes, then every control character but newline and tab.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text without terminal escapes; other control and direction characters become a dot.

    >>> printable("\\x1b[31mred\\x1b[0m\\x07")
    'red·'
    """
    return _CONTROLS.sub("·", _ESCAPES.sub("", text.replace("\r\n", "\n")))
