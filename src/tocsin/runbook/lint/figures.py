"""Numbers as people write them: "three", "drei", "tres", "trois", "3", "11,000", "1.500"; and what is counted by them."""

import re

from tocsin.runbook.words.wording import fold

_WRITTEN = (
    "one eins ein eine einen einem einer uno una un une um uma", "two both zwei beide beiden beider dos ambos ambas deux dois duas", "three drei tres trois",
    "four vier cuatro quatre quatro", "five funf cinco cinq", "six sechs seis", "seven sieben siete sept sete", "eight acht ocho huit oito",
    "nine neun nueve neuf nove", "ten zehn diez dix dez", "eleven elf once onze", "twelve zwolf doce douze doze",
)  # fmt: skip
WORDS: dict[str, int] = {word: value for value, words in enumerate(_WRITTEN, 1) for word in words.split()}
# "once" is a time in English and eleven in Spanish; "a", "un" and "one" are articles as often as numbers.
_ARTICLES = frozenset("once one ein eine einen einem einer un una une um uma uno".split())
COUNT = rf"\d{{1,3}}(?:[.,]\d{{3}})+(?!\d)|\d{{1,7}}(?:[.,]\d{{1,2}}(?!\d))?|(?:{'|'.join(sorted(set(WORDS) - _ARTICLES, key=len, reverse=True))})\b"
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")


def number(said: str) -> float | None:
    """The number that a word or some digits say; None if they say none.

    >>> [number(said) for said in ("Three", "fünf", "11,000", "1.500", "2,5", "many")]
    [3.0, 5.0, 11000.0, 1500.0, 2.5, None]
    """
    folded = fold(said).strip()
    if folded in WORDS:
        return float(WORDS[folded])
    if _THOUSANDS.fullmatch(folded):
        return float(re.sub(r"[.,]", "", folded))
    try:
        return float(folded.replace(",", "."))
    except ValueError:
        return None
