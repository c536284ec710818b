"""Words above commands that nobody is to run: forbidden ones, what others run, what was run once, and examples.

English, German, French, Spanish and Portuguese. What is forbidden only in a case ("until the replica is caught up") is a
step with that condition.
"""

import re
from enum import Enum
from functools import lru_cache

from tocsin.runbook.book import Condition, ConditionKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.words.instructions import is_instruction
from tocsin.runbook.words.roles import fold


class Told(Enum):
    """What an introduction says about the commands below it."""

    FORBIDDEN = "forbidden"
    FORBIDDEN_IN_A_CASE = "forbidden in a case"
    OTHERS = "others"  # a job or a script runs them
    PAST = "past"  # they were run once
    EXAMPLE = "example"
    LEFT_BEHIND = "left behind"  # deprecated
    OPTIONAL = "optional"
    ONLY_THERE = "only there"  # "in dev only"
    WARNED_OFF = (
        "warned off"  # "Do not purge the queue": what changes something below it waits for somebody's word
    )


SET_ASIDE = frozenset({Told.FORBIDDEN, Told.PAST, Told.EXAMPLE, Told.LEFT_BEHIND})
"""What a name over commands says that makes nobody run them unless somebody asks for it."""

_NOT = (
    r"(?:(?:please |but |you (?:should|must) |one (?:should|must) |under no circumstances |whatever you do,? )*"
    r"(?:never(?: ever)?|do not(?: ever)?|don[’']?t(?: ever)?|(?:must|should) not|mustn[’']t|shouldn[’']t|not(?= to\b)|avoid|nunca|no|nao|jamais|niemals|nie|bitte nicht|auf keinen fall)"
    r"(?: to)?)"
)
_RUN = r"(?:run(?:ning)?|executes?|executing|us(?:e|ing)|do(?:ing)?|typ(?:e|ing)|issu(?:e|ing)|apply(?:ing)?|try(?:ing)?|copy|paste|ejecut\w*|execut\w*|us[ae]r?|haga|faca|ausfuhren|verwenden|benutzen)"
_THIS = (
    r"(?: (?:any of |one of |all of |either of )?(?:this|these|those|that|them|it|such|the following|the (?:next|below|commands? below)|anything like|things like|something like"
    r"|das|dies\w*|folgende\w*|esto|estos|lo siguiente|isto|isso|o seguinte|ceci|cela|ce qui suit)\b[^.:;!?]{0,80})?"
)
_FORBIDS = re.compile(rf"{_NOT} {_RUN}{_THIS}\s*[.:!]*$")
_FORBIDS_REST = re.compile(
    r"(?:das |dies\w* |folgende\w* )?(?:nie(?:mals)?|auf keinen fall|nicht) (?:ausfuhren|verwenden|benutzen|tun)\W*$|n[e'] ?\w+ (?:pas|jamais)(?: ceci| cela| ce qui suit)?\W*$"
    r"|(?:what|how) not to do\b.{0,20}$|(?:bad|wrong|forbidden|anti-?pattern|falsch|verboten|mauvais|incorrect[eo]?|prohibido|proibido)\s*(?:example|way|beispiel)?\s*:?$|(?:the )?wrong way\W*$"
    r"|(?:commands? (?:you )?(?:must|should) (?:never|not) (?:be )?(?:run|used?|executed?))\b.{0,40}$|(?:not|never) (?:this|like this)\s*:?$"
)
_CASES = re.compile(
    r"\b(?:unless|until|till|if|while|when|whenever|before|after|without|more than|twice|again|at the same time|together|during|at (?:night|weekends?|the|peak|any|this)|on (?:the|a)|from|yet|except|outside|wenn|bevor|solange|ohne|si|sans|avant|antes|mientras|sem|sin|se|quando|cuando|quand)\b"
)
# "Example, do not copy", "Old notes – not to be run".
_FORBIDS_AT_END = re.compile(
    rf"[,;:(–—-]\s*(?:(?:please|but|so) )?(?:(?:{_NOT}|not to be|nicht) (?:{_RUN}|used|run|executed|copied|applied|kopieren|nachmachen|abtippen)|(?:nur |only |just )?(?:for|zur|zum|pour|para|a titre d') ?(?:illustration|reference|information|demonstration|veranschaulichung|ilustracion)(?: only| purposes)*)"
    r"(?: (?:this|it|these|them|that))?(?: (?:as (?:is|it is|they are)|blindly|verbatim))?[\s).!:]*$"
)
# A deed that is forbidden, with what follows in the same sentence: "Never reset offsets without the lead".
_WARNS_OFF = re.compile(
    r"(?:(?:please|but|you (?:should|must)|one must|under no circumstances|whatever you do),? )*"
    r"(?:never(?: ever)?|do not(?: ever)?|don't(?: ever)?|you (?:must|should) (?:not|never)|under no circumstances|on no account|auf keinen fall|niemals|bitte nicht|nunca|jamais|ne jamais|en ningun caso|em hipotese alguma)"
    r"(?: to)? (?!(?:forget|panic|hesitate|worry|wait|be|skip|assume|have|need|see|know|want|find|get|rush|stop|leave|miss|ignore|trust|expect|olvide|esque[cz]a|oublie[rz]?|vergessen)\b)\w+"
)
_BUT = re.compile(
    r"\b(?:instead|but|rather|use|sondern|stattdessen|sino|plutot|en su lugar)\b(?!\s*(?:this|it)\b)"
)
_PAST = re.compile(
    r"^(?:previously|formerly|in the past|historically|back then|last time|the last time|we used to|it used to|at the time|until (?:19|20)\d\d|in (?:19|20)\d\d|fruher|damals|beim letzten mal"
    r"|autrefois|la derniere fois|antiguamente|la ultima vez|antigamente|da ultima vez)\b(?!.{0,80}\b(?:now|today|please|heute|jetzt)\b)"
    r"|\b(?:what|how) (?:we|they|i|somebody|someone|\w+ team) (?:did|ran|used|fixed|solved|have done|had done)\b|\b(?:we|they|i) (?:ran|executed|fixed it with|solved it with|used to run)\b"
    r"|\bwas (?:run|executed|fixed|done) (?:on|in|by|at)\b"
)
_OTHERS = re.compile(
    r"^(?:the|our|a|an|this|each|every|der|die|das|le|la|el|o)\s[^.:;]{0,60}?(?:cron ?jobs?|jobs?|s[ck]ripts?|pipelines?|timers?|units?|playbooks?|operators?|controllers?|hooks?|entrypoints?|wrappers?|aliases|alias|tools?|workflows?|ci|services?|tasks?)"
    r"\s(?:already |also |itself |then |automatically |just |basically |simply )*(?:runs?|executes?|does|calls?|invokes?|performs?|triggers?|boils down to|fuhrt|execute|ejecuta|executa)"
    r"\s(?:roughly |basically )?(?:this|these|the following|the (?:same )?commands?|every|each|nightly|daily|hourly|weekly|at \d|dies\w*|folgende\w*|jede\w*|ceci|esto|isto)\b"
    r"|\b(?:is|are|gets?|will be) (?:run|executed|called|performed|invoked) (?:automatically|every|each|nightly|daily|hourly|by (?:the|a|our|cron|ci))\b"
)
_EXAMPLE = re.compile(
    r"^(?:\(?(?:as an |an )?(?:for )?(?:examples?|instance)\b|e\.?g\b|sample (?:command|call|usage|invocation)|zum beispiel|beispiel\w*|z\. ?b\.|par exemple|exemples?\b|por ejemplo|ejemplos?\b|por exemplo|exemplos?\b)"
)
_LEFT_BEHIND = re.compile(
    r"\b(?:deprecated|obsolete|outdated|superseded|no longer (?:used|needed|valid|recommended|works?|supported)|veraltet|obsolet\w{0,2}|desuet\w?|obsolescente)\b"
    r"|^(?:the )?(?:old|legacy|former|previous|alte\w?|ancienne?|antiguo|antigo) (?:way|method|procedure|process|runbook|steps|instructions|vorgehen|methode|metodo|procedimiento)\b"
)
_OPTIONAL = re.compile(
    r"^(?:\(?optional(?:ly)?\b|opcional|optionnel|you (?:can|could|may|might) (?:also|alternatively|instead|additionally)\b|if you (?:want|like|prefer|wish)\b|it (?:may|might|can|sometimes) helps?\b|sometimes it helps\b)"
    r"|\b(?:if|when|where|as) (?:needed|necessary|required|applicable|appropriate|desired|in doubt)\b|\b(?:bei bedarf|falls notig|si necesario|si es necesario|si necessaire|se necessario)\b"
)
_ONLY = re.compile(
    r"^(?:only (?:in|on|for|at|with|under)\b|(?:in|on|for|at)\b[^.:;]{1,40}\bonly\b|nur (?:in|auf|fur|bei|im)\b|solo (?:en|para)\b|so (?:em|no|na|para)\b|uniquement\b|seulement (?:en|sur|dans|pour)\b)"
)


_PARENS = re.compile(r"\([^()]*\)")
# "Do not do it by hand:" introduces the tool that does it.
_BY_HAND = re.compile(r"\b(?:by hand|manually|yourself|von hand|manuell|a mano|a la main|manualmente)\b")

# A quick no for most: none of the words that every reading below has one of.
_MAYBE = re.compile(
    r"\b(?:never|not|don'?t|avoid|nunca|no|nao|jamais|nie(?:mals)?|nicht|pas|bad|wrong|forbidden|anti-?pattern|falsch|verboten|mauvais|incorrect\w?|prohibido|proibido|must|should"
    r"|previously|formerly|past|historically|back then|last|used|time|until|in (?:19|20)\d\d|fruher|damals|autrefois|fois|antiguamente|vez|antigamente|did|ran|fixed|solved|done|executed"
    r"|runs?|executes?|does|calls?|invokes?|performs?|triggers?|boils|fuhrt|execute|ejecuta|executa|called|performed|invoked|run|example|examples|instance|e\.?g|sample|beispiel\w*|z\. ?b|exemple|exemples|ejemplos?|exemplos?"
    r"|deprecated|obsolete\w*|outdated|superseded|longer|veraltet|obsolet\w*|desuet\w?|obsolescente|old|legacy|former|previous|alte\w?|ancienne?|antiguo|antigo|optional\w*|opcional|optionnel|you|it|sometimes"
    r"|fall|ningun|hipotese|account|circumstances|illustration|reference|information|demonstration|veranschaulichung|ilustracion|needed|necessary|required|applicable|appropriate|desired|doubt|bedarf|falls|necesario|necessaire|necessario|only|nur|solo|so|uniquement|seulement)\b"
)


@lru_cache(maxsize=4096)
def told_only(text: str) -> Told | None:
    """What an introduction says about the commands below it, beside that they are to be run; mostly None.

    >>> told_only("Never run this in production:")
    <Told.FORBIDDEN: 'forbidden'>
    >>> told_only("Don't forget to restart the worker:") is None
    True
    """
    folded = " ".join(fold(text[:300]).replace("’", "'").split()).lstrip("*_⚠️❌🚫⛔!> -")
    if _MAYBE.search(folded) is None:
        return None
    last = re.split(r"(?<=[.!?;])\s+", folded)[-1] if folded else ""
    bare = " ".join(_PARENS.sub(" ", folded).split()).replace(" :", ":") if "(" in folded else folded
    for words in dict.fromkeys((folded, last, bare)):
        if _FORBIDS_AT_END.search(words):
            return Told.FORBIDDEN
        if (
            (_FORBIDS.match(words) or _FORBIDS_REST.match(words))
            and not _BUT.search(words)
            and not _BY_HAND.search(words)
        ):
            return Told.FORBIDDEN_IN_A_CASE if _CASES.search(words) else Told.FORBIDDEN
    if _OTHERS.search(folded):
        return Told.OTHERS
    if _PAST.search(folded):
        return Told.PAST
    if _EXAMPLE.match(folded):
        return Told.EXAMPLE
    if len(folded) < 100 and _LEFT_BEHIND.search(folded):
        return Told.LEFT_BEHIND
    if _OPTIONAL.search(folded) and len(folded) < 160:
        return Told.OPTIONAL
    if _ONLY.match(folded) and len(folded) < 120:
        return Told.ONLY_THERE
    return Told.WARNED_OFF if _warns_off(folded) else None


def _warns_off(folded: str) -> bool:
    """Whether a sentence forbids a deed, and none behind it says what to do."""
    sentences = re.split(r"(?<=[.!?;])\s+", folded)
    at = next((i for i, words in enumerate(sentences) if _WARNS_OFF.match(words)), None)
    if at is None or _BUT.search(folded) or _BY_HAND.search(sentences[at]):
        return False
    rest = [words.strip() for words in (*sentences[at].split(", ")[1:], *sentences[at + 1 :])]
    return not any(is_instruction(words) for words in rest)


_CONDITIONS = {
    Told.FORBIDDEN_IN_A_CASE: ConditionKind.IF_SAFE,
    Told.WARNED_OFF: ConditionKind.IF_SAFE,
    Told.PAST: ConditionKind.IF_NEEDED,
    Told.EXAMPLE: ConditionKind.IF_NEEDED,
    Told.LEFT_BEHIND: ConditionKind.IF_NEEDED,
    Told.OPTIONAL: ConditionKind.IF_NEEDED,
    Told.ONLY_THERE: ConditionKind.IF_OBSERVED,
}


def told_condition(told: Told, text: str, span: Span) -> Condition | None:
    """The condition under which such commands are steps after all; None where they are none at all."""
    kind = _CONDITIONS.get(told)
    return Condition(kind, text.strip().rstrip(":："), span) if kind is not None else None
