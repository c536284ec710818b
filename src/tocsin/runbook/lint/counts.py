"""Numbers and names in a sentence against those of its command: TOC110 (spans of time, counts), TOC203 (hosts), TOC204 (sizes, verbs)."""

import re
from collections.abc import Iterator
from datetime import timedelta

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, View
from tocsin.runbook.lint.told import above, said_of_it, sentences
from tocsin.runbook.policy.text import duration

_WINDOW = re.compile(
    r"\b(?:last|past|previous|older than|younger than|kept for|keep for|retained for|letzten|alter als|ultim[oa]s|dernieres?|derniers?|plus de|mas de|mais de|mehr als|alter als)\s+((?:\d+|two|three|four|six|twelve)\s*(?:m|h|d|mins?|minutes?|hours?|days?|weeks?|stunden|minuten|tage?n?|horas?|minutos|dias|heures?|jours?))\b"
)
_SINCE = re.compile(
    r"--since[= ](?P<since>\d+[smhd])\b|-(?P<kind>mtime|mmin|ctime|cmin|atime)\s+[+-](?P<age>\d+)|\bINTERVAL\s+'?(?P<sql>\d+\s*(?:MINUTE|HOUR|DAY|WEEK)S?)\b|"
    r"--freshness[= ](?P<fresh>\d+[smhd])\b|--vacuum-time[= ](?P<vacuum>\d+[smhd])\b|--older-than[= ](?P<older>\d+[smhd])\b|\w\[(?P<range>\d+[smhdw])\]|--since[= ]['\"](?P<ago>\d+ \w+) ago",
    re.IGNORECASE,
)
_SIZE_OPTION = re.compile(
    r"--(?:replicas|desired-count|desired-capacity|node-count|num-nodes|number-of-workers|scale\s+\w+)[= ](\d+)\b"
)
_SIZE_TOLD = re.compile(
    r"\bto (\d+|one|two|three|four|five|six|eight|ten)\s+(?:replicas?|instances?|nodes?|pods?|workers?|tasks?|copies|consumers?|servers?)\b"
)
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12}  # fmt: skip
# One of these is in every command that says a span, a size or a number of lines.
_SIGNS = (
    "--since",
    "time ",
    "min ",
    "INTERVAL",
    "interval",
    "--older",
    "--fresh",
    "--replicas",
    "--desired",
    "-count",
    "--num",
    "--scale",
    "--tail",
    "--lines",
    " -n",
    "head -",
    "tail -",
    "0.",
    "--percent",
    "--weight",
    "--traffic",
    " .",
    "%",
    "=",
    "[",
    "--last",
    "--limit",
    "G",
    "M",
)
_COUNTED = re.compile("|".join(_WORDS))
_NUMBER_TOLD = re.compile(rf"\d|\b(?:{'|'.join(_WORDS)})")
_HOST = re.compile(r"(?<![\w./:$@{-])([a-z][a-z-]*-?)(\d{1,3})(?:\.[a-z][\w.-]*)?(?![\w/-])")
# In a command a host may follow its backend or its user: `bk_mysql/db-2`, `deploy@db-2`.
_HOST_GIVEN = re.compile(
    r"(?:(?<![\w./:$@{-])|(?<=\w[/@]))([a-z][a-z-]*-?)(\d{1,3})(?:\.[a-z][\w.-]*)?(?![\w/-])"
)
_HOST_WORDS = frozenset(
    "p s sev p- l tier level step phase v sha md node- option sha- ipv http utf base".split()
)
_LINES_TOLD = re.compile(r"\b(?:last|first|newest) (\d{2,5}) (?:lines|entries|events)\b")
_LINES_OPTION = re.compile(r"(?:--(?:tail|last|limit)[= ]|--lines[= ]|\s-n\s?|\b(?:head|tail)\s+-)(\d+)\b")


# "A release in the last hour? Then roll back": what is asked of the world is nothing the command says.
_ASKS = re.compile(r".*\?$|(?:if|when|in case|wenn|falls|si|cuando|quand|se) ")


def numbers(view: View) -> Iterator[Diagnostic]:
    """TOC110 and TOC204: another span of time, another count or another size than the sentence above says."""
    for _, line in view.steps_with(_SIGNS):
        if not line.step.actions:
            continue
        before = " ".join(sentences(f"{above(view, line)}\n{line.step.title}"))
        after = (said for said in sentences(said_of_it(view, line)) if not _ASKS.match(said))
        told = " ".join((before, *after))
        if not _NUMBER_TOLD.search(told) and not _LAST_ONE.search(told):
            continue
        problem = (
            _window(told, line)
            or _size(told, line)
            or _lines(told, line)
            or _share(told, line)
            or _amount(before, line)
            or _capacity(told, line)
        )
        if problem is not None:
            yield view.on(problem[0], line, problem[1], level=Level.WARNING)


# "Locks live for 10 minutes. Count those that are older than that."
_THAN_THAT = re.compile(
    r"\b(?:for|after|within|of) (\d+ ?(?:min(?:utes?)?|m|h|hours?|d|days?|s|seconds?))\b[^.]{0,40}\.[^.]{0,60}\b(?:older|longer) than that\b"
)
# The range of a query that is asked once is what it looks at; that of a graph smooths.
_AT_ONCE = re.compile(r"/api/v1/query(?!_range)|\bquery instant\b")


def _window(told: str, line: Line) -> tuple[str, str] | None:
    said = _WINDOW.search(told) or (_THAN_THAT.search(told) if " than that" in told else None)
    given = (
        [found for found in _SINCE.finditer(line.text) if not found["range"] or _AT_ONCE.search(line.text)]
        if said
        else []
    )
    unit = _LAST_ONE.search(told) if said is None else None
    if unit is not None:
        said = unit
        given = [
            found for found in _SINCE.finditer(line.text) if found["sql"] or found["since"] or found["ago"]
        ]
    counted = _COUNTED.sub(lambda word: str(_WORDS[word[0]]), said[1]) if said is not None else ""
    wanted = duration(f"1 {counted}" if unit is not None else counted) if given else None
    if said is None or wanted is None or len(set(_WINDOW.findall(told))) > 1:
        return None
    wrong = next((found for found in given if (span := _span(found)) is not None and span != wanted), None)
    if wrong is not None:
        return "TOC110", f'The text says "{said[0]}", the command says {wrong[0].strip()}.'
    return None


_LAST_ONE = re.compile(
    r"\b(?:last|past|previous|letzte[nr]?|ultim[oa]|derniere?)\s+(?P<unit>hour|day|week|minute|stunde|woche|minuten?|hora|dia|semana|heure|jour|semaine)\b(?! (?:of|on|in the))"
)


def _span(found: re.Match[str]) -> timedelta | None:
    if found["age"] is not None:
        unit = timedelta(minutes=1) if found["kind"].endswith("min") else timedelta(days=1)
        return int(found["age"][:6]) * unit
    return duration(next(value for key, value in found.groupdict().items() if value and key != "kind"))


def _size(told: str, line: Line) -> tuple[str, str] | None:
    said = _SIZE_TOLD.search(told)
    given = _SIZE_OPTION.findall(line.text) if said else []
    if said is None or not given:
        return None
    wanted = _WORDS.get(said[1]) or int(said[1])
    if all(int(number) != wanted for number in given):
        return "TOC204", f'The text says "{said[0]}", the command says {given[0]}.'
    return None


# "from two to six", "to 200 connections", "auf 12": a number with a unit of time or size is told elsewhere.
_TO_TOLD = re.compile(
    r"\b(?:to|auf|hasta|jusqu'a|ate) (?:the |die |den )?(?:usual |normal |old |former |ublichen )?(\d{1,6}|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b(?! ?(?:%|[kmg]i?b|[kmg]\b|ms|s\b|sec|min|h\b|hour|day|week|percent|prozent|stunde|minute|tage|hora|segundo))(?![.:/]\d)"
)
_SET_TO = re.compile(r"(?<![\w.-])(?:--[a-z-]+[= ]|[A-Za-z_]+ ?= ?)['\"]?(\d{1,6})(?![\w.:/-])")


def _amount(told: str, line: Line) -> tuple[str, str] | None:
    """What is set is said to be one number and is another one."""
    said = set(_TO_TOLD.findall(told))
    if len(said) != 1 or line.step.judgement.effect is Effect.OBSERVE:
        return None
    (word,) = said
    wanted = _WORDS.get(word) or int(word)
    given = {int(number) for number in _SET_TO.findall(line.text)}
    if len(given) == 1 and wanted not in given and not re.search(rf"(?<!\d){wanted}(?!\d)", line.text):
        return "TOC204", f"The text says {wanted}, the command says {given.pop()}."
    return None


# "from 16G to 32G": a size with its unit.
_SIZE_SAID = re.compile(r"\b(?:to|auf|hasta|a) (\d{1,5}) ?([kmgt])i?b?\b")
_SIZE_SET = re.compile(r"(?<![\w.])(\d{1,5}) ?([kmgtKMGT])i?[bB]?\b")


def _capacity(told: str, line: Line) -> tuple[str, str] | None:
    """What is set is said to be of one size and is of another one."""
    said = set(_SIZE_SAID.findall(told))
    if len(said) != 1 or line.step.judgement.effect is Effect.OBSERVE:
        return None
    ((wanted, unit),) = said
    given = {number for number, of in _SIZE_SET.findall(line.text) if of.lower() == unit}
    if len(given) == 1 and wanted not in given:
        return (
            "TOC204",
            f"The text says {wanted}{unit.upper()}, the command says {given.pop()}{unit.upper()}.",
        )
    return None


def _lines(told: str, line: Line) -> tuple[str, str] | None:
    said = _LINES_TOLD.search(told)
    given = _LINES_OPTION.findall(line.text) if said else []
    if said is None or not given or said[1] in given:
        return None
    return "TOC110", f'The text says "{said[0]}", the command says {given[0]}.'


_PERCENT = re.compile(r"\b(\d{1,3}(?:[.,]\d+)?) ?(?:%|percent|prozent|por ciento|pour ?cent)")
_RATIO = re.compile(r"(?<![\w.])(0?\.\d{1,4}|1\.0)(?![\w.])")
_PERCENT_GIVEN = re.compile(r"(?<![\w.])(\d{1,3})%|--(?:percent(?:age)?|weight|traffic)[= ](\d{1,3})\b")


def _share(told: str, line: Line) -> tuple[str, str] | None:
    """A share: "to 97 %" over 0.99."""
    said = {float(found.replace(",", ".")) for found in _PERCENT.findall(told)}
    if len(said) != 1 or line.step.judgement.effect is Effect.OBSERVE:
        return None
    given = {round(float(found) * 100, 2) for found in _RATIO.findall(line.text)}
    given = given or {float(one or other) for one, other in _PERCENT_GIVEN.findall(line.text)}
    if len(given) != 1 or said & given:
        return None
    return "TOC204", f"The text says {said.pop():g} %, the command says {given.pop():g} %."


def other_host(view: View) -> Iterator[Diagnostic]:
    """TOC203: the sentence names one host of a row, its command another one of the same row."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        told = above(view, line) or line.step.title
        said = {found[1]: found[2] for found in _HOST.finditer(told.lower()) if found[1] not in _HOST_WORDS}
        if len(said) != 1 or len({f[0] for f in _HOST.finditer(told.lower())}) != 1:
            continue
        ((stem, number),) = said.items()
        used = {found[2] for found in _HOST_GIVEN.finditer(line.text.lower()) if found[1] == stem}
        if used and number not in used:
            message = f"The text speaks of {stem}{number}, the command of {stem}{min(used)}."
            yield view.on("TOC203", line, message)


_OPPOSITES = (
    ("start", "stop"), ("enable", "disable"), ("lock", "unlock"), ("open", "close"), ("attach", "detach"), ("mount", "umount"),
    ("mount", "unmount"), ("resume", "pause"), ("resume", "suspend"), ("unpause", "pause"), ("uncordon", "cordon"), ("allow", "deny"),
    ("register", "deregister"), ("freeze", "unfreeze"), ("connect", "disconnect"), ("grant", "revoke"),
)  # fmt: skip
_OPPOSITE: dict[str, tuple[str, ...]] = {}
for _one, _other in _OPPOSITES:
    _OPPOSITE[_one] = (*_OPPOSITE.get(_one, ()), _other)
    _OPPOSITE[_other] = (*_OPPOSITE.get(_other, ()), _one)
_FIRST_WORD = re.compile(r"\W*(?:\d+[.)]\s*)?(?:then |now |finally |next,? |first,? )?([a-z]+)\b")


def opposite(view: View) -> Iterator[Diagnostic]:
    """TOC204: the text says start, the command says stop, of the same thing."""
    for _, line in view.lines():
        if not line.step.actions or line.step.judgement.effect is Effect.OBSERVE:
            continue
        for said in sentences(above(view, line) or line.step.title)[-1:]:
            verb = found[1] if (found := _FIRST_WORD.match(said)) else ""
            text = line.text.lower()
            against = next(
                (word for word in _OPPOSITE.get(verb, ()) if re.search(rf"(?<![\w-]){word}(?![\w-])", text)),
                None,
            )
            if against is None or verb in text.replace(against, ""):
                continue
            shared = {word for word in re.findall(r"[a-z]{4,}", said) if word not in (verb, against)}
            if any(word in text for word in shared):
                message = f'The text says "{verb}", the command says {against}.'
                yield view.on("TOC204", line, message)


RULES = (numbers, other_host, opposite)
