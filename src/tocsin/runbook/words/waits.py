"""How long to wait, and for what: delays, polls, deadlines and watch windows read from comments and prose.

Source: docs/reference/runbook-language.md, section 9.2. English, Portuguese, French, Spanish and German.
"""

import re
from datetime import timedelta

from tocsin.runbook.book import Wait, WaitKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.words.roles import fold

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NUMBERS = {
    word: number
    for number, words in (
        (1, "a an one ein eine einen einer une un uma um una uno"), (2, "two zwei deux dos dois duas"),
        (3, "three drei trois tres"), (4, "four vier quatre cuatro quatro"), (5, "five funf cinq cinco"),
        (10, "ten zehn dix diez dez"), (15, "fifteen funfzehn quinze quince"),
        (20, "twenty zwanzig vingt veinte vinte"), (30, "thirty dreissig trente treinta trinta"),
        (60, "sixty sechzig soixante sesenta sessenta"),
    )
    for word in words.split()
}  # fmt: skip
_UNIT = (
    r"(s(?:ec(?:ond)?s?)?|segundos?|sekunden?|secondes?|m(?:in(?:ute)?s?)?|minutos?|minuten?|h(?:(?:ou)?rs?)?|horas?|heures?"
    r"|stunden?|std|d(?:ays?)?|dias?|jours?|tagen?|tage?|w(?:eeks?)?|semanas?|semaines?|wochen?)"
)
_DURATION = re.compile(
    rf"(?<![\w.-])(\d{{1,6}}(?:[.,]\d{{1,3}})?|(?:{'|'.join(_NUMBERS)})(?=[\s-]))\s*(?:(?:-|–|to|a|bis|ou|or)\s*\d{{1,6}}\s*)?[\s-]?{_UNIT}"
    r"(?![^\W\d_])(?:\s*(?:and|und|et|y|e)?\s*(\d{1,3})\s*(m(?:in(?:ute)?s?)?|minuten|minutos|s(?:ec(?:onds)?)?)(?![^\W\d_]))?"
)
_WORDS = (
    (re.compile(r"\bhalf an hour\b|\bmedia hora\b|\bhalbe[nr]? stunde\b|\bmeia hora\b|\bune demi-heure\b"), timedelta(minutes=30)),
    (re.compile(r"\b(?:a few|some|(?:a )?couple of|einige|ein paar|quelques|algunos|unos|alguns) (?:minut|second|sekund|segund)"), timedelta(minutes=3)),
)  # fmt: skip


_ANY_WORDS = re.compile("|".join(pattern.pattern for pattern, _ in _WORDS))


def duration(text: str) -> timedelta | None:
    """The first duration in a text; of a range the smaller number; None if there is none.

    >>> duration("wait 15-30 minutes")
    datetime.timedelta(seconds=900)
    >>> duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    return _measured(fold(text))[0]


def _measured(folded: str) -> tuple[timedelta | None, int]:
    """The first duration of a folded text and where its words end."""
    for pattern, length in _WORDS if _ANY_WORDS.search(folded) else ():
        if found := pattern.search(folded):
            return length, found.end()
    if found := _DURATION.search(folded):
        number = _NUMBERS.get(found[1])
        seconds = _seconds(number if number is not None else float(found[1].replace(",", ".")), found[2])
        if found[3]:
            seconds += _seconds(float(found[3]), found[4])
        return timedelta(seconds=seconds), found.end()
    return None, 0


def _seconds(number: float, unit: str) -> float:
    first = {"j": "d", "t": "d"}.get(unit[0], unit[0])
    if unit.startswith("sem"):
        first = "w"
    elif unit.startswith("st"):
        first = "h"
    return number * _UNITS[first]


_POLITE = r"(?:(?:then|now|please|next|dann|nun|bitte|puis|luego|depois|ensuite)[, ]+){0,2}"
_DELAY = re.compile(
    rf"^{_POLITE}(?:wait|sleep|pause|hold|allow|(?:give|let)\b(?=.{{0,60}}\d)|aguard(?:e|ar|em)|esper(?:e|ar|en)|attend(?:re|ez|s)"
    r"|patiente[rz]|warten?|pausier\w*)\b(?! on\b)|^[^.;:]{0,80}\b(?:ab)?(?:zu)?warten\.?$"
)
_UNTIL = re.compile(
    rf"^{_POLITE}(?:wait|hold|pause|aguard(?:e|ar|em)|esper(?:e|ar|en)|attend(?:re|ez|s)|patiente[rz]|warten?)\b"
    r".*?\b(?:until|till|til|ate que|ate|hasta que|hasta|jusqu\w*(?: a)?(?: ce)?(?: que)?|bis|que)\b\s*(.+)$"
)
_FOR = re.compile(
    rf"^{_POLITE}(?:wait|aguard(?:e|ar|em)|esper(?:e|ar|en)|attend(?:re|ez)|warten?(?: sie)?)\s+(?:for|por|pela?o?|a que|auf|que)\s+(?!\W*\d)(.+)$"
)
_AT_MOST = re.compile(
    r"\b(?:up to|max\w*|at most|within|no more than|about|around|ca|hochstens|jusqu\w* a)\b"
)
_WATCH = re.compile(
    rf"^{_POLITE}(?:continue (?:to |monitoring )?|keep )?(?:monitor(?:ing|e[mn]?|ea?r|ar|ee?)?|watch(?:ing)?|observ(?:e|ing|ar|er|ez)|(?:an )?eye on"
    r"|surveille[rz]?|vigil(?:ar|e)|beobachten?|uberwachen)\b.*?\b(?:for|por|durante|pendant|fur|over|during)\b"
    r"|^[^.;:]{0,80}\b(?:lang|weiter)?\s*(?:beobachten|uberwachen)\.?$|^(?:beobachten?|uberwachen?)\b.*\blang\b"
)
_WITHIN = re.compile(
    r"\b(?:within|in under|in less than|no later than|dentro d[eo]s?|em ate|sous(?= \d)|innerhalb(?: von)?|en menos de|dans (?:les|un delai de)"
    r"|spatestens (?:nach|in)|binnen|en moins de|antes de(?= \d)|a mas tardar en|au plus tard dans)\b"
)
_AFTER = re.compile(
    r"^(?:after|nach|apres|tras|despues de|depois de|apos)\s|\b(?:re-?)?(?:check|test|try|verify)\w*\s+(?:again\s+)?(?:after|in)\s+(?=\d)"
)
_MORE = re.compile(
    r"\s*(?:,|;|\.\s|\band\b|\bthen\b|\bund\b|\bdann\b|\bet\b|\bpuis\b|\by\b|\be\b|\bbefore\b)\s*\w"
)


def within(text: str) -> timedelta | None:
    """The deadline a text states ("within 15 minutes"), or None."""
    folded = fold(text)
    found = _WITHIN.search(folded)
    return duration(folded[found.end() :]) if found is not None else None


def wait(text: str, span: Span) -> Wait | None:
    """The wait a short instruction asks for, or None.

    "Wait 5 minutes" is a delay, "wait until pods are ready" a poll, "monitor for 1 hour" a watch window,
    "within 15 minutes" a deadline.
    """
    words = text.strip()
    folded = fold(words)
    if len(folded) > 200:
        return None
    length, _ = _measured(folded)
    if length is not None and _WATCH.search(folded):
        return Wait(WaitKind.WATCH, length, None, words, span)
    if _DELAY.match(folded):
        return _delay(words, folded, length, span)
    if length is not None and _AFTER.search(folded) and len(folded) < 100:
        return Wait(WaitKind.DELAY, length, None, words, span)
    if (limit := within(folded)) is not None:
        return Wait(WaitKind.DEADLINE, limit, None, words, span)
    return None


def _delay(words: str, folded: str, length: timedelta | None, span: Span) -> Wait | None:
    until = _UNTIL.match(folded)
    if until is None or (length is not None and re.search(r"\bbis\b|\bque\b", until[0]) and _range(folded)):
        until = _FOR.match(folded)
        if until is not None and length is not None and not _AT_MOST.search(folded):
            until = None  # "wait for the caches, 5 minutes": the time counts
    if until is not None:
        # Folding can change the length of a text; then its own words are taken from the folded form.
        source = words if len(words) == len(folded) else folded
        return Wait(WaitKind.POLL, length, source[until.start(1) :].rstrip(". "), words, span)
    return Wait(WaitKind.DELAY, length, None, words, span) if length is not None else None


def _range(folded: str) -> bool:
    return re.search(r"\d\s*bis\s*\d", folded) is not None


def is_only_waiting(text: str) -> bool:
    """Whether a sentence that asks to wait asks for nothing else ("wait 5 minutes, then check" does)."""
    folded = fold(text.strip())
    if _AFTER.search(folded):
        return False
    _, end = _measured(folded)
    return _MORE.match(folded[end:].rstrip(" .!")) is None if end else _MORE.search(folded) is None
