"""What a section is for, by its label; the words are data, in `role_words`.

See docs/reference/runbook-language.md, section 5. Labels are matched in normal form (lower
case, without accents, numbering, emoji, punctuation and parentheses): whole phrase first, then first words,
then a contained phrase; the longest phrase wins.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tocsin.runbook.book import ConditionKind, Role
from tocsin.runbook.words.fallbacks import in_vain
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.questions import condition_by_question
from tocsin.runbook.words.role_words import GENERIC, NOT_INSIDE, WORDS
from tocsin.runbook.words.wording import unaccented


def fold(text: str) -> str:
    """Lower case without accents."""
    return text.lower() if text.isascii() else unaccented(text).lower()


_PARENS = re.compile(r"[(（]([^()（）]*)[)）]")
_NUMBERING = re.compile(
    r"^(?:(?:step|phase|part|etapa|passo|etape|étape|paso|schritt|fase)\s+(\d{1,3}(?:\.\d{1,3}){0,3})\s*(?:[.):–—-]\s*|\s+|$)"
    r"|(?:#\s?)?(\d{1,3}(?:\.\d{1,3}){0,3})\s*(?:[.):]|[-–—](?=\s))\s+)",
    re.I,
)
_LEADING_SIGNS = re.compile(r"[^\w(\[<`'\"“#$./~-]+")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def split_number(label: str) -> tuple[str | None, str]:
    """The number printed in front of a title, and the title without it: "Step 3: Restart" → ("3", "Restart")."""
    text = _without_signs(label.strip())
    found = _NUMBERING.match(text)
    if found is None or not text[found.end() :].strip():
        return None, text.strip()
    return found[1] or found[2], text[found.end() :].strip()


def _without_signs(text: str) -> str:
    """The text without the bullets, arrows and emoji before its first word."""
    if text[:1].isalnum():
        return text
    signs = _LEADING_SIGNS.match(text)
    return text if signs is None else text[signs.end() :]


@lru_cache(maxsize=4096)
def normal(label: str) -> str:
    """A label in normal form: folded words without numbering, punctuation, emoji and parentheses."""
    text = _PARENS.sub(" ", plain(label[:300]))
    _, text = split_number(text)
    return " ".join(_WORD.findall(fold(text)))


def _phrases() -> tuple[dict[str, Role], dict[str, Role]]:
    anywhere: dict[str, Role] = {}
    whole: dict[str, Role] = {}
    for role, text in WORDS.items():
        for phrase in text.split(","):
            name = " ".join(_WORD.findall(fold(phrase)))
            whole.setdefault(name, role)
            if not phrase.strip().endswith("="):
                anywhere.setdefault(name, role)
    return whole, anywhere


_WHOLE, _START = _phrases()
_BEGINS = frozenset(name.split()[0] for name in _START if name)  # a quick no for most words


@lru_cache(maxsize=4096)
def role_of(label: str) -> Role | None:
    """The role a label names, or None.

    >>> role_of("**Ações imediatas**:")
    <Role.MITIGATION: 'mitigation'>
    >>> role_of("Redis memory full") is None
    True
    """
    name = normal(label)
    if found := _WHOLE.get(name):
        return found
    words = name.split()
    if not words or len(words) > 12:
        return None
    for length in range(min(len(words) - 1, 5) if words[0] in _BEGINS else 0, 0, -1):
        if found := _START.get(" ".join(words[:length])):
            return found
    starts = [start for start in range(1, len(words)) if words[start] in _BEGINS]
    for length in range(min(len(words), 5) if starts else 0, 0, -1):
        for start in starts:
            if start + length > len(words):
                break
            phrase = " ".join(words[start : start + length])
            if phrase not in NOT_INSIDE and (found := _START.get(phrase)):
                return found
    return None


def is_exact(label: str) -> bool:
    """Whether the label is nothing but a known role name ("Steps:", "Résolution")."""
    return normal(label) in _WHOLE


def surely(label: str) -> Role | None:
    """The role of a label that names it in two words or more ("Incident severity classification"), or entirely."""
    if is_exact(label):
        return role_of(label)
    words = normal(label).split()
    for length in range(min(len(words), 5), 1, -1):
        for start in range(len(words) - length + 1):
            found = _START.get(" ".join(words[start : start + length]))
            if found is not None and length * 2 >= len(words):
                return found
    return None


def is_generic(label: str) -> bool:
    """Whether a mitigation label says only that steps follow, so that the steps themselves tell their role."""
    return normal(label) in GENERIC


_CATALOGUE = re.compile(
    r"\b(?:common|known|frequent|typical|critical|production)?\s*(?:incidents?|scenarios?|issues?|problems?|alerts?"
    r"|failures?|failure modes|playbooks|runbooks|troubleshooting|emergenc(?:y|ies)|outages?|incidentes?|cenarios?"
    r"|problemas?|alertas?|falhas?|escenarios|fallos|pannes|problemes|storungen|vorfalle|probleme)\b"
    r"\s*(?:guide|types?|catalog(?:ue)?|procedures|scenarios|playbooks|runbooks|response|comuns|comunes|courants)?$"
)


@lru_cache(maxsize=4096)
def is_catalogue(label: str) -> bool:
    """Whether a heading announces a list of incidents ("Common Incidents", "Failure scenarios")."""
    return _CATALOGUE.search(normal(label)) is not None


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the parentheses of a label say."""

    recommended: bool = False
    warned: bool = False
    temporary: bool = False
    condition: tuple[ConditionKind, str] | None = None


_RECOMMENDED = re.compile(
    r"\b(?:recommended|preferred|fastest|safest|default|recomendad[oa]|recommande|empfohlen)\b"
)
_WARNED = re.compile(
    r"\b(?:caution|cautious|careful|carefully|emergency|emergencia|danger|dangerous|destructive|last resort|risky|com cuidado|con cuidado|avec precaution"
    r"|data loss|ultimo recurso|dernier recours|vorsicht|notfall|not reversible|irreversible)\b"
)
_TEMPORARY = re.compile(r"\b(?:temporary|temporarily|temporario|temporal|temporaire|vorubergehend)\b")


# "Delete stuck attachments if necessary": asked, not assumed.
_TRAILING_IF = re.compile(
    r"[\s,–—-]((?:only\s+)?if\s+(?:(?:it\s+is|it[’']s|this\s+is|still|absolutely|really|and\s+as)\s+){0,2}(?:necessary|needed|required|safe|possible"
    r"|applicable|appropriate|desired|available)(?:\s+to\s+do\s+(?:so|it|this))?|se\s+(?:for\s+)?necess[aá]rio|si\s+(?:es\s+)?necesario"
    r"|si\s+n[eé]cessaire|(?:falls|wenn)\s+n[oö]tig)\s*[.:;!]?\s*$",
    re.I,
)
# "On web-a, if it still answers"; what ends the sentence is taken off before.
_TRAILING_CASE = re.compile(
    r",\s{1,3}((?:(?:but\s{1,3})?only\s{1,3})?(?:if|falls|wenn|si|se)\s{1,3}(?!you\b|any\b|in doubt|unsure|possible)[^,.;:()?]{4,80})$",
    re.I,
)


_NO_REMARKS = Remarks()
_ASKING = re.compile(r"[iI][fF] |[sS][ei] |[fF]alls |[wW]enn ")


@lru_cache(maxsize=4096)
def remarks(label: str) -> Remarks:
    """What the parentheses of a label say: "(Recommended)", "(if safe)", "(temporary)", "(use with caution)"."""
    trailing = None
    if _ASKING.search(label):
        trailing = _TRAILING_IF.search(label) or _TRAILING_CASE.search(label.rstrip(" \t\n.:;!"))
    if trailing is None and "(" not in label and "（" not in label:
        return _NO_REMARKS
    recommended = warned = temporary = False
    found: tuple[ConditionKind, str] | None = None
    words = trailing[1] if trailing is not None else ""
    if words and (kind := condition_kind(words)) is not None:
        found, warned = (kind, words), kind is ConditionKind.IF_SAFE
    for inside in _PARENS.findall(label):
        text = fold(inside)
        recommended = recommended or _RECOMMENDED.search(text) is not None
        warned = warned or _WARNED.search(text) is not None
        temporary = temporary or _TEMPORARY.search(text) is not None
        if found is None and (kind := condition_kind(inside)) is not None:
            found = (kind, inside.strip())
            warned = warned or kind is ConditionKind.IF_SAFE
    return Remarks(recommended, warned, temporary, found)


_IF = re.compile(
    r"\s*(?:only\s+)?(?:if|when|in case|unless|se|caso|si|s[’']il|falls|wenn|otherwise|else|as needed|"
    r"sinon|senao|si no|ansonsten|andernfalls|en (?:otro caso|caso contrario)|de lo contrario|dans le cas contraire|caso contrario|im anderen fall)\b",
    re.I,
)
_FAILED = re.compile(
    r"\b(?:fails?|failed|failing|does ?(?: not|n[o'’]t) (?:work|help|respond|start|recover|resolve|fix)|did ?n[o'’]t (?:work|help)|"
    r"not work(?:ing)?|doesnt work|still (?:grow\w*|increas\w*|rising|failing|down|not|broken|unhealthy|high|stuck|errors?|no|slow|unresponsive|"
    r"see|seeing|having|present|happening|occurring|persists?|unavailable|degraded)|"
    r"unsuccessful|no luck|persists?|not (?:enough|sufficient|resolved|recovered|fixed)|nothing (?:else )?(?:helps?|works?|helped|worked)|"
    r"no (?:effect|change|improvement)|n[o'’]t (?:be enough|change (?:anything|much))|nao (?:funcionar|resolver|adiantar|bastar)|falhar|persistir|"
    r"echoue|ne (?:marche|suffit) pas|rien n[ey]|persiste|no (?:funciona|basta|sirve|ayuda)|falla|fehlschlagt|nichts? (?:hilft|bringt)|nicht (?:funktioniert|reicht|ausreicht))\b"
)
_NEEDED = re.compile(
    r"\b(?:necessary|needed|required|appropriate|possible|available|applicable|desired|necessario|preciso|disponivel"
    r"|necessaire|besoin|possible|disponible|notig|erforderlich|verfugbar|as needed)\b"
)
_SAFE = re.compile(r"\b(?:safe|seguro|sicher|sans risque)\b")
_OBSERVED = re.compile(
    r"\b(?:verified|confirmed|verification (?:passes|succeeds)|successful|looks? good|ok|healthy)\b"
)


# "If there is a failed migration" is something to see, not the failure of the step above.
_EXISTS = re.compile(
    r"\s*(?:if|when|wenn|falls|si|se|s[’']il|caso)\s+(?:there (?:is|are|was|were)|you see|any|a|an|hay|existen?|ves|il y a|es gibt|ha|existe[m]?|houver)\b(?!.*\bstill\b)"
)


_STATE = re.compile(
    r"^(?!.*\bstill\b).*\b(?:is|are|has|have|had|was|were|ist|sind|est|sont|esta|estan)\s+(?:\w+ly\s+)?(?:failed|failing|broken|defekt)\b"
)


_HEAD_ENDS = re.compile(r"[,:]")


# "Se connecter à web-3" is an order in French, and no "if".
_REFLEXIVE = re.compile(
    r"\s*se\s+(?:(?:d[eé])?connecter|loguer|placer|rendre|positionner|mettre|assurer|r[eé]f[eé]rer|rapprocher|tourner|munir|souvenir|m[eé]fier)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def condition_kind(text: str) -> ConditionKind | None:
    """The kind of condition a text begins with, or None if it is no condition.

    "if that fails" is a fallback, "if needed" and "if available" are a need, "if safe" asks, everything else
    that begins with "if" is a case somebody has to observe.
    """
    if _IF.match(text) is None or _REFLEXIVE.match(text) is not None:
        if in_vain(text) is not None:
            return ConditionKind.IF_FAILED
        if "?" in text and condition_by_question(text) is not None:
            return ConditionKind.CASE
        return _condition_behind(text) if "場合" in text or "とき" in text else None
    folded = fold(text)
    # The condition itself ends at the comma or colon; the rest is what to do.
    head = _HEAD_ENDS.split(folded, maxsplit=1)[0]
    if _FAILED.search(head) and not _EXISTS.match(head) and not _STATE.search(head):
        return ConditionKind.IF_FAILED
    if _SAFE.search(head):
        return ConditionKind.IF_SAFE
    if _NEEDED.search(head):
        return ConditionKind.IF_NEEDED
    if _OBSERVED.search(head):
        return ConditionKind.IF_OBSERVED
    return ConditionKind.CASE


# In Japanese the condition stands before the word that makes it one: "解決しない場合は、…".
_BEHIND = re.compile(r"^\s*([^、。\n]{1,80}?)(?:場合|とき)(?:は|に|には)?\s*(?:[、:：,]|$)")
_BEHIND_FAILED = re.compile(
    r"解決しな|改善しな|復旧しな|直らな|治らな|回復しな|失敗し|うまくいかな|だめな|ダメな|それでも|効果がな"
)
_BEHIND_NEEDED = re.compile(r"必要な|必要の")


def _condition_behind(text: str) -> ConditionKind | None:
    found = _BEHIND.match(text)
    if found is None:
        return None
    if _BEHIND_FAILED.search(found[1]):
        return ConditionKind.IF_FAILED
    return ConditionKind.IF_NEEDED if _BEHIND_NEEDED.search(found[1]) else ConditionKind.CASE


HORIZON_WORD = re.compile(r"^(short|medium|mid|long)[\s-]*term\b", re.I)
_OPTION = re.compile(
    r"^(?:option|method|approach|alternative|plan|opcao|opcion|methode|metodo|variante?|ansatz|way|path|strategy)"
    r"\s*#?\s*([a-z]|\d{1,2})(?:\s*[:.)–—-]|\s*$|\s+\()"
)
_CASE = re.compile(
    r"^(?:scenario|case|cause|cenario|caso|cas|scenario|escenario|fall|szenario)\s*#?\s*([a-z]|\d{1,2})\s*[:.)–—-]"
)


_OTHER_WAY = re.compile(
    r"^(?:or|alternatively|alternative(?!ly)|another (?:option|way|approach)|plan b|ou(?: alors| bien)?|alternativamente|oder|o bien)\b"
)


@lru_cache(maxsize=4096)
def other_way(title: str) -> bool:
    """Whether a heading or label announces another way of what stands above it ("Alternative: restart by hand")."""
    return option_mark(title) is None and _OTHER_WAY.match(fold(_without_signs(plain(title)))) is not None


def speaks_of_next(title: str) -> bool:
    """Whether a label is a condition or another way for what follows it."""
    return other_way(title) or condition_kind(title) is not None


@lru_cache(maxsize=4096)
def option_mark(title: str) -> str | None:
    """The letter or number of an option heading ("Option B: Hot Fix" → "b"), or None."""
    found = _OPTION.match(fold(_without_signs(plain(title))))
    return found[1] if found else None


@lru_cache(maxsize=4096)
def case_mark(title: str) -> str | None:
    """The number of a case heading ("Scenario 3: primary is gone" → "3"), or None."""
    found = _CASE.match(fold(_without_signs(plain(title))))
    return found[1] if found else None
