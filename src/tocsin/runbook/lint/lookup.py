"""Plain words looked up in many texts at once.

A rule about sentences asks first for words of which every sentence it means has one. Asked of each line that is a search
for every word in every line, most of it the cost of asking; asked of all lines as one text it is one search for a word.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate

_LETTERS = re.compile(r"\w+")


class Lookup:
    """Texts in which plain words are looked up together."""

    __slots__ = ("_starts", "_whole")

    def __init__(self, texts: Sequence[str]) -> None:
        self._whole = "\n".join(texts)
        self._starts = list(accumulate((len(text) + 1 for text in texts), initial=0))

    def places(self, words: Iterable[str]) -> list[int]:
        """Where in the row of texts those stand that hold at least one of these words (without line ends), in order.

        >>> Lookup(["stop it", "look", "stop and look"]).places(("stop",))
        [0, 2]
        """
        whole, starts = self._whole, self._starts
        found: set[int] = set()
        for word in words:
            at = whole.find(word)
            while at >= 0:
                place = bisect_right(starts, at)
                found.add(place - 1)
                at = whole.find(word, starts[place])
        return sorted(found)


class ProseLookup:
    """Texts in which many rules look up their words, as written and in whatever case.

    Most words stand nowhere: that no text has some three letters of a word in a row tells so without a search.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        folded = [text.casefold() for text in texts]
        self._written, self._folded = Lookup(texts), Lookup(folded)
        self._triples: set[str] = set()
        for word in {word for text in folded for word in _LETTERS.findall(text)}:
            self._triples.update([word[at : at + 3] for at in range(len(word) - 2)])

    def written(self, words: Iterable[str]) -> list[int]:
        """Where those stand that hold one of these words, written so. The words are constants of a rule."""
        return self._written.places(self._likely(words))

    def said(self, words: Iterable[str]) -> list[int]:
        """Where those stand that hold one of these words, in whatever case; they are given casefolded."""
        return self._folded.places(self._likely(words))

    def _likely(self, words: Iterable[str]) -> list[str]:
        stand = self._triples.issuperset
        return [word for word, triples in _with_triples(tuple(words)) if stand(triples)]


@cache
def _with_triples(words: tuple[str, ...]) -> list[tuple[str, frozenset[str]]]:
    """The words, each with every three letters in a row of it, casefolded."""
    parts = [(word, _LETTERS.findall(word.casefold())) for word in words]
    return [
        (word, frozenset([part[at : at + 3] for part in found for at in range(len(part) - 2)]))
        for word, found in parts
    ]
