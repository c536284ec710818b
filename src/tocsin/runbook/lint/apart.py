"""TOC110 by what is told twice: a wait in words and in the command, a target and its escalation, a threshold, the rank of a heading."""

import re
from collections.abc import Iterator
from datetime import timedelta

from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.lint.told import above, sentences
from tocsin.runbook.policy.text import duration, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_WAITS = re.compile(
    r"\b(?:wait\w*|sleep\w*|pause\w*|allow|give (?:it|them|the)|up to|at most|time ?out|no longer than|warte\w*|hochstens|bis zu|esper\w*|aguard\w*|como maximo|hasta|attend\w*|patient\w*|au plus|jusqu'a)\b"
)
_ONE_TIME = re.compile(
    r"\b(?:\d+(?:[.,]5)?|an?|half an?|one|two|three|four|five|six|eight|ten|fifteen|twenty|thirty|sixty|ninety|ein\w?|zwei|drei|funf|zehn|funfzehn|zwanzig|dreissig|dos|tres|cinco|diez|quince|veinte|treinta|deux|trois|cinq|dix|quinze|vingt|trente)[ -]?"
    r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hours?|sekunden?|minuten|minute|stunden?|segundos?|minutos?|horas?|secondes?|heures?)\b"
)
_SLEEPS = re.compile(r"(?<![\w-])sleep[ \t]+(?P<n>\d+(?:\.\d+)?)(?P<unit>[smh]?)(?![\w.])")
_LIMITS = re.compile(
    r"--(?:wait-)?timeout[= ](?P<n>\d+)(?P<unit>s|m|h|)(?![\w.])|(?<![\w-])timeout[ \t]+(?:-\S+[ \t]+)*(?P<m>\d+)(?P<mu>[smh]?)(?![\w.])"
)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_LOOPS = re.compile(r"\b(?:for|while|until|seq)\b")


def another_wait(view: View) -> Iterator[Diagnostic]:
    """ "Wait ten minutes" over `sleep 60`; "up to 5 minutes" over `--timeout=30s`."""
    for _, line in view.steps_with(("sleep ", "timeout")):
        if not line.step.actions or _LOOPS.search(line.text):
            continue
        told = _only_time(line, view)
        given = [each for action in line.step.actions for each in _given(action.text)]
        if told is None or len(given) != 1:
            continue
        limit, said = told
        seconds, written = given[0]
        if seconds != limit.total_seconds():
            message = f'The text says "{said}", the command says `{written}`.'
            action = next(a for a in line.step.actions if written in a.text)
            yield view.at("TOC110", line, action, action.text.find(written), message, level=Level.WARNING)


def _only_time(line: Line, view: View) -> tuple[timedelta, str] | None:
    """The one time the sentence of a step tells to wait, with its words."""
    told = [
        said for said in sentences(above(view, line)) or sentences(line.step.title) if _WAITS.search(said)
    ]
    times = [found[0] for said in told for found in _ONE_TIME.finditer(said)]
    limit = duration(times[0]) if len(times) == 1 else None
    return (limit, times[0]) if limit is not None else None


def _given(text: str) -> Iterator[tuple[float, str]]:
    for found in _SLEEPS.finditer(text):
        yield float(found["n"]) * _SECONDS[found["unit"]], found[0]
    for found in _LIMITS.finditer(text):
        number, unit = found["n"] or found["m"], found["unit"] or found["mu"] or ""
        yield float(number) * _SECONDS[unit], found[0]


_TIMES_SAID = re.compile(
    r"\b(?:(?P<w>twice|zweimal|dreimal|dos veces|tres veces|deux fois|trois fois)|(?P<n>\d|two|three|four|five|ten) (?:times|attempts|tries|retries))\b"
)
_TIMES_GIVEN = re.compile(
    r"--(?:max[-_]?)?(?:tries|retries|attempts|retry|retry-count|max-attempts)[ =](?P<n>\d{1,3})(?!\d)"
)
_MEAN = {"twice": 2, "zweimal": 2, "dreimal": 3, "dos veces": 2, "tres veces": 3, "deux fois": 2, "trois fois": 3, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}  # fmt: skip


def another_number_of_tries(view: View) -> Iterator[Diagnostic]:
    """ "At most twice" over `--tries 3`."""
    for _, line in view.steps_with(("tries", "retry", "attempts")):
        given = list(_TIMES_GIVEN.finditer(line.text))
        told = " ".join(sentences(above(view, line)) or sentences(line.step.title)) if len(given) == 1 else ""
        said = list(_TIMES_SAID.finditer(told))
        if len(said) != 1:
            continue
        word = said[0]["w"] or said[0]["n"]
        wanted = int(word) if word.isdigit() else _MEAN[word]
        if wanted != int(given[0]["n"]):
            message = f'The text says "{said[0][0]}", the command says `{given[0][0]}`.'
            action = next(a for a in line.step.actions if given[0][0] in a.text)
            yield view.at("TOC110", line, action, action.text.find(given[0][0]), message, level=Level.WARNING)


_RESOLVES = re.compile(
    r"\b(?:resolved?|resolution|resolves|fixed|solved|restored|mitigated|recovered|behoben|gelost|losung|wiederhergestellt|resuelt\w*|resolucion|solucion\w*|resolu\w*|retabli\w*)\b"
)
_TARGET = re.compile(
    r"\b(?:within|in|target|sla|slo|at most|no later than|innerhalb|binnen|hochstens|en menos de|dentro de|en moins de|sous|time)\b"
)
_ESCALATES = re.compile(r"\b(?:escal\w*|eskal\w*|next level|after|nach|tras|despues|apres)\b")
_AFTER = re.compile(
    r"\b(?:after|nach|tras|despues de|apres)\b[^.;]{0,30}?(?P<time>\d+ ?(?:min\w*|h\b|hours?|stunden?|horas?|heures?)|an hour|one hour|two hours|half an hour)"
)
_OF_CALLS = re.compile(r"\b(?:escal\w*|eskal\w*|call\w*|page[ds]?|phone|to|an|ruf\w*|llam\w*|appel\w*)\b")


def escalated_too_late(view: View) -> Iterator[Diagnostic]:
    """A level is to be solved within half an hour, and somebody else hears of it after a whole one."""
    targets: dict[str, tuple[timedelta, RawLine]] = {}
    lines = [raw for raw in view.prose_with("012345") if len(level_names(raw.text)) == 1]
    for raw in lines:
        told = fold(plain(raw.text))
        limit = (
            duration(told)
            if _RESOLVES.search(told) and _TARGET.search(told) and not _ESCALATES.search(told)
            else None
        )
        if limit is not None and len(_ONE_TIME.findall(told)) == 1:
            targets.setdefault(level_names(raw.text)[0], (limit, raw))
    for raw in lines if targets else ():
        known = targets.get(level_names(raw.text)[0])
        told = fold(plain(raw.text))
        found = _AFTER.search(told)
        if known is None or found is None or raw is known[1] or not _OF_CALLS.search(told):
            continue
        after = duration(found["time"])
        if after is not None and after > known[0]:
            message = f"{level_names(raw.text)[0]} has to be solved by then (line {known[1].number}): whoever is called here comes too late."
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


_PERCENT = re.compile(
    r"(?<![\d.,])(?P<n>\d{1,3}(?:[.,]\d+)?) ?(?:%|percent|per cent|prozent|por ciento|pour cent)"
)
_COMPARES = re.compile(r"(?P<sign>[<>]=?)\s*(?P<n>\d+(?:\.\d+)?)(?![\w.])")
_OF_ALERTS = re.compile(
    r"\b(?:alert\w*|fires?|firing|alarm\w*|threshold|trigger\w*|warn\w*|page[sd]?|schwelle\w*|umbral|seuil|auslos\w*)\b"
)


def another_threshold(view: View) -> Iterator[Diagnostic]:
    """ "Fires at 80 %" beside `used > 0.90`."""
    for raw in view.prose_with(("%", "percent", "per cent", "rozent", "por ciento", "pour cent")):
        if raw.text.count("`") < 2 or not _OF_ALERTS.search(fold(raw.text)):
            continue
        outside = re.sub(r"`[^`]*`", " ", raw.text)
        said = {float(found["n"].replace(",", ".")) for found in _PERCENT.finditer(fold(outside))}
        shown = [found for code in re.findall(r"`([^`]*)`", raw.text) for found in _COMPARES.finditer(code)]
        if len(said) != 1 or len(shown) != 1:
            continue
        percent, number = next(iter(said)), float(shown[0]["n"])
        wanted = {percent, round(100 - percent, 6)}  # "80 % full" is "less than 20 % free"
        value = round(number * 100, 6) if number <= 1 else number
        if number <= 100 and value not in wanted and number not in wanted:
            message = f"The text says {percent:g} %, the expression says {shown[0][0]}."
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)


_RANKED = re.compile(
    r"^\W*(?:severity|sev|priority|prio|level|class|schwere\w*|prioritat|stufe|gravedad|prioridad|severidad|gravite|priorite|niveau)\W*:\W*",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset(
    "the a an of is are be can cannot not to and or der die das ist sind el la los las es un una le les est de".split()
)


def another_rank(view: View) -> Iterator[Diagnostic]:
    """A heading is word for word what one level means in the table, and the line below it names another level."""
    meanings = [
        (names[0], frozenset(words), raw)
        for table in view.tables
        if len(table.header) > 1
        for raw, cells in table.rows
        for names in (level_names(cells[0].upper()),)
        if len(names) == 1
        for cell in cells[1:3]
        if len(words := _content(cell)) >= 2
    ]
    for raw in (
        view.prose_saying(
            ("sev", "prio", "level", "class", "schwere", "stufe", "gravedad", "gravit", "niveau")
        )
        if meanings
        else ()
    ):
        label = _RANKED.match(plain(raw.text))
        names = level_names(raw.text)
        if label is None or len(names) != 1:
            continue
        section = next(
            (s for s in reversed(view.sections) if s.heading_line < raw.number <= s.span.last_line), None
        )
        title = frozenset(_content(fold(section.title))) if section is not None else frozenset()
        meant = [each for each in meanings if each[1] == title]
        if len(meant) == 1 and meant[0][0].upper() != names[0].upper():
            message = f"Line {meant[0][2].number} calls this {meant[0][0]}, not {names[0]}."
            yield view.remark("TOC110", raw.span, message)


def _content(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]{2,}", text) if word not in _SMALL_WORDS]


_UPDATES = re.compile(
    r"\b(?:updates?|status (?:page|message|report)|bulletins?|aktualisierung\w*|zwischenstand|actualizaci\w+|mises? a jour)\b[^.;]{0,40}?\b(?:every|each|alle|cada|toutes les)\b (?P<time>\d+ ?(?:min\w*|h\b|hours?|stunden?|horas?|heures?)|half hour|half an hour|hour)"
)


def another_rhythm(view: View) -> Iterator[Diagnostic]:
    """Updates every half an hour in one sentence and every hour in another, where one of them names no level of its own."""
    first: tuple[timedelta, RawLine, tuple[str, ...]] | None = None
    for raw in view.prose_saying(
        ("updat", "status", "bulletin", "aktualis", "zwischenstand", "actualiz", "mise")
    ):
        if raw.text.lstrip().startswith(("|", "#")):
            continue
        found = _UPDATES.search(fold(plain(raw.text)))
        every = duration(found["time"].replace("half hour", "half an hour")) if found is not None else None
        if found is None or every is None or _AUDIENCE.search(fold(raw.text)):
            continue
        names = level_names(raw.text)
        if first is None:
            first = (every, raw, names)
        elif every != first[0] and (not names or not first[2]) and len({*names, *first[2]}) <= 1:
            message = f"Line {first[1].number} wants updates in another rhythm."
            yield view.remark("TOC110", raw.span, message, level=Level.WARNING)
            return


_AUDIENCE = re.compile(
    r"\b(?:internal\w*|management|managers?|executives?|directors?|after|later|once|monitoring|intern\w*|direcc\w*|direction)\b"
)

RULES = (
    another_wait,
    another_number_of_tries,
    escalated_too_late,
    another_threshold,
    another_rank,
    another_rhythm,
)
