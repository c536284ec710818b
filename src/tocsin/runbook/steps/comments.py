"""The grammar of comments in shell fences: titles, choices, conditions, expectations, warnings.

Source: docs/reference/runbook-language.md, section 6.4. Tested in that order, in several languages.
"""

import re
from dataclasses import dataclass
from enum import Enum

from tocsin.runbook.book import Condition, ConditionKind
from tocsin.runbook.markdown.blocks import Line, span_of
from tocsin.runbook.words.expectations import expectation
from tocsin.runbook.words.fallbacks import in_vain
from tocsin.runbook.words.programs import KNOWN, first_word, reads_like_command
from tocsin.runbook.words.questions import behind_question, condition_by_question
from tocsin.runbook.words.roles import HORIZON_WORD, condition_kind, fold, remarks, split_number
from tocsin.runbook.words.waits import wait


class Says(Enum):
    """What a comment line is for."""

    TITLE = "title"
    OR = "or"
    FALLBACK = "fallback"
    CONDITION = "condition"
    EXPECTS = "expects"
    HINT = "hint"
    EDIT = "edit"
    WAIT = "wait"
    WARNING = "warning"
    DETAIL = "detail"
    CODE = "code"


# Not frozen, because one is made per comment and a frozen one costs three times as much. Nothing changes it.
@dataclass(slots=True, unsafe_hash=True)
class Comment:
    """One comment line, understood.

    Attributes:
        line: without the comment sign. text: its words. title: what is left as a title, or "".
        number: printed ("Step 3", "2."). condition: for OR, FALLBACK and CONDITION and "(if safe)".
        scope: whether it ends with a colon, so that it speaks about more than one line.
        trailing: whether it stands behind a command.
    """

    line: Line
    says: Says
    text: str
    title: str
    number: str | None = None
    condition: Condition | None = None
    warned: bool = False
    recommended: bool = False
    horizon: str | None = None
    scope: bool = False
    trailing: bool = False


_OR = re.compile(
    r"^(?:or|alternatively|alternative|another (?:option|way|approach)|instead|ou(?: alors| encore| bien)?|alternativamente"
    r"|o(?: bien)?|oder|alternativ)\b\s*[,:]?\s*(.*)$",
    re.I | re.S,
)
# "More gently:" speaks of what stands above it; nobody does both.
_MILDER = re.compile(
    r"^(?:(?:a )?(?:more (?:gentle|gently|conservative|conservatively|cautious|cautiously|targeted|selective|selectively)|gentler|milder|safer|"
    r"less (?:drastic|destructive|invasive|disruptive|aggressive)(?:ly)?)|schonender|vorsichtiger|milder|plus doucement|mas suave)"
    r"(?: (?:option|way|approach|alternative|variant|variante|version))?\s*(?:[:,(–-]\s*(.*))?$",
    re.I | re.S,
)
_OR_BUT_NO_CHOICE = re.compile(r"^o(?:u)?\s+\w+\s+(?:deve|esta|est|es)\b", re.I)
_OPTION = re.compile(
    r"^(?:option|method|approach|alternative|opcao|opção|opcion|opción|methode|méthode|plan)\s+([a-z]|\d{1,2})\s*[:.)–-]\s*(.*)$",
    re.I,
)
_AFTER_CONDITION = re.compile(r"^[^,:→]{1,160}?(?:[,:]|\s(?:→|->|=>|—|–|-)(?=\s))\s*(.*)$", re.S)
_HINT = re.compile(
    r"^(?:examples?:|e\.g\.|for example|note:|hint:|tip:|look (?:for|out)|watch for|pay attention|note the|procur[ea]|cherche[rz]|busc(?:a|ar|que)|achte|suche)\b",
    re.I,
)
_EDIT = re.compile(
    r"^(?:change|add(?: (?:the following|this|these|line|lines))?(?: (?:to|in|into)\b[^:]*)?|set|edit|replace|update|modify|append|uncomment|comment out)\b"
    r"(?:[^:]{0,80})?:\s*\S*",
    re.I,
)
_WARNING = re.compile(
    r"^(?:⚠|❗|🚨|warning|caution|danger(?:ous)?|attention|achtung|vorsicht|warnung|atencao|cuidado|aviso|important|be careful"
    r"|careful|do not|don[’']t|never|nunca|niemals|ne jamais)(?=\W|$)|\b(?:destructive|data loss|irreversible|cannot be undone"
    r"|can[’']t be undone|use with caution|last resort|(?:is|are|will be|be) (?:gone|lost)\b(?! (?:and )?(?:if|when|before|after))|lost (?:forever|for good)|deletes? all|clears? all|wipes?|erases?|loses? (?:all|data)|downtime"
    r"|apaga todos|loscht alle|efface tout|borra todo)\b",
)
_DETAIL = re.compile(r"^(?:[-*•–]|\[[ xX]\])\s+(.*)$", re.S)
_SQL_LIKE = re.compile(
    r"^(?:SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|ALTER (?:SYSTEM|TABLE|DATABASE|ROLE|USER)|CREATE (?:INDEX|TABLE|DATABASE|ROLE|USER)"
    r"|DROP (?:TABLE|DATABASE|INDEX)|TRUNCATE|VACUUM|REINDEX|GRANT|REVOKE|ANALYZE)\b.*;\s*$",
    re.I | re.S,
)


# Most comments are plain titles ("Check application logs"); these two say so quickly, the rest decides.
_PLAIN = re.compile(r"[^\W\d_][\w '/,.:-]*")
_SAYS_MORE = re.compile(
    r"^(?:still|not?|nothing|none|neither|second|third|fourth|fifth|2nd|3rd|4th|try|attempt|next|zweiter|dritter|vierter|nachster|versuch|intento|essai|tentativ[ae]|segund[oa]|tercer\w*|deuxieme|troisieme|that|this|it|did|does|is|are|as|in|last|final|worst|failing|should|letzter?s?n?|als|nur|immer|noch|kein|nicht|hilft|reicht|klappt|sollte|notfalls|im|en|em|au|como|solo|rien|nada|toujours|sigue|ainda|or|a more|a less|a safer|more|less|gentler|milder|safer|schonender|vorsichtiger|plus|mas|alternativ\w*|another|instead|ou|o|oder|option|method\w*|approach|plan|opca?o|opcion|only|if|when|in case|unless|se|caso|si|s.il"
    r"|falls|wenn|otherwise|else|as needed|sinon|senao|ansonsten|andernfalls|en|de|dans|im|change|add|set|edit|replace|update|modify|append|uncomment|comment"
    r"|look|watch|pay|note|examples?|e\.g|for|hint|tip|procur\w*|cherche\w*|busc\w*|achte|suche|then|wait\w*|sleep|pause|allow|aguard\w*"
    r"|esper\w*|attend\w*|wart\w*|continue|keep|monitor\w*|observ\w*|surveill\w*|vigilar|beobacht\w*|short|medium|mid|long|warning|caution"
    r"|danger\w*|attention|achtung|vorsicht|warnung|atencao|cuidado|aviso|important|be|careful|do|don.t|never|nunca|niemals|ne)\b"
    r"|\b(?:should\w*|must|expect\w*|you|deve\w*|doit|devrait|deberia|debe|sollte|muss|erwartet|within|in under|in less|dentro|em ate|sous"
    r"|innerhalb|en menos|destructive|data|irreversible|undone|with caution|last resort|gone|lost|deletes?|clears?|wipes?|erases?|loses?|downtime"
    r"|apaga|loscht|efface|borra|if|se|si|falls|wenn|returns?|responds?|answers?|liefert|antwortet|renvoie|retourne|devuelve|retorna|at least|at most"
    r"|mindestens|hochstens|au moins|au plus|al menos|como maximo|pelo menos|no (?:more|maximo|output|rows)|less than|fewer than|more than|hold|give|let"
    r"|patiente\w*|please|bitte|after|nach|apres|tras|despues|depois|apos|baseline|normal\w*|abwarten|attendu\w*|esperad[oa])\b"
)


def understand(line: Line, *, trailing: bool = False) -> Comment:
    """What a comment line says. `line` is without the comment sign."""
    line = line.stripped()
    text = line.text
    if detail := _DETAIL.match(text):
        return Comment(line, Says.DETAIL, text, detail[1], warned=_warns(detail[1]), trailing=trailing)
    number, rest = split_number(text)
    if (
        not trailing
        and _PLAIN.fullmatch(rest)
        and _SAYS_MORE.search(fold(rest)) is None
        and first_word(rest) not in KNOWN
    ):
        return Comment(line, Says.TITLE, text, _bare(rest), number, scope=rest.endswith(":"))
    said = remarks(rest)
    warned = said.warned or _warns(rest)
    base = Comment(
        line, Says.TITLE, text, _bare(rest), number, warned=warned, recommended=said.recommended,
        scope=rest.endswith(":"), trailing=trailing,
    )  # fmt: skip
    span = span_of([line])
    if found := _option(rest):
        return _with(base, Says.OR if found[0] else Says.TITLE, title=_bare(found[1]) or base.title)
    if kind := condition_kind(rest):
        return _condition(base, kind, rest)
    if said.condition is not None:
        # "(if cert-manager fails)" behind a title.
        kind, words = said.condition
        says = Says.FALLBACK if kind is ConditionKind.IF_FAILED else Says.TITLE
        base = _with(base, says, condition=Condition(kind, words, span))
        if says is Says.FALLBACK:
            return base
    if _SQL_LIKE.match(rest) or reads_like_command(rest):
        return _with(base, Says.CODE)
    if number is None and expectation(text, "comment", span) is not None:
        return _with(base, Says.EXPECTS)
    if _HINT.match(rest):
        return _with(base, Says.HINT)
    if number is None and not trailing and _EDIT.match(rest):
        return _with(base, Says.EDIT)
    if number is None and wait(rest, span) is not None and not rest.endswith(":"):
        return _with(base, Says.WAIT)
    if number is None and _WARNING.match(fold(rest)):
        return _with(base, Says.WARNING)
    if horizon := HORIZON_WORD.match(rest):
        word = {"mid": "medium"}.get(horizon[1].lower(), horizon[1].lower())
        return _with(base, Says.TITLE, horizon=word)
    return base


def _option(text: str) -> tuple[bool, str] | None:
    """Whether a comment names an option, whether it is a further one, and the words that are left."""
    if (found := _OR.match(text)) and not _OR_BUT_NO_CHOICE.match(text):
        return True, found[1]
    if found := _MILDER.match(text):
        return True, found[1] or text
    if found := _OPTION.match(text):
        return found[1].lower() not in ("a", "1"), text
    return None


def _condition(base: Comment, kind: ConditionKind, text: str) -> Comment:
    span = span_of([base.line])
    if (end := in_vain(text)) is not None:
        rest = _bare(text[end:].lstrip(" ,:;–—-")).rstrip(".")
        return _with(base, Says.FALLBACK, title=rest, condition=Condition(kind, text[:end].strip(), span))
    if "?" in text and (end := condition_by_question(text)) is not None:
        rest, words = _bare(behind_question(text, end)).rstrip("."), text[:end].strip()
    else:
        after = _AFTER_CONDITION.match(text)
        rest = _bare(after[1]).rstrip(".") if after else ""
        words = text[: len(text) - len(after[1])].rstrip(" ,:") if after and after[1] else text.rstrip(" :")
    if rest and (_GOES_ELSEWHERE.match(fold(rest)) or _OTHERWISE.search(fold(rest))):
        # "If it is empty, skip the next step": what follows is for the other case.
        other = Condition(ConditionKind.IF_NEEDED, text.rstrip(" :."), span)
        return _with(base, Says.CONDITION, title=_bare(text).rstrip("."), condition=other)
    says = Says.FALLBACK if kind is ConditionKind.IF_FAILED else Says.CONDITION
    return _with(base, says, title=rest, condition=Condition(kind, words, span))


# "More than 50? Call the lead. Otherwise restart it:" is about the other case, too.
_OTHERWISE = re.compile(
    r"(?:[.;,!]\s+|\bor )(?:otherwise|else|if not|sonst|andernfalls|wenn nicht|sinon|si no|de lo contrario|senao|caso contrario)\b"
)
_GOES_ELSEWHERE = re.compile(
    r"(?:(?:then|fine|good|great|perfect|ok|okay|gut|prima|dann|bien|alors|entonces|entao)\b[,.!:]? )*(?:you (?:can|may) )?(?:skip|stop(?: here|\W*$)|ignore|go (?:straight |directly |back )?to|jump to|continue (?:with|at|to|from|below)|proceed (?:to|with)|do nothing|nothing (?:to do|else|more)|no (?:further )?(?:action|need)"
    r"|you(?:'re| are) (?:done|finished)|we(?:'re| are) done|see\b|uberspring|weiter (?:mit|bei)|fertig|saute|passe[rz]? (?:a|directement)|omit|salt[ae]|pul[ae])"
)


def _warns(text: str) -> bool:
    return _WARNING.search(fold(text)) is not None


def _bare(text: str) -> str:
    return text.strip().rstrip(":").strip()


def _with(
    base: Comment,
    says: Says,
    *,
    title: str | None = None,
    condition: Condition | None = None,
    horizon: str | None = None,
) -> Comment:
    return Comment(
        base.line, says, base.text, base.title if title is None else title, base.number,
        condition or base.condition, base.warned, base.recommended, horizon or base.horizon, base.scope, base.trailing,
    )  # fmt: skip
