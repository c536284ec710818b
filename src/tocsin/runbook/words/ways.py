"""Words that announce several ways, and letters that mark each: "there are two ways: … a) … b) …"."""

import re

from tocsin.runbook.words.wording import fold

_ANNOUNCED = re.compile(
    r"\b(?:two|three|several|different|zwei|drei|mehrere|verschiedene|dos|tres|varias|deux|trois|plusieurs|duas) (?:\w+ )?"
    r"(?:ways?|options?|possibilities|methods?|choices|alternatives?|wege|moglichkeiten|varianten|optionen|opciones|formas|maneras|alternativas|facons|possibilites|opcoes|maneiras)\b"
)
_COUNTS = {
    2: re.compile(r"\b(?:two|zwei|dos|deux|duas|dois)\b"),
    3: re.compile(r"\b(?:three|drei|tres|trois)\b"),
    4: re.compile(r"\b(?:four|vier|cuatro|quatre|quatro)\b"),
}
_THESE = r"(?:these|those|them|the following|the (?:ways|options|methods|alternatives|commands|steps)? ?(?:below|above)|the (?:two|three|four))"
_PICKS_ONE = re.compile(
    r"\b(?:pick|choose|select|decide (?:for|on)) (?:only |just |exactly |either |any )?one\b(?!\s+(?:by one|(?!of|from|way|option|method|approach|variant|below|and|that|which|according|depending)[a-z]))"
    rf"|\b(?:(?:take|use|do|try|run|apply|follow|pick|choose|select) )?(?:only |just |exactly )?(?:one|any|either)(?: one)? of {_THESE}\b(?=[^.;]{{0,40}}(?:[:.]|$))"
    rf"|\b(?:pick|choose|select|decide) (?:between|from|among) {_THESE}\b"
    r"|\b(?:nur |genau )?eine?[rns]? (?:davon|der (?:folgenden|beiden|drei) (?:wege|moglichkeiten|varianten|befehle|schritte)|von beiden)\b|\bnur eines von\b"
    r"|\b(?:elige|elija|escoge|escoja|haz|haga) un[oa] (?:de|:)|\bun[oa] de (?:los|las) siguientes\b|\b(?:choisis(?:sez)?|faites) (?:l')?une? (?:de|des|parmi|:)|\bl'une? des\b.{0,20}\bsuivant"
    r"|\b(?:escolha|faca) um[a]? (?:d[aeo]s?|:)|\bum[a]? d[ao]s seguintes\b"
)
_NEVER_ONE = re.compile(r"\b(?:if|when|once|unless|until|while|wenn|falls|si|se|quand|cuando)\b[^,:]{0,30}$")
_LETTERED = re.compile(r"\(?([a-e])[).]\s+\S", re.IGNORECASE)


def announces_ways(text: str) -> bool:
    """Whether a sentence says that several ways follow.

    >>> announces_ways("Danach gibt es zwei Wege:")
    True
    """
    return _ANNOUNCED.search(fold(text)) is not None


def picks_one(text: str, ways: int) -> bool:
    """Whether a sentence says that of the `ways` listed below it one is to be taken.

    >>> picks_one("Make room. Pick one of these:", 3), picks_one("There are two ways:", 2)
    (True, True)
    >>> picks_one("Pick one node and drain it:", 2), picks_one("There are two ways to lose data:", 3)
    (False, False)
    """
    words = fold(text)
    found = _PICKS_ONE.search(words)
    if found is not None and _NEVER_ONE.search(words[: found.start()]) is None:
        return True
    counted = _COUNTS.get(ways)
    announced = _ANNOUNCED.search(words)
    return announced is not None and counted is not None and counted.match(announced[0]) is not None


_TRY = re.compile(
    r"\W*(?:first|1st|erster|primer|premiere?|primeira) (?:try|attempt|approach|line|versuch|intento|essai|tentative|tentativa)\b|\W*(?:try|attempt|versuch|intento|essai) (?:no\. ?|#)?1\b"
)
_NEXT_TRY = re.compile(
    r"\W*(second|third|fourth|fifth|last|finally|lastly|zweitens|drittens|segundo|tercero|deuxiemement|troisiemement)\s*(?:\([^)]{0,60}\)\s*)?[:–—-]"
)


def begins_tries(text: str) -> bool:
    """Whether a sentence is the first of several tries, of which the next is for when it did not help.

    >>> begins_tries("First try: restart it"), begins_tries("First: restart it")
    (True, False)
    """
    return _TRY.match(fold(text)) is not None


def next_try(text: str) -> str | None:
    """The word by which a sentence is a further one of several tries: "Third" of "Third: restore the snapshot"."""
    found = _NEXT_TRY.match(fold(text))
    return found[1].capitalize() if found is not None else None


def lettered_way(text: str) -> str | None:
    """The letter that marks a way, in lower case: "b" of "b) restart the server".

    >>> lettered_way("b) Server neu starten")
    'b'
    """
    found = _LETTERED.match(text)
    return found[1].lower() if found is not None else None
