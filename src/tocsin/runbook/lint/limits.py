"""TOC110: the same limit told twice: what is trouble and what is good, targets of a statistic, RPO and backups, intervals, closing times."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from tocsin.runbook.book import Section
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.figures import COUNT, number
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy.text import duration
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import STOP, fold, stem

_UP = "above|over|more than|greater than|higher than|exceeds?|older than|longer than|slower than|mehr als|uber|alter als|mas de|superior a|plus de|mais de|a partir de"
_DOWN = "below|under|less than|fewer than|lower than|younger than|shorter than|faster than|quicker than|weniger als|unter|junger als|menos de|inferior a|moins de"
_LIMIT = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\s+(?P<value>{COUNT})\s*(?P<unit>%|percent|ms|[a-z]{{1,14}})?"
)
_TROUBLE = re.compile(
    r"\b(?:if|when|wenn|falls|si|quand|se|alert\w*|alarm\w*|fires?|warns?|stuck|broken|trouble|bad|wrong|too (?:long|slow|many|much|high)|means|raise[ds]?|problem\w*|means that|lento|langsam|slow|lent|considera)\b|\?|^\W*(?:above|over|more than|uber|mehr als|mas de|plus de)\b"
)
_GOOD = re.compile(
    r"\b(?:good|fine|ok|okay|over|again|until|healthy|normal|recovered|worked?|done|back|enough|success\w*|gut|wieder|bis|bien|hasta|otra vez|de nouveau|jusqu'a|has to be|must be|should be|younger|well|resolved|solved|resuelto|gelost|behoben|resolu)\b"
)
_TIMES = {"ms": 0.001, "s": 1, "segundos": 1, "sekunden": 1, "secondes": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "minuten": 60,
          "minutos": 60, "h": 3600, "hour": 3600, "hours": 3600, "stunden": 3600, "horas": 3600, "heures": 3600, "day": 86400, "days": 86400}  # fmt: skip
_AGES = {"older": "younger", "longer": "shorter", "slower": "faster"}


@dataclass(frozen=True, slots=True)
class _Limit:
    """A comparison in a sentence: its word, value and unit ("s" for times), with the words around it."""

    word: str
    up: bool
    value: float
    unit: str
    words: frozenset[str]
    line: RawLine
    trouble: bool
    good: bool


def weaker_success(view: View) -> Iterator[Diagnostic]:
    """What is called good would still be called trouble: "more than 2 % means …", then "below 5 % is good"."""
    limits = [limit for raw in view.prose_with(_HAS) for limit in _limits(raw)]
    if len(limits) < 2:
        return
    numbers = [limit.line.number for limit in limits]
    for part in _parts(view):
        first = bisect_left(numbers, part.span.first_line)
        inside = limits[first : bisect_right(numbers, part.span.last_line)]
        for good in inside:
            if not good.good:
                continue
            if good.up:
                yield from _too_few(view, inside, good)
                continue
            before = [t for t in inside if t.trouble and t.up and t.line.number < good.line.number]
            triggers = [t for t in before if _same(t, good)] or _the_only_one(before, good)
            if triggers and all(t.value < good.value for t in triggers):
                message = f"Good is {good.word} {good.value:g} here; line {triggers[-1].line.number} calls {triggers[-1].word} {triggers[-1].value:g} trouble."
                yield view.remark("TOC110", good.line.span, message, level=Level.WARNING)


def _too_few(view: View, inside: list[_Limit], good: _Limit) -> Iterator[Diagnostic]:
    """The other way round: fewer than 1,500 is trouble, and more than 1,200 is good."""
    before = [t for t in inside if t.trouble and not t.up and t.line.number < good.line.number]
    same = [
        t
        for t in before
        if t.unit == good.unit or ("" in (t.unit, good.unit) and good.unit not in ("s", "%"))
    ]
    told = fold(plain(good.line.text))
    if (
        not good.trouble
        and same
        and len({t.value for t in before}) == 1
        and _STRONGLY.search(told)
        and same[0].value > good.value > same[0].value / 10
    ):
        message = f"Good is {good.word} {good.value:g} here; line {same[0].line.number} calls {same[0].word} {same[0].value:g} trouble."
        yield view.remark("TOC110", good.line.span, message, level=Level.WARNING)


_SOLVED = re.compile(r"\b(?:solved|resolved|healthy again|well again|resuelto|gelost|behoben|resolu)\b")
_WELL_IF = re.compile(r"\W*(?:healthy|normal|fine|good|gesund|sano|sain)\b")
_STRONGLY = re.compile(
    r"\b(?:well|fine|good|ok|okay|healthy|resolved|solved|normal|gut|gelost|behoben|resuelto|bien|resolu)\b"
)


def _the_only_one(before: list[_Limit], good: _Limit) -> list[_Limit]:
    """The trouble that a sentence without a subject speaks of ("under 500 we are good"), if there is only one."""
    told = fold(plain(good.line.text))
    same = [t for t in before if t.unit == good.unit or (not good.unit and t.unit not in ("s", "%", ""))]
    return (
        same
        if _STRONGLY.search(told) and len({t.value for t in same}) == 1 and len(before) == len(same)
        else []
    )


def _parts(view: View) -> list[Section]:
    """The parts of a document that are about one thing: those below its title."""
    return [
        part
        for section in view.book.sections
        for part in (section.children if section.level <= 1 and section.children else (section,))
    ]


_HAS = ("%", "than ", "bove ", "ver ", "elow ", "nder ", "xceed", "als ", "ber ", "nter ", " de ")


def _limits(raw: RawLine) -> Iterator[_Limit]:
    if raw.text.lstrip()[:1] in "|#":
        return
    told = fold(plain(raw.text))
    if not _LIMIT.search(told):
        return
    words = frozenset(stem(word) for word in re.findall(r"[a-z]{4,}", told) if word not in STOP)
    for sentence in re.split(r"(?<=[.;!?])\s+", told):
        for found in _LIMIT.finditer(sentence):
            value = number(found["value"])
            if value is None:
                continue
            unit = found["unit"] if found["unit"] and found["unit"] not in STOP else ""
            unit, value = (
                ("s", value * _TIMES[unit]) if unit in _TIMES else ("%" if unit == "percent" else unit, value)
            )
            word = (found["up"] or found["down"]).split()[0]
            trouble = _TROUBLE.search(sentence) is not None and not _WELL_IF.match(sentence)
            if trouble and _SOLVED.search(sentence):
                trouble = False
            good = _GOOD.search(sentence) is not None
            yield _Limit(
                word,
                bool(found["up"]),
                value,
                unit,
                words,
                raw,
                trouble,
                good and not (trouble and found["up"]),
            )


def _same(trigger: _Limit, good: _Limit) -> bool:
    """Whether two limits are of the same thing, as far as words tell."""
    if trigger.unit != good.unit or not good.unit:
        return False
    shared = (trigger.words & good.words) - {stem(good.unit)}
    if good.unit == "s":
        ages = trigger.word in _AGES and good.word == _AGES[trigger.word]
        return ages or len(shared) >= 2
    return (
        bool(shared)
        if good.unit == "%"
        else stem(trigger.unit) == stem(good.unit) and (bool(shared) or len(good.unit) > 4)
    )


_ALERT_AT = re.compile(
    rf"\balert\b[^.;]{{0,40}}?\b(?:at|above|below|from|over|when)\b[^.;\d]{{0,30}}(?P<value>{COUNT})(?!\s*(?:min|s\b|h\b|hour|day|%))"
)
_ALERTS = re.compile(
    rf"\balert(?:'s|’s| threshold(?: of)?| limit(?: of)?)\s+(?P<value>{COUNT})(?!\s*(?:min|s\b|h\b|hour|day|%))"
)


def alert_limit(view: View) -> Iterator[Diagnostic]:
    """The limit of an alert, quoted in the same procedure with another number."""
    for part in _parts(view) if view.says(("alert's", "alert’s", "alert threshold", "alert limit")) else ():
        fires: tuple[float | None, int] | None = None
        for raw in view.raw_of(part):
            told = "" if raw.fenced else raw.text.casefold()
            if "alert" not in told:
                continue
            quoted, said = _ALERTS.search(told), _ALERT_AT.search(told)
            if quoted is not None and fires is not None and fires[0] != number(quoted["value"]):
                message = f"{quoted[0]} here, {fires[0]:g} in line {fires[1]}."
                yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
            elif said is not None and fires is None:
                fires = (number(said["value"]), raw.number)


_TARGET = re.compile(
    r"\b(?P<statistic>p\d{2}(?:\.\d)?|median|\d{2}th percentile)\b(?P<of>[^.;:]{0,60}?)\b(?:below|under|less than|at most|(?:the )?target is|unter|inferior a|moins de)\s*(?P<value>\d+(?:[.,]\d+)?)\s*(?P<unit>ms|s|seconds?)\b"
)
_FILLERS = frozenset(
    "of the has have to be is are must should again then stay stays for within in at its all our than once when until".split()
)


def two_targets(view: View) -> Iterator[Diagnostic]:
    """One statistic with two targets."""
    first: dict[str, list[tuple[frozenset[str], float, int]]] = {}
    for raw in view.prose_saying(("p9", "p5", "median", "percentile")):
        told = fold(plain(raw.text))
        if raw.text.lstrip()[:1] == "#" or re.search(r"\b(?:alert\w*|fires?|if|warn\w*|was|were)\b", told):
            continue
        for found in _TARGET.finditer(told):
            about = frozenset(
                stem(word) for word in re.findall(r"[a-z]{3,}", found["of"]) if word not in _FILLERS
            )
            value = float(found["value"].replace(",", ".")) * (1 if found["unit"] == "ms" else 1000)
            known = first.setdefault(found["statistic"], [])
            same = [each for each in known if not each[0] or not about or each[0] & about]
            if (
                known
                and same
                and len({each[0] for each in known}) == 1
                and value not in {each[1] for each in same}
            ):
                message = f"{found['statistic']} has to be below {value:g} ms here, below {same[0][1]:g} ms in line {same[0][2]}."
                yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
            known.append((about, value, raw.number))


_RPO = re.compile(r"\brpo\b(?: of| is| are|:|=|\s*<=?|\s*≤|\W)*\s*(?P<time>\d+\s*[a-z]+)")
_BACKED_UP = re.compile(
    r"\b(?:backups?|snapshots?|dumps?|sicherung\w*|copias? de seguridad|respaldos?|sauvegardes?)\b"
)
_EVERY = re.compile(
    r"\b(?:every|each|alle|cada|toutes les) (?P<time>\d+\s*[a-z]+)|\b(?P<day>daily|nightly|every (?:day|night)|each night|once a day|taglich|jede nacht|diari\w+|cada noche|chaque nuit|quotidien\w*)\b|\b(?P<hour>hourly|every hour)\b"
)
_CONTINUOUS = re.compile(
    r"\b(?:wals?|point-in-time|pitr|binlogs?|binary logs?|continuous\w*|streaming|replicas?|replicat\w*|archive_command|oplog|journaling|standby|mirror\w*)\b"
)


def backups_too_rare(view: View) -> Iterator[Diagnostic]:
    """Backups further apart than the data that may be lost, where nothing is kept between them."""
    if not view.says(("rpo",)) or _CONTINUOUS.search(view.whole.casefold()):
        return
    goal = next(
        (
            (limit, raw.number)
            for raw in view.prose
            if (found := _RPO.search(raw.text.casefold())) and (limit := duration(found["time"]))
        ),
        None,
    )
    for raw in view.prose if goal is not None else ():
        told = fold(plain(raw.text))
        every = _EVERY.search(told) if _BACKED_UP.search(told) else None
        if every is None or goal is None:
            continue
        gap = (
            duration(every["time"])
            if every["time"]
            else timedelta(days=1)
            if every["day"]
            else timedelta(hours=1)
        )
        if gap is not None and gap > goal[0]:
            message = f'"{every[0]}" loses more than the RPO of line {goal[1]} allows.'
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


_KEYED = re.compile(
    r"\b[A-Za-z][A-Za-z_.-]*[_.-](?P<unit>ms|millis|seconds|secs?|minutes|mins?|hours|days)[\"'`]?\s{0,2}[:=]\s{0,2}[\"'`]?(?P<value>\d{1,6})\b",
    re.IGNORECASE,
)
_SET_TO = re.compile(r"[:=]\s{0,2}[\"'`]?\d")  # the end of the pattern, which is found faster
_KEY_UNITS = {"ms": "ms", "millis": "ms", "secs": "s", "sec": "s", "mins": "min"}
_SPOKEN_TIME = re.compile(
    rf"\b(?:{COUNT}|an?|one|half an)\s+(?:milliseconds?|seconds?|minutes?|hours?|days?|sekunden|minuten|stunden?|tage|segundos|minutos|horas|dias|secondes|heures|jours)\b"
)


def keyed_time(view: View) -> Iterator[Diagnostic]:
    """A time in words beside a setting whose name says its unit: "after four hours ("ttl_minutes": 60)"."""
    for raw in view.prose_with(("_m", "_s", "_h", "_d", "-s", "-m", ".s", ".m", "Seconds", "Minutes")):
        found = _KEYED.search(raw.text) if _SET_TO.search(raw.text) else None
        if found is None or raw.text.lstrip().startswith("|"):
            continue
        unit = found["unit"].lower()
        set_to = duration(f"{found['value']} {_KEY_UNITS.get(unit, unit)}")
        told = fold(plain(raw.text.replace(found[0], " ")))
        said = [limit for spoken in _SPOKEN_TIME.findall(told) if (limit := _spoken(spoken)) is not None]
        if len(said) == 1 and set_to is not None and said[0] != set_to:
            message = f"{found[0]} is another time than the sentence says."
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


def _spoken(said: str) -> timedelta | None:
    count, _, unit = said.rpartition(" ")
    value = number(count)
    return duration(f"{value:g} {unit}") if value is not None else duration(said)


_REPEATS = re.compile(
    r"(?:\b(?P<subject>they|it|we|(?:the |all |our )?[a-z-]{3,20})\s+)?\b(?P<verb>fetch|poll|sync|scrape|refresh|send|push|pull|report|rotate|beat)(?:e?s|ed|ing)?\b[^.;]{0,100}?\bevery\s+(?P<time>[a-z\d]+\s?[a-z]*)"
)


def two_intervals(view: View) -> Iterator[Diagnostic]:
    """The same doing of the same ones, every so often here and every so often there."""
    first: dict[tuple[str, str], tuple[timedelta, int]] = {}
    for raw in view.prose_with(("every ",)):
        for found in _REPEATS.finditer(fold(plain(raw.text))):
            every = _interval(found["time"])
            if every is None:
                continue
            key = (stem((found["subject"] or "").split(" ")[-1]), found["verb"])
            known = first.setdefault(key, (every, raw.number))
            if known[0] != every and key[0]:
                message = f'"{found["verb"]} … every {found["time"].strip()}" here, another interval in line {known[1]}.'
                yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


def _interval(said: str) -> timedelta | None:
    if said.split()[0] in ("minute", "hour", "day"):
        return duration(f"1 {said.split()[0]}")
    count, _, unit = said.strip().partition(" ")
    value = number(count)
    return duration(f"{value:g} {unit}") if value is not None and unit else duration(said)


_CLOSES = re.compile(
    r"\b(?:until|cut-?off(?: time)?(?: is| at|:)?|deadline(?: is| at|:)?|closes at|annahmeschluss(?: ist)?|bis spatestens|hora limite(?: es)?|heure limite(?: est)?)\W{1,3}(?P<time>\d{1,2}[:.h]\d{2})\b"
)


def two_closing_times(view: View) -> Iterator[Diagnostic]:
    """Somebody takes things until one time here, until another there."""
    told_before: list[tuple[frozenset[str], str, int]] = []
    for raw in view.prose_saying(
        ("until", "cut", "deadline", "closes", "annahme", "spätestens", "limite", "límite")
    ):
        for sentence in re.split(r"(?<=[.!?])\s+|;\s+", fold(plain(raw.text))):
            found = _CLOSES.search(sentence)
            if found is None:
                continue
            about = frozenset(
                stem(word)
                for word in re.findall(r"[a-z]{4,}", sentence)
                if word not in STOP and word not in ("until", "deadline", "cutoff", "closes")
            )
            time = re.sub(r"[.h]", ":", found["time"]).zfill(5)
            other = next(
                ((was, line) for words, was, line in told_before if words & about and was != time), None
            )
            if other is not None:
                yield view.remark(
                    "TOC110", raw.span, f"{time} here, {other[0]} in line {other[1]}.", level=Level.WARNING
                )
            told_before.append((about, time, raw.number))


RULES = (
    weaker_success,
    alert_limit,
    two_targets,
    backups_too_rare,
    keyed_time,
    two_intervals,
    two_closing_times,
)
