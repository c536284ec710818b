"""The lines of a PowerShell fence as entries: statements and comments.

A statement ends with its line, unless a bracket, a text or a comment is still open there, or the line ends with what joins it to
the next one. Source: about_Parsing, about_Line_Editing and about_Quoting_Rules of PowerShell's own documentation;
docs/reference/runbook-language.md, section 6.2.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tocsin.effects.powershell import is_cmdlet, native
from tocsin.runbook.book import Hop
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Line, span_of
from tocsin.runbook.shell.sessions import Entry

LANGUAGE = "powershell"

# What changes the state of the reading: texts, comments, brackets, and escapes, which hide the next sign.
_TOKEN = re.compile(r"`.|@['\"]\s*$|<#|#>|#|''|'|\"\"|\"|[({\[]|[)}\]]")
_JOINS = re.compile(
    r"(?:[|`,({]|&&|\|\||[-+*/%]?=|[^-\w]-(?:and|or|xor|not|eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|in|notin|replace|split|join|f|is|as))\s*$",
    re.IGNORECASE,
)
# What a line begins with that goes on with the statement above it.
_GOES_ON = re.compile(r"\s*(?:\||\.\w|(?:else|elseif|catch|finally|while|until)\b)", re.IGNORECASE)
_PROMPT = re.compile(r"(?:\[[\w.-]+\]: )?PS(?: [A-Za-z]+:[^>\n]{0,120}| [~/][^>\n]{0,120})?>+ ?|>> ")
_REMOTE_PROMPT = re.compile(r"\[(?P<host>[\w.-]+)\]: PS")
# These move the reader, as they do in a shell; `opener` and `closes` read them.
_MOVES = re.compile(
    r"(?:Enter-PSSession|etsn)\b[^|;&\n]*$|(?:Exit-PSSession|exsn|exit|logout)\s*;?$", re.IGNORECASE
)


@dataclass(slots=True)
class _State:
    """What is open at the end of a line."""

    brackets: int = 0
    closing: str | None = None  # what ends the text or comment that is open: ', ", #>, '@ or "@
    broken: bool = False  # a bracket too many
    comment_at: int | None = None  # where a comment of this line begins
    seen: list[Line] = field(default_factory=list)

    def read(self, text: str) -> None:
        """Goes over one line."""
        self.comment_at = None
        if self.closing in ("'@", '"@'):
            if not text.startswith(self.closing):
                return
            text, self.closing = " " * 2 + text[2:], None
        for token in _TOKEN.finditer(text):
            self._token(token[0].rstrip(), token.start(), text)
            if self.comment_at is not None:
                return

    def _token(self, sign: str, at: int, text: str) -> None:
        if self.closing is not None:
            if sign == self.closing:
                self.closing = None
            return
        if sign == "<#":
            self.closing = "#>"
        elif sign in ("@'", '@"'):
            self.closing = sign[::-1]
        elif sign in ("'", '"'):
            self.closing = sign
        elif sign == "#" and (at == 0 or text[at - 1] in " \t;({|"):
            self.comment_at = at
        elif sign in ("(", "{", "["):
            self.brackets += 1
        elif sign in (")", "}", "]"):
            self.brackets -= 1
            self.broken = self.broken or self.brackets < 0

    @property
    def open(self) -> bool:
        return self.brackets > 0 or self.closing is not None


def from_powershell(lines: Sequence[Line]) -> list[Entry] | None:
    """The entries of a fence in PowerShell; None where its statements cannot be told apart.

    In a transcript what stands behind a prompt is typed and all else is printed. A program with a command line of its own
    (`az`, `kubectl`) that is written as in any shell is an entry of the shell.
    """
    if any(_PROMPT.match(line.text) and not line.text.startswith(">>") for line in lines):
        lines = [line for line in lines if _PROMPT.match(line.text)]
    out: list[Entry] = []
    gap, index = True, 0
    while index < len(lines):
        line, hops = _unprompted(lines[index])
        if not line.text.strip():
            gap, index = True, index + 1
            continue
        bare = line.stripped()
        if bare.text.startswith("#") and not bare.text.startswith("#>"):
            words = bare.cut(len(bare.text) - len(bare.text.lstrip("#"))).stripped()
            out.append(
                Entry(words.text, LANGUAGE, span_of([bare]), comment=True, gap=gap, line=words, hops=hops)
            )
            gap, index = False, index + 1
            continue
        end = _end(lines, index)
        if end is None:
            return None
        out.append(_statement([_unprompted(each)[0] for each in lines[index:end]], gap, hops))
        gap, index = False, end
    return out


_ALSO = re.compile(r"\$\w+\s*=|(?:foreach|if|try|while|switch)\s*[({]", re.IGNORECASE)


def all_powershell(lines: Sequence[Line]) -> bool:
    """Whether lines without a label are PowerShell: the first is a cmdlet, every other statement one, or of that language."""
    first = next((text for line in lines if (text := line.text.strip()) and text[0] != "#"), "")
    if not is_cmdlet(first):
        return False
    found = from_powershell(lines)
    return found is not None and all(
        entry.comment or entry.language == "shell" or is_cmdlet(entry.text) or _ALSO.match(entry.text)
        for entry in found
    )


def _unprompted(line: Line) -> tuple[Line, tuple[Hop, ...]]:
    found = _PROMPT.match(line.text)
    if found is None:
        return line, ()
    there = _REMOTE_PROMPT.match(line.text)
    return line.cut(found.end()), () if there is None else (Hop("host", there["host"]),)


def _end(lines: Sequence[Line], first: int) -> int | None:
    """The index after the last line of the statement that begins here; None if it never ends."""
    state = _State()
    for index in range(first, len(lines)):
        text = _unprompted(lines[index])[0].text
        inside = state.closing
        state.read(text)
        if state.broken:
            return None
        said = text if state.comment_at is None else text[: state.comment_at]
        if state.open or (inside is None and _JOINS.search(said)):
            continue
        following = _unprompted(lines[index + 1])[0].text if index + 1 < len(lines) else ""
        if _GOES_ON.match(following) is None:
            return index + 1
    return None


def _statement(lines: list[Line], gap: bool, hops: tuple[Hop, ...]) -> Entry:
    first, last = lines[0].stripped(), lines[-1].stripped()
    text = "\n".join((first.text, *(line.text.rstrip() for line in lines[1:])))
    span = Span(first.start, last.end, first.number, last.number)
    plain = text.rstrip("; ") if _MOVES.match(text) else native(text)
    if plain is not None:
        return Entry(plain, "shell", span, gap=gap, hops=hops)
    return Entry(text, LANGUAGE, span, gap=gap, hops=hops)
