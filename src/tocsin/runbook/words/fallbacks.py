"""Words before what is only done when all else was in vain: "as a last resort, …", "still stuck? …", "failing that".

They make a way of what follows, although no "if" stands there: nobody takes the last resort and what comes before it at once.
"""

import re

from tocsin.runbook.words.wording import unaccented

_HEAD = 160  # signs in which such words stand; each is folded to one, so that a place in the one is a place in the other

_LAST = re.compile(
    r"\s*(?:only |nur )?(?:(?:as|in|for) )?(?:(?:a|an|the|your|our) )?(?:very |absolute )?(?:last|final) (?:resort|measure|straw)\b"
    r"|\s*(?:in |for )?(?:the |a )?(?:absolute )?worst[- ]case(?! (?:latency|scenarios?\b(?! [a-z])|time|is|are|was))\b"
    r"|\s*failing (?:that|this|all (?:that|this|else|of (?:that|this|the above)))\b"
    r"|\s*(?:als |nur als )?letzte[rsn]? (?:mittel|ausweg|moglichkeit|rettung)\b|\s*(?:nur )?im (?:(?:schlimmsten|aussersten) (?:fall|notfall)|notfall)\b|\s*notfalls\b"
    r"|\s*(?:seulement )?en (?:tout )?dernier (?:recours|ressort)\b|\s*au pire\b"
    r"|\s*(?:solo )?(?:como|en) (?:ultimo recurso|ultima (?:opcion|instancia)|el peor de los casos)\b"
    r"|\s*(?:so |somente |apenas )?(?:como|em) (?:ultimo (?:caso|recurso)|ultima (?:opcao|instancia))\b"
)
# A short question about what was done: "Still stuck?", "Not better?", "No luck?", "Didn't help?".
_VAIN = re.compile(
    r"\s*(?:(?:(?:is |are )?(?:it|they|this|that)(?: is| are|'s)? )?still(?! (?:in|on|within|have time)\b)"
    r"|(?:still )?not (?:yet )?(?:better|fixed|resolved|solved|working|enough|recovered|ok|okay|healthy|successful|gone|good|back|up|helping|helped)"
    r"|no (?:luck|change|effect|improvement|success|joy|better|recovery)|nothing (?:helped|helps|worked|works|changed|changes)"
    r"|(?:(?:does|did|do|has|have) )?(?:neither|none)(?: of (?:these|them|those|that|the above|both|the two))?(?: ways?| options?)? (?:helps?|helped|works?|worked)|(?:hat |haben )?(?:keines?|nichts)(?: davon| von beiden)? (?:hilft|geholfen|hat geholfen)"
    r"|(?:(?:that|this|it) )?(?:did|does|has|have|was)(?: not|n[o'’]?t) (?:help|work|fix|recover|resolve|suffice|change|enough|do)\w*"
    r"|immer noch|(?:noch )?(?:keine? (?:besserung|erfolg|anderung)|nicht (?:besser|behoben|gelost))|hilft nicht"
    r"|toujours|rien n'y fait|sigue|todavia|aun|ainda|continua)\b[^.?!:;]{0,50}\?"
)
# "Second try: …", "3rd attempt (with a colleague): …"; a first try follows nothing.
_TRIES = re.compile(
    r"\s*(?:(?:second|third|fourth|fifth|next|last|final|2nd|3rd|4th|zweiter|dritter|vierter|nachster|letzter|segundo|tercer|deuxieme|troisieme|segunda|terceira)\s+(?:try|attempt|approach|resort|line of defence|versuch|intento|essai|tentativa|tentative)"
    r"|(?:try|attempt|versuch|intento|essai|tentativa|tentative)\s+(?:no\. ?|nr\. ?|#)?[2-9])\b(?:\s*\([^)]{0,60}\))?(?=\s*(?:[:.–—-]|$))"
)
_SHOULD = re.compile(
    r"\s*(?:should (?:that|this|it|these|they)(?: also| still)? (?:fail|not\b)|(?:hilft|reicht|klappt|funktioniert) (?:das|dies|es)(?: auch)? nicht\b|sollte (?:das|dies|es) (?:auch )?nicht\b)"
    r"[^,.:;?]{0,60}"
)


def in_vain(text: str) -> int | None:
    """Where the words end that say that what stands above did not help; None where nothing says so.

    >>> in_vain("As a last resort, delete the queue")
    16
    >>> in_vain("Still stuck? Restart the node")
    12
    >>> in_vain("The worst case is a lost order") is None
    True
    """
    head = text[:_HEAD]
    folded = (
        head.lower() if head.isascii() else "".join((unaccented(sign) or sign)[0] for sign in head).lower()
    )
    for pattern in (_LAST, _VAIN, _SHOULD, _TRIES):
        if found := pattern.match(folded):
            return found.end()
    return None
