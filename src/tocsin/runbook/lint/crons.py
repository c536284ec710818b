"""TOC110: a cron expression and the words beside it, in one line: how often, at what time, on which days."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.words.wording import fold

_PART = r"(?:\*(?:/\d{1,2})?|\d{1,2}(?:[-,/]\d{1,2})*|[A-Z]{3}(?:[-,][A-Z]{3})*)"
_CRON = re.compile(rf"(?<![\w*/.:-])({_PART}(?: +{_PART}){{4}})(?![\w*/.:-])")
_MAY_BE = ("* *", "* 0", "* 1", "* 2", "* 3", "* 4", "* 5", "* 6", "* 7", "* M", "* S", "* T", "* W", "* F")
_DAY = 24 * 60
_COUNTED = re.compile(
    r"\b(?:every|each|alle|cada|toutes les|tous les|a cada)\s+(?:full |single |volle )?(?:(?P<n>\d{1,3}|two|three|five|ten|fifteen|thirty|zwei|drei|funf|zehn|dos|tres|cinco|diez|deux|trois|cinq|dix)\s+)?"
    r"(?P<unit>min(?:ute|uto)?[sn]?|h(?:ours?|oras?|eures?)?|stunden?|days?|tage?|dias?|jours?)\b"
)
_SAID = {
    "two": 2, "three": 3, "five": 5, "ten": 10, "fifteen": 15, "thirty": 30, "zwei": 2, "drei": 3, "funf": 5, "zehn": 10,
    "dos": 2, "tres": 3, "cinco": 5, "diez": 10, "deux": 2, "trois": 3, "cinq": 5, "dix": 10,
}  # fmt: skip
_NAMED = (
    (60, re.compile(r"\b(?:hourly|stundlich|jede stunde|cada hora|toutes les heures|de hora em hora)\b")),
    (30, re.compile(r"\b(?:every|each) half(?: an)? hour\b|\bhalbstundlich\b|\bcada media hora\b|\btoutes les demi-heures\b")),
    (_DAY, re.compile(r"\b(?:daily|nightly|(?:every|each) (?:day|night|morning|evening)|taglich|jede nacht|jeden (?:tag|morgen|abend)|diari[oa]\w*|cada (?:dia|noche)|todos los dias|tous les jours|chaque (?:jour|nuit|matin)|quotidien\w*)\b")),
    (7 * _DAY, re.compile(r"\b(?:weekly|once a week|every week|wochentlich|semanal\w*|hebdomadaire)\b")),
)  # fmt: skip
_WEEKDAYS = tuple(
    re.compile(rf"\b(?:{names})\b")
    for names in (
        "sundays?|sonntags?|domingos?|dimanches?", "mondays?|montags?|lunes|lundis?", "tuesdays?|dienstags?|martes|mardis?",
        "wednesdays?|mittwochs?|miercoles|mercredis?", "thursdays?|donnerstags?|jueves|jeudis?", "fridays?|freitags?|viernes|vendredis?",
        "saturdays?|samstags?|sabados?|samedis?",
    )
)  # fmt: skip
_AT = re.compile(
    r"(?<!by )(?<!until )(?<!before )\b(?:at|um|a las?|a partir de las?|ab|@|as|starts?|runs?|a)\s+(?P<hour>\d{1,2})(?:(?P<sign>[:.h])(?P<minute>\d{2})|(?P<bare>h\b| ?uhr| ?am\b| ?pm\b))\s*(?P<half>am\b|pm\b)?"
)
_BARE_TIME = re.compile(
    r"(?<!by )(?<!until )(?<!before )(?<!bis )(?<!antes de las )(?<!avant )\b(\d{1,2}):(\d{2})(?= ?(?:utc|gmt|ces?t|uhr)\b)"
)
_DAY_OF_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th) (?:day )?of (?:the|each|every) month\b|\bam (\d{1,2})\. (?:des|jedes|eines jeden) monats\b|\bel (?:dia )?(\d{1,2}) de cada mes\b|\ble (\d{1,2}) (?:de chaque|du) mois\b"
)
# What is said of some days is not what `* * *` at the end of an expression does.
_SOME_DAYS = re.compile(
    r"\b(?:(?:every|each|on|all) )?(?:weekdays?|working days?|business days?|workdays?|weekends?)\b|\b(?:mon(?:day)?s?|monday) ?(?:to|through|until|-|–) ?(?:fri(?:day)?s?|sat(?:urday)?s?)\b|"
    r"\b(?:werktags|werktaglich|an werktagen|arbeitstag\w*|am wochenende|montags? bis freitags?|mo ?[-–] ?fr)\b|\b(?:dias? (?:laborable|habil)\w*|de lunes a viernes|entre semana)\b|\b(?:jours? (?:ouvres?|ouvrables?)|du lundi au vendredi|en semaine|dias uteis)\b"
)
_INCLUDED = re.compile(
    r"\b(?:includ\w*|also|too|even|auch|einschl\w*|inclu[is]\w*|compris)\b"
)  # "weekends included"
_MONTHLY = re.compile(
    r"\b(?:monthly|once a month|every month|(?:the )?(?:first|last|1st|15th) (?:day )?of (?:the|each|every) month|monatlich|jeden monat|am (?:ersten|letzten) (?:tag )?(?:des|jedes|eines jeden) monats|mensual\w*|cada mes|mensuel\w*|chaque mois|tous les mois)\b"
)
_ZONE = re.compile(r"\b(?:UTC|GMT|CES?T|[ECMP][SD]T|BST|WES?T|EES?T|local|local time|Ortszeit|hora local|heure locale|[A-Z][a-z]+/[A-Z][a-z]+)\b")  # fmt: skip
_DAY_NAMES = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}


def schedules_in_a_line(view: View) -> Iterator[Diagnostic]:
    """The words name another interval, time of day or weekday than the expression."""
    told = {d.span.first_line for d in view.book.diagnostics if d.rule == "TOC110"}
    for raw in view.prose_with(_MAY_BE):
        if raw.number in told:
            continue
        found = _CRON.findall(raw.text)
        if len(found) != 1:
            continue
        words = raw.text.replace(found[0], " ")
        problem = _differs(found[0].split(), fold(words), len(set(_ZONE.findall(words))) > 1)
        if problem is not None:
            message = f"The words say {problem}, the expression is {found[0]}."
            yield view.remark(
                "TOC110", raw.span, message, level=Level.WARNING, column=raw.text.find(found[0]) + 1
            )


def _differs(fields: list[str], told: str, several_zones: bool) -> str | None:
    """What the words say that the expression does not; None where some of the words agree with it."""
    intervals = {minutes: said for said, minutes in _intervals(told)}
    every = _every(fields)
    if intervals and every is not None and every not in intervals:
        daily_enough = every == 7 * _DAY and _DAY in intervals and days(told)
        if not daily_enough:
            return f'"{next(iter(intervals.values()))}"'
    days_, wanted = days(told), _of_expression(fields[4])
    if days_ and wanted is not None and len(days_) == 1 and fields[2] == "*" and days_ != wanted:
        return "another day of the week"
    if not intervals and (said := _other_days(fields, told)) is not None:
        return said
    of_month = _DAY_OF_MONTH.search(told)
    if (
        of_month is not None
        and fields[2].isdigit()
        and int(next(filter(None, of_month.groups()))) != int(fields[2])
    ):
        return f'"{of_month[0]}"'
    minute, hour = fields[0], fields[1]
    if several_zones or not (minute.isdigit() and hour.isdigit()):
        return None
    times = {(_hour(at), int(at["minute"] or 0)): at[0].strip() for at in _AT.finditer(told)}
    if not times and len(bare := _BARE_TIME.findall(told)) == 1:
        times = {(int(bare[0][0]), int(bare[0][1])): ":".join(bare[0])}
    if times and (int(hour), int(minute)) not in times:
        return f'"{next(iter(times.values()))}"'
    return None


def _other_days(fields: list[str], told: str) -> str | None:
    """What the words say of some days where the expression means all of them."""
    if fields[2] != "*" or _INCLUDED.search(told):
        return None
    if fields[4] == "*" and (some := _SOME_DAYS.search(told)) is not None:
        return f'"{some[0]}"'
    if (monthly := _MONTHLY.search(told)) is not None and not days(told):
        return f'"{monthly[0]}"'
    return None


def _intervals(told: str) -> Iterator[tuple[str, int]]:
    for found in _COUNTED.finditer(told):
        count = _SAID.get(found["n"]) or int(found["n"]) if found["n"] else 1
        unit = found["unit"]
        size = 1 if unit.startswith("min") else 60 if unit[0] in "hs" else _DAY
        yield found[0], count * size
    for size, pattern in _NAMED:
        if (named := pattern.search(told)) is not None:
            yield named[0], size


def _every(fields: list[str]) -> int | None:
    """The minutes between two runs; None where they are not the same all the time."""
    minute, hour, day, month, weekday = fields
    if month != "*":
        return None
    step = re.fullmatch(r"\*/(\d{1,2})", minute)
    if hour == "*" and day == weekday == "*":
        if step:
            return int(step[1])
        return 1 if minute == "*" else 60 if minute.isdigit() else None
    hours = re.fullmatch(r"\*/(\d{1,2})", hour)
    if hours and minute.isdigit() and day == weekday == "*":
        return 60 * int(hours[1])
    if minute.isdigit() and hour.isdigit() and day == "*":
        return _DAY if weekday in ("*", "1-5", "MON-FRI", "0-6") else 7 * _DAY if weekday.isalnum() else None
    return None


def days(told: str) -> set[int]:
    """The days of the week that a folded text names, Sunday as 0."""
    return {place for place, pattern in enumerate(_WEEKDAYS) if pattern.search(told)}


def _of_expression(weekday: str) -> set[int] | None:
    if weekday in _DAY_NAMES:
        return {_DAY_NAMES[weekday]}
    return {int(weekday) % 7} if weekday.isdigit() else None


def _hour(found: re.Match[str]) -> int:
    hour, half = int(found["hour"]), (found["half"] or found["bare"] or "").strip()
    if half == "pm":
        return hour % 12 + 12
    return hour % 12 if half == "am" else hour


_ABOVE = 4  # lines between a sentence and the crontab it announces
_FULL = re.compile(r"^\s*(?:#.*)?$|^\s*```|^\s*~~~")


def interval_above(view: View) -> Iterator[Diagnostic]:
    """The one line of a crontab in a fence, and another interval in the sentence right above it."""
    for at, raw in enumerate(view.raw):
        if not raw.fenced or not any(map(raw.text.__contains__, _MAY_BE)):
            continue
        found = _CRON.findall(raw.text)
        near = view.raw[max(0, at - _ABOVE) : at]
        if len(found) != 1 or any(
            _CRON.search(other.text) for other in view.raw[at - 1 : at + 2] if other is not raw
        ):
            continue
        words = next((other.text for other in reversed(near) if not _FULL.match(other.text)), "")
        if not words or words.lstrip()[:1] in "#|" or not words.rstrip().endswith(":"):
            continue
        intervals = {minutes: said for said, minutes in _intervals(fold(words))}
        every = _every(found[0].split())
        if len(intervals) == 1 and every is not None and every not in intervals:
            message = f'The words say "{next(iter(intervals.values()))}", the expression is {found[0]}.'
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
        elif not intervals and (said := _other_days(found[0].split(), fold(words))) is not None:
            message = f"The words say {said}, the expression is {found[0]}."
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


RULES = (schedules_in_a_line, interval_above)
