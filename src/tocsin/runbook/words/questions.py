"""Questions that are conditions: "More than 50? Scale out", "Exit code 137? Give it more memory", "kubelet dead?".

What stands behind the question is done only where the answer is yes. Questions that ask for a value ("Which server?") or are
answered by looking ("Is the app alive? Check with …") ask for nothing. English, German, French, Spanish and Portuguese.
"""

import re

from tocsin.runbook.words.wording import unaccented

_HEAD = 140  # signs in which the question has to end
_ENDS = re.compile(r"\?(?=[\s)\"'”’*_]|$)[)\"'”’*_]*")
# A sentence that ends before the question mark: the question is not how the text begins.
_BEFORE = re.compile(r"[.!;:]\s|://|\n\s*\n")
_ASKS_FOR_A_VALUE = re.compile(
    r"\W*(?:(?:and|so|but|then|now|und|dann|et|y|e)\s+)?(?:what|which|who|whom|whose|where|when|why|how|wer|wen|wem|wie|wieso|wo|woher|wohin|wann|warum|weshalb|wozu|welche[rsnm]?|wieviele?"
    r"|was (?:ist|sind|tun|macht|passiert|nun|jetzt|wird)|quels?|quelles?|qui|que|quoi|ou est|quand|comment|pourquoi|combien|qu'est-ce|cual(?:es)?|quien|donde|cuando|como|cuantos?|cuantas?"
    r"|por que|para que|qual|quais|quem|onde|quando|quantos?|quantas?|o que)\b"
)
# Who has come so far has answered: "Ready? Then restart it" holds nothing back.
_EVERYBODY_SAYS_YES = re.compile(
    r"\W*(?:(?:all|are you|everybody|everything|all done and)\s+)?(?:ready|sure|done|ok|okay|right|all set|set|clear|got it|see|fertig|bereit|klar|alles klar|listo|pret|pronto)\s*\?"
)
_YES_OR_NO = re.compile(
    r"\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|isn't|aren't|doesn't|didn't|hasn't|any(?:one|body|thing)?|ist|sind|war|hat|haben|kann|wurde|lauft|steht|gibt es"
    r"|est-ce|y a-t-il|hay|esta|estan|ha|existe|existem|houve|ja)\b"
)
_LOOKS = re.compile(
    r"\W*(?:(?:please|then|just|you can)\s+)?(?:check|look|see|verify|find|ask|test|confirm|list|show|get|inspect|compare|query|print|measure|count|watch|read|open|view|grep|describe"
    r"|pruf\w*|uberpruf\w*|schau\w*|sieh|nachsehen|teste\w*|verifie[rz]?|regarde[rz]?|verifi\w+|compruebe|mira|confira|veja)\b"
)
_JOINS = re.compile(r"[\s→➜⇒=>–—:,-]*")


def question(text: str) -> int | None:
    """Where a question ends that a text begins with and that can be answered by yes or no; None where none stands there.

    >>> question("More than 50 active? Restart the API")
    20
    >>> question("Which server? lb-1") is None
    True
    """
    if "?" not in text[:_HEAD]:
        return None
    found = _ENDS.search(text[:_HEAD])
    if found is None or _BEFORE.search(head := text[: found.start()]) or head.count("(") > head.count(")"):
        return None
    folded = (text if text.isascii() else unaccented(text)).lower()[:_HEAD]
    if _ASKS_FOR_A_VALUE.match(folded) or _EVERYBODY_SAYS_YES.match(folded):
        return None
    return found.end() if re.search(r"\w", text[: found.start()]) else None


def condition_by_question(text: str) -> int | None:
    """Where the question ends on which the rest of a text depends; None where nothing depends on one.

    >>> condition_by_question("Exit code 137? Give it more memory")
    14
    >>> condition_by_question("Is the app alive? Check with curl") is None
    True
    >>> condition_by_question("Still alive?") is None
    True
    """
    end = question(text)
    if end is None:
        return None
    rest = text[_behind(text, end) :]
    if not re.search(r"\w", rest):
        return None
    folded = (text if text.isascii() else unaccented(text)).lower()
    if _YES_OR_NO.match(folded) and _LOOKS.match(unaccented(rest).lower()):
        return None
    return end


_BREAKS = re.compile(r"(?<=[.!;)])\s+(?=[A-ZÀ-Þ¿])")


def governing(text: str) -> str:
    """The part of a text from its last question on, on which what follows depends; the text itself where it asks once.

    >>> governing("Yellow? Wait ten minutes. Red? Then reroute:")
    'Red? Then reroute:'
    >>> governing("More than 50? Scale out, then look again.")
    'More than 50? Scale out, then look again.'
    """
    if text.count("?") < 2:
        return text
    for at in reversed([found.end() for found in _BREAKS.finditer(text)]):
        if condition_by_question(text[at:]) is not None:
            return text[at:]
    return text


def asks_only(text: str) -> bool:
    """Whether a text is a question that is answered by yes or no and nothing else: "kubelet dead?".

    >>> asks_only("kubelet dead?"), asks_only("How many?")
    (True, False)
    """
    end = question(text)
    return end is not None and not re.search(r"\w", text[end:])


def behind_question(text: str, end: int) -> str:
    """What stands behind a question, without the arrow or colon between them."""
    return text[_behind(text, end) :]


def _behind(text: str, end: int) -> int:
    joined = _JOINS.match(text, end)
    return joined.end() if joined is not None else end
