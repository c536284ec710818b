"""A command of plain words, read without the grammar.

Most lines of runbooks are one program with words and quoted words and nothing else: no expansion, no operator, no
redirection. Their words can be told without a parse, which costs ten times as much. What is not surely of this kind is
left to the grammar; tests/properties/test_plain_commands.py holds that both read the same.
"""

import re
from functools import lru_cache

from tocsin.effects.words import HOLE, Word

# Quoted stretches without anything that is special between the quotes, and nothing that looks like a placeholder.
_PIECE = r"(?:[A-Za-z0-9_./:@%+,=~*?^-]++|\"[^\"$`\\<\x00-\x1f\x7f-\U0010ffff]*+\"|'[^'<\x00-\x1f\x7f-\U0010ffff]*+')"
_WORD = re.compile(rf"{_PIECE}+")
_LINE = re.compile(rf"[ \t]*+[A-Za-z_./][A-Za-z0-9_./-]*+(?:[ \t]++(?!=){_PIECE}+)*[ \t]*+")
# Words with which something else than a simple command begins.
_NO_NAMES = frozenset(
    "if then else elif fi do done case esac while until for in function select time coproc declare typeset export readonly "
    "local unset unsetenv test let eval".split()
)


_LONGEST = 2_000  # a longer text is left to the grammar


@lru_cache(maxsize=4096)  # the splitter of fences, the judge, the undo and the linter ask for the same texts
def plain_words(text: str) -> tuple[Word, ...]:
    """The words of a text that is one plain command on one line; none if it is not surely that."""
    if len(text) > _LONGEST or _LINE.fullmatch(text) is None:
        return ()
    found: list[Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        raw = match[0]
        if '"' in raw or "'" in raw:
            found.append(Word(*_unquoted(raw, start, end)))
        else:
            found.append(Word(HOLE if raw == "..." else raw, start, end, raw))
    return tuple(found) if found[0].text not in _NO_NAMES else ()


_QUOTES = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def _unquoted(raw: str, start: int, end: int) -> tuple[str, int, int, str, bool]:
    """The parts of a word with quotes; `quoted` if all of it stands in one pair of them."""
    if raw[0] in "\"'" and raw.find(raw[0], 1) == len(raw) - 1:
        return raw[1:-1], start, end, raw, True
    return _QUOTES.sub(lambda quote: quote[0][1:-1], raw), start, end, raw, False
