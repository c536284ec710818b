"""What should be seen: read from comments and prose, in a form a machine can check where that is certain.

Source: docs/reference/runbook-language.md, section 9.1. Only expectations of a known kind decide by themselves;
everything else is prose and asks a person. English, Portuguese, French, Spanish and German.
"""

import re
from dataclasses import dataclass, replace

from tocsin.runbook.book import Expectation
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.words.roles import fold
from tocsin.runbook.words.waits import within

# Words that say "this is what should be seen", whatever follows.
_EXPECTS = re.compile(
    r"(?:^|\b)(?:should(?:n[’']t)?|must|expect(?:ed|s)?(?: (?:output|result|response|value|status))?(?=[\s:])|you (?:will|should) see|"
    r"deve(?:ria|riam|m)?|doit|doivent|devrait|devraient|deberian?|deben?|sollten?|muss|mussen|erwartet\w*(?: (?:ausgabe|ergebnis|antwort))?(?=[\s:])"
    r"|attendue?s?(?=\s*:)|(?:resultat|sortie|reponse) attendue?|(?:resultado|salida|respuesta|saida|resposta) esperad[oa]|esperad[oa](?=\s*:)|se espera)"
    r"\b\s*[:=]?\s*|^(?:→|->|=>|⇒)\s*"
)
# Words that say so only where something measurable follows.
_MEASURED_ONLY = re.compile(
    r"^(?:(?:it |this |das |ca )?(?:returns|responds?(?: with)?|answers?|yields|liefert|antwortet(?: mit)?|renvoie|retourne|repond|devuelve|retorna)\b\s*"
    r"|(?=(?:http(?:/[\d.]+)?[ :]*)?[1-5]\d\d(?:\s*(?:ok|created|no content))?\.?$)"
    r"|(?=(?:at least|at most|no more than|mindestens|hochstens|au moins|au plus|al menos|como maximo|pelo menos|no maximo|less than|fewer than"
    r"|more than|unter|uber|menos de|moins de)\s+\d)|(?=[<>≤≥]=?\s*\d)|(?=no output|empty output|no rows\b|keine ausgabe|sin salida|sem saida))"
)
_MEASURED_AT_END = re.compile(r"\b(?:expected|erwartet|attendue?s?|esperad[oa]s?)\.?$")
_NOT_AN_EXPECTATION = re.compile(
    r"\b(?:you|we|i|someone|team|they|on-call|engineers?) (?:should|must)(?! see)\b|\bmust (?:not )?(?:first|only)\b"
    r"|\b(?:should|must) (?:always |only |never |not )?(?:be (?:run|executed|done|performed|used|taken|made|considered|avoided)|have access)\b"
)
_NUMBER = r"(\d[\d,.]*\d|\d|zero|null|cero|nenhum)"
_UNIT = re.compile(r"\s*(%|[^\W\d_][\w/-]{0,20})")
_UNIT_WORDS = {
    "percent": "%", "prozent": "%", "pour": "%", "por": "%", "milliseconds": "ms", "millis": "ms", "seconds": "s", "second": "s", "secs": "s",
    "sec": "s", "sekunden": "s", "secondes": "s", "segundos": "s", "minutes": "min", "minute": "min", "minuten": "min", "minutos": "min",
    "mins": "min", "hours": "h", "hour": "h", "stunden": "h", "heures": "h", "horas": "h",
}  # fmt: skip
_NO_UNIT = frozenset(
    "or and to in at on of for per by as if is be the a within after before when while across over during from with und oder sein in innerhalb "
    "nach vor liegen fallen zuruckgeben betragen anzeigen ou et dans apres en o y e ate em dentro es ser estar steht bleiben sinken expected "
    "erwartet attendu esperado ok created accepted zuruck liefern each again bis not but running".split()
)
_STATUS = re.compile(
    r"(?:\b(?:https?(?:/[\d.]+)?|status(?:\s*code)?|codigo|code|return(?:s|ed)?|respond(?:s)?(?: with)?|answers?(?: with)?|get|give[sn]?|be|ok|a|an|retourner|renvoyer"
    r"|repondre|devolver|responder|retornar|liefern|mit)\b[^\d\n]{0,20}|^\W*)\b([1-5]\d\d)\b(?!\s*(?:%|ms\b|[kmgt]?i?b\b|[a-z]*second|rows?\b|messages?\b|[,.]\d))"
)
_EMPTY = re.compile(
    r"\b(?:be empty|empty|no output|nothing|no rows?|no results?|no matches|no lines?|no entries|vazi[oa]s?|vaci[oa]s?|vides?|leer|keine ausgabe|nichts|rien|nada|"
    r"aucune? (?:sortie|resultat|ligne)|keine (?:zeilen|treffer|ergebnisse)|sin (?:salida|resultados)|sem (?:saida|resultados))\b"
)
_NOT_EMPTY = re.compile(
    r"\b(?:not (?:be )?empty|non-empty|nicht leer|pas (?:etre )?vide|no (?:debe )?estar vaci[oa])\b"
)
_NEGATIVE = re.compile(
    r"\b(?:not|never|no longer|nao|nicht|kein(?:e|en)?|pas|jamais|nunca)\b|n[’']t\b|^no (?:debe|deberia)"
)
_QUOTED = re.compile(
    r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”|„([^“”]+)[“”]|«\s*+([^»]*[^»\s])\s*+»|(?<!\w)'([^']+)'(?!\w)|\*\*([^*]+)\*\*|\*([^*]+)\*"
)
_COMPARE = (
    (">=", r"at least|no (?:less|fewer) than|minimum(?: of)?|mindestens|wenigstens|au moins|al menos|como minimo|pelo menos|no minimo|>=|≥"),
    ("<=", r"at most|no more than|(?:not|nicht|pas|no|nao) (?:exceed|depasser|uberschreiten|superar|exceder)|up to|maximum(?: of)?|hochstens|maximal|au plus|como maximo|a lo sumo|no maximo|<=|≤"),
    ("<", r"(?:less|fewer|lower|smaller) than|below|under|unter(?:halb(?: von)?)?|kleiner(?: als)?|weniger als|inferieure?s? a|moins de|en dessous de|sous|menos de|menor(?:es)? (?:que|de|a)"
          r"|inferior(?:es)? a|por debajo de|abaixo de|<"),
    (">", r"(?:more|greater|higher|larger) than|above|over|exceeds?|mehr als|gro(?:ß|ss)er(?: als)?|hoher als|uber|superieure?s? a|plus de|au-dessus de|mas de|mayor(?:es)? (?:que|de|a)"
          r"|superior(?:es)? a|por encima de|mais de|maior(?:es)? (?:que|de)|acima de|>"),
)  # fmt: skip
_COMPARISONS = tuple((sign, re.compile(rf"(?:(?<!\w)(?:{words}))\s*{_NUMBER}")) for sign, words in _COMPARE)
_AFTERWARDS = (
    (">=", re.compile(rf"{_NUMBER}\s*(?:%|[a-z]+\s)?\s*(?:or|oder|ou|o) (?:more|higher|mehr|plus|mas|mais)\b")),
    ("<=", re.compile(rf"{_NUMBER}\s*(?:%|[a-z]+\s)?\s*(?:or|oder|ou|o) (?:less|fewer|lower|weniger|moins|menos)\b")),
)  # fmt: skip
_BETWEEN = re.compile(
    rf"\b(?:between|zwischen|entre)\s+{_NUMBER}\s*%?\s+(?:and|und|et|y|e)\s+{_NUMBER}|\b(?:from )?{_NUMBER}\s*(?:to|-|–|bis)\s*{_NUMBER}\b"
)
_EQUALS = re.compile(
    rf"\b(?:be|equals?|is|returns?|show|shows|report|print|display|etre|ser|estar|valoir|mostrar|afficher|=)\s*=?\s*(?:exactly |genau |exactement )?{_NUMBER}(?![\w./:-])"
    rf"|^(?:exactly |genau |exactement |only )?{_NUMBER}(?:\s+(?!to\b)[^\W\d_]+)?\s*(?:sein|betragen|anzeigen|zeigen)?\.?$"
)
_EXIT = re.compile(
    r"\bexit (?:code|status)\b|\breturn code\b|\bexit-?code\b|\bruckgabewert\b|\bcode de (?:sortie|retour)\b|\bcodigo de salida\b"
)
_STATISTIC = re.compile(
    r"\b(p\d{2}(?:\.\d)?|\d{2}th percentile|median|average|avg|mean|max(?:imum)?|min(?:imum)?)\b"
)
_SAMPLES = re.compile(
    r"\b(?:over|across|of|uber|sur|en|em)\s+(\d{1,4})\s+(?:samples?|requests?|probes?|messungen|mesures|muestras|amostras)\b"
)
_BASELINE = re.compile(
    r"\b(?:return(?:s|ed)?|back|drop(?:s|ped)?|recover(?:s|ed)?|go(?:es)?|come(?:s)?|settle(?:s)?)\b.{0,24}\b(?:to|at)\s+(?:the |their |its |pre-incident )?(?:baseline|normal(?: levels?)?)\b"
    r"|\bwieder (?:normal|auf normalniveau)\b|\b(?:revenir|revient|retour(?:ner)?) a la normale\b|\bvolver a la normalidad\b|\bvoltar ao normal\b"
)
_WORD = re.compile(
    r"\b(?:be|show|see|say|says|print|return|report|display|list|contain|include|etre|afficher|indiquer|ser|estar|mostrar|indicar|decir|exibir)"
    r"\s+(?:as |a |the |status |al[s]? )?([a-z][\w/-]*)\s*\.?$|^(?:status |als? )?([a-z][\w/-]*) (?:sein|anzeigen|zeigen|melden|lauten|stehen)\.?$|^([a-z][\w-]*)\.?$",
)
_AFTER_COLON = re.compile(
    r"\b(?:show|return|print|say|output|see|read|display)s?:\s*([^\s`\"'{\[]*[\w/][^\s]*)\s*$", re.I
)
_FRACTION = re.compile(r"(?<![\w/])(\d{1,4}/\d{1,4})(?![\w/])")
_JSON = re.compile(r"\{.*\}|\[\s*[{\"].*\]", re.S)
_VAGUE = frozenset(
    "normal fine stable good low high baseline back something it them this that similar same working correct resolved improved "
    "decreased increased gone done yes no data output results reachable accessible possible identical complete completed successful up "
    "available clean green visible present consistent ready better faster lower higher recent working again here below above following "
    "list table response message messages errors error status result everything all both".split()
)


def expectation(text: str, source: str, span: Span, *, command: str = "") -> Expectation | None:
    """The expectation a comment or sentence states, or None if it states none.

    Args:
        source: comment, prose or template. command: what it is said about ("echo $?" asks for the exit status).

    >>> expectation("Should return 200", "comment", Span(0, 1, 1, 1)).value
    '200'
    >>> expectation("must stay below 80 % within 5 min", "prose", Span(0, 1, 1, 1)).unit
    '%'
    """
    folded = fold(text.strip())
    said = _said(folded)
    if said is None or _NOT_AN_EXPECTATION.search(folded):
        return None
    certain, rest = said
    measured = _measure(text.strip(), folded, rest, command)
    if measured.unit and measured.unit not in _UNIT_WORDS.values():
        measured = replace(measured, unit=_as_written(text.strip(), folded, measured.unit))
    if not certain and measured.kind in ("prose", "contains", "json"):
        return None
    return Expectation(
        measured.kind, measured.value, text.strip(), source, span, measured.unit, within(folded)
    )


_THRESHOLD = re.compile(
    r"\((?:warning|warn|critical|crit|page|alert|warnung|kritisch)\)|\b(?:alert|threshold|alarm)\b"
)
_PARENTHESIS = re.compile(r"[(（]([^()（）]{3,120})[)）]")


def expected_in(title: str, span: Span) -> Expectation | None:
    """What a title says in parentheses should be seen: "Count the errors (should be fewer than 10)"."""
    found = (expectation(inside, "prose", span) for inside in _PARENTHESIS.findall(title))
    return next((each for each in found if each is not None), None)


def measured(text: str, span: Span) -> Expectation | None:
    """What a check names without a verb ("error rate below 2 %"), where it can be measured; else None."""
    folded = fold(text.strip())
    found = _statistic(folded) or _compared(folded)
    if found is None or _THRESHOLD.search(folded) or _NOT_AN_EXPECTATION.search(folded):
        return None
    return Expectation(found.kind, found.value, text.strip(), "prose", span, found.unit, within(folded))


def _said(folded: str) -> tuple[bool, str] | None:
    """Whether the words surely state an expectation, and what follows them; None if they state none."""
    if found := _EXPECTS.search(folded):
        rest = folded[found.end() :] or folded
        # After an arrow a value is meant; a sentence there tells what follows from it.
        return found[0][:1] not in "→-=⇒" or len(rest.split()) <= 3, rest
    if _BASELINE.search(folded) and not _BASELINE.match(folded):
        return False, folded
    if found := _MEASURED_ONLY.match(folded):
        return False, folded[found.end() :]
    if found := _MEASURED_AT_END.search(folded):
        return False, folded[: found.start()].strip(" :,")
    return None


@dataclass(frozen=True, slots=True)
class _Measured:
    """Kind, value and unit of an expectation."""

    kind: str
    value: str
    unit: str | None = None


def _measure(text: str, folded: str, rest: str, command: str) -> _Measured:
    prose = _Measured("prose", text)
    json = _JSON.search(text)
    if json is not None and '"' in json[0]:
        return _Measured("json", json[0])
    negative = _NEGATIVE.search(folded) is not None
    if found := _statistic(folded):
        return prose if negative else found
    if _BASELINE.search(folded) and not re.search(r"\d\s*%|[<>]", folded):
        return prose if negative else _Measured("baseline", "")
    if found := _compared(rest):
        return found
    if _NOT_EMPTY.search(folded):
        return _Measured("not_empty", "")
    if _EXIT.search(folded) or re.search(r"\$\?|%errorlevel%", command, re.I):
        code = re.search(r"\b(\d{1,3}|zero|null)\b", _EXIT.sub("", rest))
        if code is not None:
            return prose if negative else _Measured("exit_status", code[1] if code[1].isdigit() else "0")
    return _seen(text, folded, rest, negative) or prose


def _seen(text: str, folded: str, rest: str, negative: bool) -> _Measured | None:
    """What is looked for in the answer: a status, emptiness, a word, an exact number."""
    if status := _STATUS.search(rest):
        return None if negative else _Measured("http_status", status[1])
    if _EMPTY.search(rest):
        # "nicht", "rien ne" negate by the very words that say "empty"; a "not" beside them turns them round.
        return None if re.search(r"\bnot\b|\bnicht\b", rest) else _Measured("empty", "")
    quoted = _QUOTED.search(text)
    if quoted is not None:
        word = next(group for group in quoted.groups() if group)
        if not negative:
            return _Measured("contains", word)
        plain = re.search(
            r"(?:not|nicht|pas|no|nao)\s+(?:\w+\s+){0,2}?(?:contain|show|include|list|see|mention|enthalten|contenir|contener|mostrar)",
            folded,
        )
        return _Measured("absent", word) if plain is not None else None
    if negative:
        bare = re.search(
            r"\b(?:not|nicht) (?:contain|show|include|list|mention) (?:any )?([a-z][\w-]*)\.?$",
            rest if "not" in rest else folded,
        )
        # A word that must be missing passes all too easily: only one that is written like output ("ERROR") counts.
        word = _as_written(text, folded, bare[1]) if bare else ""
        return _Measured("absent", word) if word and word != word.lower() else None
    if after := _AFTER_COLON.search(text):
        return _Measured("contains", after[1])
    if fraction := _FRACTION.search(rest):
        return _Measured("contains", fraction[1])
    if equal := _EQUALS.search(rest):
        at = 1 if equal[1] else 2
        return _Measured("number", f"== {_value(equal[at])}", _unit(rest[equal.end(at) :]))
    word_found = _WORD.search(rest)
    if word_found is None:
        return None
    seen = next(group for group in word_found.groups() if group)
    return None if seen in _VAGUE else _Measured("contains", _as_written(text, folded, seen))


def _compared(rest: str) -> _Measured | None:
    """A comparison with a number, if the words state one; "not more than 5" turns it round."""
    if found := _BETWEEN.search(rest):
        low, high = (group for group in found.groups() if group)
        return _Measured("range", f"{_value(low)}..{_value(high)}", _unit(rest[found.end() :]))
    for sign, pattern in (*_AFTERWARDS, *_COMPARISONS):
        found = pattern.search(rest)
        if found is None or re.match(r"\s*(?:samples?|requests?|probes?)\b", rest[found.end() :]):
            continue
        before = rest[: found.start()]
        if _NEGATIVE.search(before) and len(sign) == 1:
            sign = {">": "<=", "<": ">="}[sign]
        elif _NEGATIVE.search(before):
            return None
        return _Measured("number", f"{sign} {_value(found[1])}", _unit(rest[found.end(1) :]))
    return None


def _statistic(folded: str) -> _Measured | None:
    """A statistic over samples: "p95 latency < 200 ms across 5 samples"."""
    named = _STATISTIC.search(folded)
    samples = _SAMPLES.search(folded)
    if named is None or (samples is None and not named[1].startswith("p")):
        return None
    compared = _compared(folded[named.end() :])
    if compared is None:
        return None
    over = f" over {samples[1]}" if samples is not None else ""
    return _Measured("samples", f"{named[1]} {compared.value}{over}", compared.unit)


def _value(number: str) -> str:
    """A number as it is written in code: "1,000" is 1000, "0,5" is 0.5, "zero" is 0."""
    if not number[0].isdigit():
        return "0"
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", number):
        return number.replace(",", "")
    return number.rstrip(".,").replace(",", ".")


def _unit(after: str) -> str | None:
    found = _UNIT.match(after)
    if found is None or found[1] in _NO_UNIT:
        return None
    return _UNIT_WORDS.get(found[1], found[1])


def _as_written(text: str, folded: str, word: str) -> str:
    at = folded.rfind(word)
    return text[at : at + len(word)] if len(folded) == len(text) and at >= 0 else word
