"""What later commands of the same shell text see: constant variables, functions, aliases.

Source: docs/reference/runbook-language.md, section on judging shell.
"""

import re
import shlex
from dataclasses import dataclass, field

from tocsin.effects.effect import Flag
from tocsin.effects.reading import Place
from tocsin.effects.words import Word


@dataclass(slots=True)
class Scope:
    """Where a text runs and what it has defined so far.

    Attributes:
        place: where it runs.
        flags: what every part of it has.
        values: variables; None once a second value was given or the value is not known.
        functions: names defined in the text; their bodies are judged where they stand.
        aliases: name to what it stands for.
    """

    place: Place
    flags: frozenset[Flag]
    values: dict[str, str | None] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)

    def assign(self, name: str, value: Word) -> None:
        """Remember a variable; only one that is assigned once is constant."""
        first = name not in self.values
        self.values[name] = value.text if first and value.known else None

    def is_builtin(self, name: str) -> bool:
        """Whether this name still means what the shell means by it."""
        return name not in self.functions and name not in self.aliases

    def add_aliases(self, words: tuple[Word, ...]) -> list[str]:
        """Remember what `alias name=value` says; returns the values that are more than one command."""
        for given in words:
            name, equals, value = given.text.partition("=")
            if equals:
                self.aliases[name] = value
        return [text for given in words if _SEVERAL.search(text := given.text.partition("=")[2])]

    def resolved(self, words: list[Word]) -> list[Word]:
        """The words with an alias or a constant variable in command position replaced by what it stands for."""
        if not words:
            return words
        if any("{" in word.raw for word in words):
            words = [part for word in words for part in _braces(word)]
        head = words[0]
        name = _ONE_VARIABLE.fullmatch(head.raw) if "$" in head.raw else None
        value = self.values.get(name[1]) if name else self.aliases.get(head.text)
        if value and name and name[2]:
            value = value.strip("()").replace('"', "").replace("'", "")
        if not value:
            return words
        return [Word(part, head.start, head.end, head.raw) for part in _parts(value)] + words[1:]


_ONE_VARIABLE = re.compile(r'"?\$\{?(\w+)(\[[@*]\])?\}?"?')
_SEVERAL = re.compile(r"[;|&<>`\n]|\$\(")
_BRACES = re.compile(r"([^{}]*)\{([^{}]*,[^{}]*)\}([^{}]*)")


def _braces(word: Word) -> list[Word]:
    """`app.yml{,.bak}` as the two words the shell makes of it; any other word as it is."""
    match = _BRACES.fullmatch(word.text)
    if match is None or word.quoted or any(mark in word.raw for mark in "'\"$`\\"):
        return [word]
    return [
        word._replace(text=match[1] + part + match[3], raw=match[1] + part + match[3])
        for part in match[2].split(",")
    ]


def _parts(value: str) -> list[str]:
    """The words of an alias or variable, quotes taken away as the writer meant them."""
    try:
        return shlex.split(value) or [""]
    except ValueError:
        return value.split()
