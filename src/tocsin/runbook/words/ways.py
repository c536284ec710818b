"""Words that announce several ways, and letters that mark each: "there are two ways: … a) … b) …"."""

import re

from tocsin.runbook.words.wording import fold

_ANNOUNCED = re.compile(
    r"\b(?:two|three|several|different|zwei|drei|mehrere|verschiedene|dos|tres|varias|deux|trois|plusieurs|duas) (?:\w+ )?"
    r"(?:ways?|options?|possibilities|methods?|choices|alternatives?|wege|moglichkeiten|varianten|optionen|opciones|formas|maneras|alternativas|facons|possibilites|opcoes|maneiras)\b"
)
_LETTERED = re.compile(r"\(?([a-e])[).]\s+\S", re.IGNORECASE)


def announces_ways(text: str) -> bool:
    """Whether a sentence says that several ways follow.

    >>> announces_ways("Danach gibt es zwei Wege:")
    True
    """
    return _ANNOUNCED.search(fold(text)) is not None


def lettered_way(text: str) -> str | None:
    """The letter that marks a way, in lower case: "b" of "b) restart the server".

    >>> lettered_way("b) Server neu starten")
    'b'
    """
    found = _LETTERED.match(text)
    return found[1].lower() if found is not None else None
