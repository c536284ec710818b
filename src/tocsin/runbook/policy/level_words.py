"""The words of one severity: its name, its label, by when it is answered, and what it means without all of that."""

import re
from dataclasses import dataclass
from datetime import timedelta

from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.text import LEVEL_NAME, duration, label_rank, level_name
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

OTHER_CLOCK = re.compile(
    r"resol|update|cadence|communicat|rto|rpo|escalat|restor|fix|loesung|post.?mortem|review"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One statement about a severity; several are merged into a level."""

    name: str
    label: str | None
    criteria: tuple[str, ...]
    response: timedelta | None
    span: Span


_NUMBERED = re.compile(
    r"\W*(level|stufe|nivel|niveau|class|klasse|grad|schweregrad|severidad|severidade|gravedad|gravite|gravité|prioridad|prioridade|priorite|priorité|priorität|kategorie|category)"
    r"\s*#?\s*([0-5])\b",
    re.IGNORECASE,
)


def level_of(text: str) -> str | None:
    """The severity a text begins with; where severities are defined, "Stufe 1" and "Nivel 2" name one, too."""
    found = _NUMBERED.match(plain(text))
    return level_name(text) or (f"{found[1].capitalize()} {found[2]}" if found is not None else None)


def label_of(head: str, name: str) -> str | None:
    """The everyday word beside a name: "P0 (Critical)" is "Critical"."""
    rest = plain(head).replace(name, " ")
    bracket = re.search(r"\(([^)]*)\)", rest)
    for text in ((bracket[1],) if bracket else ()) + (re.sub(r"\([^)]*\)", " ", rest),):
        word = re.search(r"[A-Za-zÀ-ÿ]{3,}", text)
        if word is not None and label_rank(word[0]) is not None:
            return word[0].capitalize()
    return name if label_rank(name) is not None else None


_TOLD_CLOCK = re.compile(
    r"(?:respon[sd]\w*(?: time)?|ack\w*|react\w*|r[eé]ponse|respuesta|resposta|reaktion\w*|antwort\w*|SLA)\b([^);|]*)",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"[\s,;.(–—-]*(?:\b(?:page|call)\b[^,;.()]{0,20}[,;]\s*)?\b(?:answer\w*|ack\w*|respon[ds]\w*|react\w*|reaktion\w*|reagier\w*|antwort\w*|look(?:ed)? at|respuesta|"
    r"responder|r[eé]ponse|r[eé]pondre|resposta)\b[^,;.()]{0,40}?(?:\d|immediate|at once|next|sofort|an hour)[^,;.()]*\)?",
    re.IGNORECASE,
)
_ACKED_AFTER = re.compile(r"(\d+ ?\w+|an hour) (?:to|until) (?:ack\w*|answer|respond|react)", re.IGNORECASE)
_BRACKET = re.compile(r"\(([^)]*)\)\s*$")
_BRACKET_TIME = re.compile(r"\s*(?:<|≤|within|under)?\s*\d|\s*immediate", re.IGNORECASE)
_WITHIN = re.compile(
    r"[:–—-]\s*(?:within|in under|innerhalb(?: von)?|binnen|sous|dentro de|em ate)\s+([^.;,]{2,30})\.?\s*$",
    re.IGNORECASE,
)


def clock_of(text: str) -> timedelta | None:
    """The response clock inside a heading or sentence: what follows the word "response", up to the next bracket."""
    if (before := _ACKED_AFTER.search(text)) is not None:
        return duration(before[1])
    if (found := _TOLD_CLOCK.search(text)) is not None:
        return duration(found[1])
    bracket = _BRACKET.search(text)
    if bracket is not None and _BRACKET_TIME.match(bracket[1]):
        return duration(bracket[1])
    within = _WITHIN.search(text)
    if within is not None and not OTHER_CLOCK.search(fold(text)):
        return duration(within[1])
    if (told := _ANSWERED.search(text)) is not None:
        return duration(told[0])
    return None


_SENTENCES = re.compile(r"(?<=[^\d\s][.!?;])\s+|(?<=\d[.!?;])\s+(?=[A-ZÀ-Þ])|\n")
_UPDATES = re.compile(
    r"(?:status (?:page|update)s?|updates?|communicat\w*|tell|inform\w*|comunicar|avisar|informer|communiquer|kommunik\w*|informier\w*|post\b)\b.*\d",
)
_BARE_TIME = re.compile(
    r"(?:next|within|siguiente|proximo|prochain|nachste[rn]?|innerhalb|in|same)?\s*(?:\d+\s*\w+|(?:business|working) (?:day|hours)|dia \w+|jour \w+|(?:werk|arbeits)tag|day)\.?"
)
_HOURS = re.compile(r",?\s*(?:24\s*[/x]\s*7|business hours|office hours)(?:\s+only)?(?=\W*$)", re.IGNORECASE)
_CLOCK_ASIDE = re.compile(
    r"\s*\((?:response|respond|ack|answer|respuesta|resposta|r[ée]ponse|reaktion)[^)]*\)", re.IGNORECASE
)
_NAME_ASIDE = re.compile(r"^\s*\([^()]{2,20}\)\s*[:–—-]?\s*")


_BEGINS_CLOCK = re.compile(
    r"(?:answer|respon[ds]|react|ack|on it|pick|reaktion|reagier|antwort|respuesta|r[eé]ponse|resposta)\w*\b",
    re.IGNORECASE,
)
_MEANT_ASIDE = re.compile(r"\s*\(([^()]{3,120})\)\s*[:=–—-]\s*([^()]{2,60})$")


def meant_aside(text: str) -> tuple[str, timedelta] | None:
    """A level whose meaning stands in brackets before its clock: "(one team waits): 30 minutes"; None for any other.

    >>> meant_aside("(one team waits): answer in 30 minutes.")
    ('one team waits', datetime.timedelta(seconds=1800))
    """
    found = _MEANT_ASIDE.match(text)
    if found is None:
        return None
    told = found[2].strip()
    bare = _BARE_TIME.fullmatch(fold(told)) is not None
    if not bare and _BEGINS_CLOCK.match(told) is None:
        return None
    clock = duration(told) if bare else clock_of(told)
    return (found[1].strip(), clock) if clock is not None else None


def meaning_of(text: str) -> tuple[str, timedelta | None]:
    """What a level means, without its label, its clock and how often people are told, and that clock where it is bare.

    >>> meaning_of("(major): mail is late. Ack 5 min. Update every 30 min.")[0]
    'mail is late'
    """
    kept: list[str] = []
    bare: timedelta | None = None
    for sentence in _SENTENCES.split(_NAME_ASIDE.sub("", text)):
        folded = fold(sentence.strip())
        if not folded:
            continue
        # Only what stands behind something else: a level may well mean "no response for 5 minutes".
        if kept and (_ANSWERED.match(sentence) or _UPDATES.match(folded)):
            continue
        if kept and _BARE_TIME.fullmatch(folded) and (limit := duration(sentence)) is not None:
            bare = bare or limit
            continue
        kept.append(sentence.strip())
    told = _CLOCK_ASIDE.sub("", " ".join(kept))
    cut = _ANSWERED.search(told)
    if cut is not None and cut.start() > 0 and cut.end() >= len(told.rstrip(" .)")):
        told = told[: cut.start()]
    told = _HOURS.sub("", told).strip(" ,;–—-")
    return (told if told.count(". ") else told.rstrip(".")), bare


def bare_name(text: str) -> str:
    """A text whose level is spelled without a dash: "SEV-1 – mail is down" becomes "SEV1 – mail is down"."""
    found = LEVEL_NAME.search(text)
    return text[: found.start()] + re.sub(r"[\s#-]", "", found[0]) + text[found.end() :] if found else text


def after_name(text: str) -> str:
    """What follows the name at the start of an item."""
    return re.sub(r"^\W*[\w ]{1,12}?(?:\([^)]*\))?\s*[-–—:]\s*", "", bare_name(text), count=1)
