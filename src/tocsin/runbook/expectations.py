"""What should be seen, and how long to wait: read from comments and prose.

Source: docs/reference/runbook-language.md, section 9. Only expectations of a known kind decide by themselves;
everything else is prose and asks a person.
"""

import re
from datetime import timedelta

from tocsin.runbook.book import Expectation, Span, Wait, WaitKind
from tocsin.runbook.roles import fold

_EXPECTS = re.compile(
    r"(?:^|\b)(?:should(?:n[’']t)?|must|expect(?:ed|s)?(?: (?:output|result|response|value))?(?=[\s:])|you (?:will|should) see|"
    r"deve(?:ria|m)?|doit|devrait|deberia|debe|sollte|muss|erwartet)\b\s*[:=]?\s*|^(?:→|->|=>|⇒)\s*"
)
_NOT_AN_EXPECTATION = re.compile(
    r"\b(?:you|we|i|someone|team|they) (?:should|must)(?! see)\b|\bmust (?:not )?(?:first|only)\b"
)
_STATUS = re.compile(
    r"\b(?:http|status|code|return(?:s|ed)?|respond(?:s)?(?: with)?|get|give[sn]?|be|ok)\b[^\d\n]{0,20}\b([1-5]\d\d)\b|^\s*(?:http(?:/[\d.]+)?\s*)?([1-5]\d\d)(?:\s+ok)?\s*\.?$"
)
_EMPTY = re.compile(
    r"\b(?:be empty|empty|no output|nothing|no rows?|no results?|no matches|no errors?|vazi[oa]|vacio|vide|leer|keine ausgabe)\b"
)
_QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"|“([^”]+)”|(?<!\w)'([^']+)'(?!\w)|\*\*([^*]+)\*\*|\*([^*]+)\*")
_COMPARE = (
    (
        re.compile(
            r"\b(?:at least|no (?:less|fewer) than|minimum(?: of)?)\s+(\d+(?:\.\d+)?)|(?:>=|≥)\s*(\d+(?:\.\d+)?)"
        ),
        ">=",
    ),
    (
        re.compile(
            r"\b(?:at most|no more than|up to|maximum(?: of)?)\s+(\d+(?:\.\d+)?)|(?:<=|≤)\s*(\d+(?:\.\d+)?)"
        ),
        "<=",
    ),
    (
        re.compile(
            r"\b(?:less than|fewer than|below|under|lower than)\s+(\d+(?:\.\d+)?)|<\s*(\d+(?:\.\d+)?)"
        ),
        "<",
    ),
    (
        re.compile(
            r"\b(?:more than|greater than|above|over|higher than|exceed)\s+(\d+(?:\.\d+)?)|>\s*(\d+(?:\.\d+)?)"
        ),
        ">",
    ),
    (
        re.compile(
            r"\b(?:be|equals?|is|return|show|=)\s*=?\s*(zero|\d+(?:\.\d+)?)(?![\w./:-])|^\s*(\d+(?:\.\d+)?)(?:\s+[a-z]+)?\s*\.?$"
        ),
        "==",
    ),
)
_WORD = re.compile(
    r"\b(?:be|show|see|say|says|print|return|report|display|list|contain|include)\s+(?:as |a |the |status )?([a-z][\w/-]*)\s*\.?$",
    re.I,
)
_JSON = re.compile(r"\{.*\}|\[\s*[{\"].*\]", re.S)


def expectation(text: str, source: str, span: Span, *, command: str = "") -> Expectation | None:
    """The expectation a comment or sentence states, or None if it states none.

    Args:
        source: comment, prose or template. command: what it is said about ("echo $?" asks for the exit status).

    >>> expectation("Should return 200", "comment", Span(0, 1, 1, 1)).value
    '200'
    """
    folded = fold(text)
    found = _EXPECTS.search(folded)
    if found is None or _NOT_AN_EXPECTATION.search(folded):
        return None
    kind, value = _measure(text, folded, folded[found.end() :] or folded, found.group(0), command)
    return Expectation(kind, value, text.strip(), source, span)


def _measure(text: str, folded: str, rest: str, trigger: str, command: str) -> tuple[str, str]:
    json = _JSON.search(text)
    if json is not None:
        return "json", json[0]
    negative = re.search(r"\b(?:not|never|no longer|n[’']t|nao|nicht|pas)\b", folded) is not None
    if status := _STATUS.search(rest):
        return ("prose", text.strip()) if negative else ("http_status", status[1] or status[2])
    if _EMPTY.search(rest) and not re.search(r"\bnot (?:be )?empty\b", rest):
        return ("prose", text.strip()) if re.search(r"\bno errors?\b", rest) else ("empty", "")
    quoted = _QUOTED.search(text)
    if quoted is not None and not negative:
        return "contains", next(group for group in quoted.groups() if group)
    for pattern, sign in _COMPARE:
        if (number := pattern.search(rest)) and not negative:
            value = next(group for group in number.groups() if group)
            value = "0" if value == "zero" else value
            if sign == "==" and re.search(r"\$\?|%errorlevel%", command, re.I):
                return "exit_status", value
            return "number", f"{sign} {value}"
    word = _WORD.search(rest)
    if word is not None and not negative and word[1].lower() not in _VAGUE:
        at = folded.rfind(word[1].lower())
        return "contains", text[at : at + len(word[1])] if len(folded) == len(text) else word[1]
    return "prose", text.strip()


_VAGUE = frozenset(
    [
        "normal",
        "fine",
        "ok",
        "okay",
        "stable",
        "good",
        "low",
        "high",
        "baseline",
        "back",
        "something",
        "it",
        "them",
        "this",
        "that",
        "similar",
        "same",
        "working",
        "correct",
        "resolved",
        "improved",
        "decreased",
        "increased",
        "gone",
        "done",
        "true",
        "false",
        "yes",
        "no",
        "data",
        "output",
        "results",
    ]
)

_UNITS = {
    "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800,
}  # fmt: skip
_DURATION = re.compile(
    r"(?<![\w.-])(\d{1,6}(?:\.\d+)?)\s*(?:(?:-|–|to|a|bis)\s*\d{1,6}\s*)?"
    r"(s(?:ec(?:ond)?s?)?|segundos?|sekunden?|secondes?|m(?:in(?:ute)?s?)?|minutos?|minuten?|h(?:(?:ou)?rs?)?|horas?|heures?"
    r"|stunden?|d(?:ays?)?|dias?|jours?|tagen?|tage?|w(?:eeks?)?|semanas?|semaines?|wochen?)\b"
)
_WORDS = (
    (re.compile(r"\bhalf an hour\b"), timedelta(minutes=30)),
    (re.compile(r"\b(?:an|one|uma|une|una|eine) (?:hour|hora|heure|stunde)\b"), timedelta(hours=1)),
    (re.compile(r"\b(?:a|one|um|une|un|eine) (?:minute|minuto)\b"), timedelta(minutes=1)),
    (re.compile(r"\b(?:a few|some|couple of) (?:minutes|seconds)\b"), timedelta(minutes=3)),
)


def duration(text: str) -> timedelta | None:
    """The first duration in a text; of a range the smaller number; None if there is none.

    >>> duration("wait 15-30 minutes")
    datetime.timedelta(seconds=900)
    """
    folded = fold(text)
    if found := _DURATION.search(folded):
        unit = found[2][0]
        unit = {"j": "d", "t": "d"}.get(unit, unit)
        if found[2].startswith("sem"):
            unit = "w"
        return timedelta(seconds=float(found[1]) * _UNITS[unit])
    return next((length for pattern, length in _WORDS if pattern.search(folded)), None)


_DELAY = re.compile(
    r"^(?:then )?(?:wait|sleep|pause|allow|aguard(?:e|ar)|esper(?:e|ar)|attend(?:re|ez)|warten?|warte)\b(?! on\b)"
)
_UNTIL = re.compile(
    r"^(?:then )?(?:wait|aguard(?:e|ar)|esper(?:e|ar)|attend(?:re|ez)|warten?)\b.*?\b(?:until|for|till|ate|hasta|jusqu\w*|bis)\b\s*(.+)$"
)
_WATCH = re.compile(
    r"^(?:continue (?:to |monitoring )?|keep )?(?:monitor(?:ing)?|watch(?:ing)?|observe|observing|monitore|monitorar|surveiller|vigilar|beobachten|beobachte)\b.*?\b(?:for|por|durante|pendant|fur|over)\b"
)
_WITHIN = re.compile(
    r"\b(?:within|in under|in less than|dentro de|em ate|sous|innerhalb(?: von)?|en menos de)\b"
)


def wait(text: str, span: Span) -> Wait | None:
    """The wait a short instruction asks for, or None.

    "Wait 5 minutes" is a delay, "wait until pods are ready" a poll, "monitor for 1 hour" a watch window,
    "within 15 minutes" a deadline.
    """
    folded = fold(text.strip())
    if len(folded) > 200:
        return None
    if _WATCH.match(folded) and (length := duration(folded)) is not None:
        return Wait(WaitKind.WATCH, length, None, text.strip(), span)
    if _DELAY.match(folded):
        length = duration(folded)
        until = _UNTIL.match(folded)
        if until is not None and (length is None or re.search(r"\b(?:until|hasta|ate|jusqu)", folded)):
            return Wait(WaitKind.POLL, length, text.strip()[until.start(1) :].rstrip("."), text.strip(), span)
        if length is not None:
            return Wait(WaitKind.DELAY, length, None, text.strip(), span)
        return None
    if (within := _WITHIN.search(folded)) and (length := duration(folded[within.end() :])) is not None:
        return Wait(WaitKind.DEADLINE, length, None, text.strip(), span)
    return None
