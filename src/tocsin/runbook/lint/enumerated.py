"""TOC110: "do the following three steps", "there are three severities", and another number of them follows."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.figures import WORDS, number
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_NUMBER = rf"(?P<number>\d{{1,2}}|{'|'.join(sorted(set(WORDS) - {'once', 'both', 'beide', 'beiden', 'beider', 'ambos', 'ambas'}, key=len, reverse=True))})"
_STEPS = "steps?|schritte?n?|pasos?|etapes?|passos?|checks?|things|questions|actions?|points?|punkte?n?|puntos|items|commands|tasks|rules|conditions|reasons|causes|ways|levels|severities|classes|priorities|stufen|niveles|niveaux|phases|stages|parts|teams|roles|people|options|jobs"
_LEVELS = r"severit(?:y|ies)|severity levels|levels|priorit(?:y|ies)|classes|stufen|prioritaten|gravedades|niveles|niveaux"
# A list that is announced ends its sentence with a colon, or is said to follow.
_ANNOUNCED = re.compile(
    rf"\b{_NUMBER}\s+(?:(?:simple|short|quick|more|manual|small|further|following|folgende[nr]?|siguientes)\s+)?(?:{_STEPS})\b(?P<rest>[^.:;]{{0,60}})(?P<colon>:\s*$)?"
)
_FOLLOWS = re.compile(
    r"\b(?:the|these|following|folgende\w*|diese|estos|los|siguientes|ces|les|suivantes?|in|en)\s+(?:following\s+)?$"
)
_THERE_ARE = re.compile(
    rf"\b(?:there are|we (?:have|use|know)|es gibt|wir (?:kennen|haben)|hay|usamos|il y a|ha)\s+{_NUMBER}\s+(?:{_LEVELS})\b"
)
_SIGNS = tuple("tep hritt asos tape hecks hings uestions ctions oints unkte untos tems ommands asks ules onditions easons auses ways everit riorit evel lasses tufen raveda ivel iveau hases tages arts eams oles eople ptions jobs".split())  # fmt: skip
_ITEM = re.compile(r"(?P<indent>\s*)(?P<mark>[-*+]|\d{1,2}[.)])\s+\S")
_REACH = 3  # lines between the announcement and its list


def announced(view: View) -> Iterator[Diagnostic]:
    """The list or the table right below has another number of items than the sentence says."""
    for raw in view.prose_with(_SIGNS):
        if raw.text.lstrip().startswith(("#", "|")):
            continue
        told = fold(plain(raw.text)).rstrip()
        found = _ANNOUNCED.search(told)
        levels = _THERE_ARE.search(told)
        if levels is not None:
            yield from _levels(view, raw, levels["number"])
        elif found is not None and (found["colon"] or _FOLLOWS.search(told[: found.start()])):
            yield from _list(view, raw, found)


def _list(view: View, raw: RawLine, found: re.Match[str]) -> Iterator[Diagnostic]:
    said = number(found["number"])
    here = _ITEM.match(raw.text)
    items = _items(view, raw.number, len(here["indent"]) if here else -1)
    if said is None or said < 2 or items < 2 or int(said) == items:
        return
    message = f'The text says "{found["number"]} {found[0].split()[1]}", {items} follow.'
    yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


def _items(view: View, after: int, deeper_than: int) -> int:
    """How many items the list below a line has; 0 where none begins at once or it is one with gaps."""
    place = view.place_of(after) + 1
    begin = next(
        (at for at in range(place, min(place + _REACH, len(view.raw))) if view.raw[at].text.strip()),
        None,
    )
    first = _ITEM.match(view.raw[begin].text) if begin is not None and not view.raw[begin].fenced else None
    if begin is None or first is None or len(first["indent"]) <= deeper_than:
        return 0
    ordered, indent, count = first["mark"][0].isdigit(), len(first["indent"]), 0
    for raw in view.raw[begin:]:
        if raw.fenced or not raw.text.strip():
            continue
        item = _ITEM.match(raw.text)
        depth = len(raw.text) - len(raw.text.lstrip())
        if item is not None and len(item["indent"]) == indent and item["mark"][0].isdigit() == ordered:
            if ordered and int(item["mark"][:-1]) != count + 1 and int(item["mark"][:-1]) != 1:
                return 0
            count += 1
        elif raw.text.startswith("#") or (depth <= indent and not _goes_on(raw.text, ordered)):
            break
    return count


def _goes_on(text: str, ordered: bool) -> bool:
    """Whether a line at the margin is the fence of an item, and not the end of the list."""
    return text.startswith(("```", "~~~")) or (not ordered and text.startswith(("|", ">")))


def _levels(view: View, raw: RawLine, word: str) -> Iterator[Diagnostic]:
    said = number(word)
    place = view.place_of(raw.number) + 1
    rows = 0
    for line in view.raw[place : place + 25]:
        text = line.text.strip()
        if text.startswith("|"):
            rows += 1
        elif text and (rows or text.startswith("#")):
            break
    found = rows - 2 if rows > 2 else _items(view, raw.number, -1)
    if said is not None and found >= 2 and int(said) != found:
        message = f'The text says "{word}" levels, {found} follow.'
        yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


RULES = (announced,)
