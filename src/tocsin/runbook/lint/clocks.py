"""TOC110 beyond the policy: response clocks said twice anywhere, and a schedule beside words that name another time."""

import re
from collections.abc import Iterator
from datetime import timedelta

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.policy.text import duration, level_names
from tocsin.runbook.words.wording import fold

_ANSWERS = re.compile(
    r"respon[ds]|\back|acknowledg|answer|\breact|reagier|reaktion|responder|repond|first reaction|picked up|pick up|erreich"
)
_LEVEL_DIGITS = "012345"
_OTHER = re.compile(
    r"updat|resol|post.?mortem|escalat|review|\bevery\b|each|restor|recover|mitigat|fix|\brto\b|\brpo\b|after|nach\b|lead|manager|secondary|next level|unless|if nobody|if no"
)


def response_clocks(view: View) -> Iterator[Diagnostic]:
    """A level that is to be answered within two different times. The policy's own levels are told elsewhere."""
    told = {level.name for level in view.book.policy.severities if level.response is not None}
    first: dict[str, tuple[timedelta, int]] = {}
    for raw in view.prose_with(_LEVEL_DIGITS):
        if (clock := _clock(raw)) is None:
            continue
        name, limit = clock
        if name in told:
            continue
        known = first.setdefault(name, (limit, raw.number))
        if known[0] != limit:
            message = f"{name} has another response clock here than in line {known[1]}."
            yield view.remark("TOC110", raw.span, message)


def _clock(raw: RawLine) -> tuple[str, timedelta] | None:
    names = level_names(raw.text)
    if len(names) != 1:
        return None
    told = fold(raw.text)
    if not _ANSWERS.search(told) or _OTHER.search(told):
        return None
    limit = duration(raw.text)
    return (names[0], limit) if limit else None


_CRON = re.compile(
    r"(?<![\w*/])(\d{1,2})\s+(\d{1,2})\s+(\*|\*/\d+|\d[\d,/-]*)\s+(\*|\d[\d,/-]*)\s+(\*|[\d,/-]+|[A-Z]{3}(?:-[A-Z]{3})?)(?![\w*])"
)
_MAY_BE_CRON = re.compile(r"\d\s+\d{1,2}\s+[*\d]")
_CADENCE = re.compile(
    r"\b(?:nightly|daily|every (?:day|night|morning|evening|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|each (?:day|night)|weekly|runs? at|starts? at|scheduled (?:for|at)|"
    r"taglich|jede nacht|jeden tag|diario|cada (?:dia|noche)|tous les jours|chaque nuit)\b"
)
_AT = re.compile(
    r"\b(?:at|um|a las|@|ab|a)\s+(\d{1,2})(?:[:.h](\d{2}))?\s*(a\.?m\.?|p\.?m\.?|uhr|h\b|o'clock|utc|cet)?",
    re.IGNORECASE,
)
_REACH = 6  # lines between a sentence and the crontab line it speaks of


def schedules(view: View) -> Iterator[Diagnostic]:
    """A crontab line, and a sentence near it that names another time of the day."""
    jobs = {job.span.first_line for job in view.book.policy.jobs if job.cron is not None}
    for at, raw in enumerate(view.raw):
        if not ("*" in raw.text or raw.fenced) or _MAY_BE_CRON.search(raw.text) is None:
            continue
        found = _CRON.search(raw.text)
        if found is None:
            continue
        near = view.raw[max(0, at - _REACH) : at + _REACH + 1]
        crons = sum(_CRON.search(other.text) is not None for other in near)
        spoken = [time for other in near if other.number not in jobs and (time := _said(other)) is not None]
        if crons != 1 or len(spoken) != 1:
            continue  # several of them: which speaks of which is a guess
        number, hour, minute = spoken[0]
        if hour != int(found[2]) or (minute is not None and minute != int(found[1])):
            message = f"Line {number} says {hour:02}:{minute or 0:02}, the expression says {int(found[2]):02}:{int(found[1]):02}."
            yield view.remark("TOC110", raw.span, message, column=found.start() + 1)


def _said(raw: RawLine) -> tuple[int, int, int | None] | None:
    """The line, hour and minute of a sentence about something that is done regularly."""
    if raw.fenced or _CRON.search(raw.text) or not _CADENCE.search(fold(raw.text)):
        return None
    time = _spoken(raw.text)
    return (raw.number, *time) if time is not None else None


def _spoken(text: str) -> tuple[int, int | None] | None:
    found = _AT.search(text)
    if found is None:
        return None
    hour, mark = int(found[1]), (found[3] or "").lower().replace(".", "")
    if mark == "pm":
        hour = hour % 12 + 12
    elif mark == "am":
        hour %= 12
    minute = (
        int(found[2])
        if found[2] is not None
        else (0 if mark in ("am", "pm", "uhr", "h", "o'clock", "utc", "cet") else None)
    )
    return (hour, minute) if hour < 24 else None


def missing_clocks(view: View) -> Iterator[Diagnostic]:
    """TOC414 for levels listed in a row without a section of their own: some have a clock, this one has none."""
    told = {level.name for level in view.book.policy.severities}
    if sum(_STARTS.match(raw.text) is not None for raw in view.prose_with(_LEVEL_DIGITS)) < 3:
        return
    row: list[tuple[RawLine, str]] = []
    for raw in (*view.raw, None):
        names = (
            level_names(raw.text) if raw is not None and not raw.fenced and _STARTS.match(raw.text) else ()
        )
        if raw is not None and len(names) == 1 and (not row or raw.number - row[-1][0].number <= 2):
            row.append((raw, names[0]))
            continue
        if raw is not None and not raw.text.strip():
            continue
        timed = [one for one in row if duration(one[0].text) is not None]
        if len(row) > 2 and len(timed) * 2 >= len(row):
            for line, name in row:
                if name not in told and (line, name) not in timed:
                    yield view.remark(
                        "TOC414", line.span, f"{name} has no response clock; its siblings have one."
                    )
        row = []


_STARTS = re.compile(
    r"\W*(?:P|S|SEV|Sev|Severity|Prio|Priority|Stufe|Level|Klasse|Prioridad|Nivel|Niveau)[ -]?\d\b"
)


RULES = (response_clocks, schedules, missing_clocks)
