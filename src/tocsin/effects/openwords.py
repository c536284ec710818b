"""Expansions that may hold options: `$@`, `$OPTS`. What a command does with them is not written here."""

import re
from collections.abc import Iterator

from tocsin.effects.reading import Reading, unknown
from tocsin.effects.words import HOLE, Word

_MANY = re.compile(r"\$(?:\{?(?:@|\*|[A-Z_]*(?:ARGS|OPTS|OPTIONS|FLAGS|PARAMS)\b)|\{\w+\[[@*]\])", re.I)
_PRINTERS = frozenset({"echo", "printf", "cd", "[", "test"})


def open_words(words: tuple[Word, ...]) -> Iterator[Reading]:
    """An unknown for each word that may hold options, unless the command only prints its words."""
    for given in words[1:]:
        if (
            given.text == HOLE
            and not given.quoted
            and _MANY.match(given.raw)
            and words[0].text not in _PRINTERS
        ):
            yield unknown(
                "shell.open_words", f"{given.raw} may hold options that change what the command does"
            )
