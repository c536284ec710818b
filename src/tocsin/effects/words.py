"""Words of a command: what is written, what is known of it, and the holes nobody can see into.

A hole is the place of a value that is not in the text: a placeholder `<name>`, an expansion, a substitution.
It is kept as one character, so every later rule can ask "is this word known?" and never mistakes a hole for
a harmless value.
Source: docs/reference/runbook-language.md, section 8, and effects.md, section 13.
"""

import re
from typing import NamedTuple

HOLE = "\ufffc"

# `<name>` that stands for a value. Bash would read a redirection, so it is masked before parsing. A blank
# next to a bracket, or a word that goes on behind it like a file name, is left to be what bash makes of it.
_PLACEHOLDER = re.compile(r"(?<![<&\d])<(?!<)(?P<name>[A-Za-z_](?:[^<>\n|;&`]{0,118}[^<>\s|;&`])?)>(?!>|\()")
_GOES_ON_AS_FILE = re.compile(
    r"[A-Za-z0-9_~$\"'&]|\.{0,2}/(?:etc|var|usr|dev|proc|sys|root|home|opt|boot|srv|bin|sbin|lib|data|mnt)\b"
)
_LEADING_BACKSLASH = re.compile(r"(\n[ \t]*)\\(?=[\w./~-])")
_BROKEN_WORD = re.compile(r"(?<=[\w./-])\\\n(?=[\w./])")
_HOLES = re.compile(HOLE + "{2,}")


class Word(NamedTuple):
    """One word of a command, quotes taken away.

    Attributes:
        text: what the program would get; each unknown value is one HOLE.
        start, end: where it stands in the judged text.
        raw: as written, quotes and expansions kept.
        quoted: whether any of it stood in quotes.
    """

    text: str
    start: int
    end: int
    raw: str
    quoted: bool = False

    @property
    def known(self) -> bool:
        """Whether nothing in it is a hole."""
        return HOLE not in self.text


def word(text: str, start: int = 0, end: int = 0) -> Word:
    """A word that stands for itself."""
    return Word(text, start, end, text)


def placeholders(text: str) -> list[tuple[int, int]]:
    """Where `<name>` placeholders stand, as (start, end); never overlapping, in reading order."""
    if "<" not in text:
        return []
    found = []
    for match in _PLACEHOLDER.finditer(text):
        start, end = match.span()
        opens_word = start == 0 or text[start - 1] in " \t\n;|&("
        if opens_word and _GOES_ON_AS_FILE.match(text, end):
            continue  # `cat <in>out` writes a file; reading it as a value would hide that
        found.append((start, end))
    return found


def mask(text: str) -> tuple[str, str]:
    """The text twice, both as long as the original: for the parser, and for reading words.

    In the first every placeholder and every character beyond ASCII is a plain letter, so offsets in bytes
    and in characters agree and nothing in a value can look like syntax. In the second the placeholders are
    holes and everything else is as written.
    """
    content = text
    spans = placeholders(text)
    if spans:
        pieces: list[str] = []
        last = 0
        for start, end in spans:
            pieces += (text[last:start], HOLE * (end - start))
            last = end
        content = "".join((*pieces, text[last:]))
    if "\r" in content:
        # A lone one is what ends a line where somebody pastes the text into a terminal.
        content = content.replace("\r\n", " \n").replace("\r", "\n")
    if "\n" in content and "\\" in content:
        # The shell joins the two halves of a word; two quotes do the same in the same room.
        content = _BROKEN_WORD.sub("''", content)
        # The grammar takes a line that begins with `\\rm` for more words of the line before.
        masked = _LEADING_BACKSLASH.sub(r"\1 ", content)
        return (masked if masked.isascii() else re.sub(r"[^\x00-\x7f]", "u", masked)), content
    syntax = content if content.isascii() else re.sub(r"[^\x00-\x7f]", "u", content)
    return syntax, content


def squeeze(text: str) -> str:
    """Neighbouring holes made one."""
    return _HOLES.sub(HOLE, text) if HOLE in text else text


def unescape(text: str) -> str:
    """An unquoted stretch with its backslashes taken away, as the shell does."""
    if "\\" not in text:
        return text
    return re.sub(r"\\(\n|.)", lambda m: "" if m[1] == "\n" else m[1], text, flags=re.S)


_ANSI = {
    "n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_ANSI_ESCAPE = re.compile(
    r"\\(?:(x)([0-9a-fA-F]{1,2})|(u)([0-9a-fA-F]{1,4})|(U)([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))", re.S
)


def unescape_ansi(text: str) -> str:
    """The inside of `$'…'` with its escapes resolved."""

    def one(match: re.Match[str]) -> str:
        for digits in (match[2], match[4], match[6]):
            if digits is not None:
                point = int(digits, 16)
                return chr(point) if point < 0x110000 else HOLE
        if match[7] is not None:
            return chr(int(match[7], 8) & 0xFF)
        if match[8] is not None:
            return HOLE
        return _ANSI.get(match[9], "\\" + match[9])

    return _ANSI_ESCAPE.sub(one, text)


def unescape_double(text: str) -> str:
    """The inside of double quotes with the backslashes taken away that the shell takes away there."""
    if "\\" not in text:
        return text
    return re.sub(r'\\([\\"$`\n])', lambda m: "" if m[1] == "\n" else m[1], text)
