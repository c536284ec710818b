"""TOC110 in plain sentences: a window as long as its clocks do not say, a ladder that goes back in time, two days for one change of shift."""

import re
from collections.abc import Iterator
from datetime import timedelta

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.crons import days
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy.text import duration
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_CLOCK = r"(?P<{0}h>[01]?\d|2[0-4])[:.](?P<{0}m>[0-5]\d)"
_ZONE = r"(?: ?(?:h|uhr|utc|gmt|ces?t|bst|local(?: time)?|am|pm)\b)?"
_RANGE = rf"{_CLOCK.format('a')}{_ZONE} ?(?:-|–|—|to|until|till|and|bis|a|hasta|y|et|jusqu'a|und) ?(?:las )?{_CLOCK.format('b')}{_ZONE}"
_LENGTH = r"(?P<n>\d{1,4}(?:[.,]5)?|one|two|three|four|five|six|eight|half an|one and a half|ein\w?|zwei|drei|vier|dos|tres|deux|trois)[ -]?(?P<unit>minutes?|mins?|min|hours?|hrs?|h|stunden?|minuten|horas?|minutos|heures?)\b"
_BEHIND = re.compile(rf"{_RANGE}[ ,;(=–-]{{1,4}}(?:that is |i\.?e\.?,? |this is |a total of |in total |which is |lasting |lasts |das sind |also |es decir,? |soit )?{_LENGTH}(?! (?:before|after|later|each|per|earlier|notice|vor|nach|antes|avant))")  # fmt: skip
_BEFORE = re.compile(rf"\b{_LENGTH}(?: long)?[ -](?:maintenance |change |service )?(?:window|slot|break|downtime|outage|freeze|fenster|wartungsfenster|ventana|fenetre)\b[^.;]{{0,30}}?{_RANGE}")  # fmt: skip
_CLOCKS = re.compile(r"\d[:.][0-5]\d")
_NUMBERS = {"one": 1.0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "half an": 0.5, "one and a half": 1.5, "zwei": 2, "drei": 3, "vier": 4, "dos": 2, "tres": 3, "deux": 2, "trois": 3}  # fmt: skip
_MINUTES = ("min", "hour", "Min", "Hour", "hrs", " h", "tunde", "hora", "heure")


def windows(view: View) -> Iterator[Diagnostic]:
    """ "02:00 to 03:00, 90 minutes": the clocks and the length of one window."""
    for raw in view.prose_with(_MINUTES):
        if len(_CLOCKS.findall(raw.text)) < 2 or raw.text.lstrip().startswith("|"):
            continue
        told = fold(plain(raw.text))
        found = _BEHIND.search(told) or _BEFORE.search(told)
        if found is None or re.search(r"\b(?:am|pm)\b", found[0]):
            continue
        begin = int(found["ah"]) * 60 + int(found["am"])
        end = int(found["bh"]) * 60 + int(found["bm"])
        long = (end - begin) % (24 * 60)
        said = found["n"]
        count = _NUMBERS.get(said) or (1.0 if said.startswith("ein") else float(said.replace(",", ".")))
        wanted = count if found["unit"].startswith("min") else count * 60
        if long and long != wanted:
            message = f'"{found[0].strip()}": from {begin // 60:02}:{begin % 60:02} to {end // 60 % 24:02}:{end % 60:02} it is {long} minutes.'
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


_STEP = re.compile(
    r"^(?:step|level|tier|stage|order|#|no\.?|line|stufe|ebene|schritt|nivel|paso|niveau|etape)\b|^#?$"
)
_AFTER = re.compile(r"^(?:called |paged |page |call |escalates? |notified |when |delay|wait)?\W*(?:after|nach|tras|despues|apres|delay|when|wann|cuando|quand)\b")  # fmt: skip
_RELATIVE = re.compile(r"\b(?:more|another|further|additional|later|each|then|previous|weiter\w*|mas|de plus|encore|without (?:an )?answer)\b|\+")  # fmt: skip
_ITEM_AFTER = re.compile(r"^\s*\d{1,2}[.)]\s+.*?\b(?:[Aa]fter|[Nn]ach|[Tt]ras|[Aa]pr[eè]s)\s+(?P<time>\d{1,3} ?(?:min\w*|h|hours?|stunden?|horas?|heures?))\b")  # fmt: skip
_CALLS = re.compile(r"\b(?:call|page|pager|escalat|wake|ring|notif|ruft|anruf|benachricht|eskal|llama|avisa|appel|previen)\w*")  # fmt: skip


def ladder_goes_back(view: View) -> Iterator[Diagnostic]:
    """A later step of an escalation that is called before the one above it."""
    for table in view.tables:
        columns = [place for place, name in enumerate(table.header) if place and _AFTER.match(name)]
        if len(columns) != 1 or not (table.header and _STEP.match(table.header[0])):
            continue
        yield from _falling(view, [(raw, cells[columns[0]]) for raw, cells in table.rows if columns[0] < len(cells)])  # fmt: skip
    row: list[tuple[RawLine, str]] = []
    for raw in view.prose_with(("fter ", "ach ", "ras ", "pr")):
        found = _ITEM_AFTER.match(raw.text) if _CALLS.search(fold(raw.text)) else None
        if found is None or (row and raw.number - row[-1][0].number > 2):
            yield from _falling(view, row)
            row = []
        if found is not None and not _RELATIVE.search(fold(raw.text)):
            row.append((raw, found["time"]))
    yield from _falling(view, row)


def _falling(view: View, row: list[tuple[RawLine, str]]) -> Iterator[Diagnostic]:
    if any(_RELATIVE.search(said) for _, said in row):
        return
    highest: tuple[timedelta, RawLine] | None = None
    for raw, said in row:
        limit = duration(said)
        if limit is None:
            continue
        if highest is not None and limit < highest[0]:
            message = f"This is called before line {highest[1].number}, which stands above it: one of the two clocks is wrong."
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
            return
        highest = (limit, raw)


_SHIFT = re.compile(r"\b(?:shifts?|rota|rotation|on-call|hand-?overs?|handed over|hands? over|schicht\w*|rufbereitschaft|dienstwechsel|ubergabe|turnos?|guardias?|relevo|astreinte|releve)\b")  # fmt: skip
_CHANGES = re.compile(r"\b(?:chang\w+|begin\w*|starts?|hand-?overs?|hand(?:s|ed)? over|rotat\w+|turns over|switch\w*|ends?|takes over|passe[sd]? on|wechsel\w*|beginnt|ubergeb\w*|ubergabe|cambia\w*|empieza|relevo|entrega\w*|commence|releve|passe)\b")  # fmt: skip
_OF_ONE = re.compile(r"\b(?:primary|secondary|second|backup|weekend|holiday|lead|manager|except|if|unless|meeting|report|review|wochenende|zweite\w*|fin de semana|week-?end)\b")  # fmt: skip
_DAYS = ("day", "Day", "tag", "woch", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")  # fmt: skip


def two_days_for_a_shift(view: View) -> Iterator[Diagnostic]:
    """The shift changes on Mondays in one sentence and is handed over on Tuesdays in another."""
    first: tuple[int, RawLine, str] | None = None
    for raw in view.prose_with(_DAYS):
        if raw.text.lstrip()[:1] in "|#":
            continue
        around = fold(" ".join(plain(near.text) for near in view.lines_of(raw.number - 1, raw.number) if not near.fenced))  # fmt: skip
        for said in re.split(r"(?<=[.!?;])\s+", fold(plain(raw.text))):
            named = days(said)
            shift = _SHIFT.search(said) or (_CHANGES.search(said) and _SHIFT.search(around))
            if len(named) != 1 or not shift or not _CHANGES.search(said):
                continue
            day = next(iter(named))
            if first is None:
                first = (day, raw, said)
            elif day != first[0] and not _OF_ONE.search(
                re.sub(r"\bin the meeting\b[^.]*", "", f"{said} {first[2]}")
            ):
                message = f"The shift changes on another day here than in line {first[1].number}."
                yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
                return


RULES = (windows, ladder_goes_back, two_days_for_a_shift)
