"""Severities that prose defines: "**P1** no writes (answer in 5 min), **P2** slow (30 min)", or "X is a SEV1 (page)".

Two levels at least, and one of them with its clock: what merely mentions levels defines none. Asked where no section or
table defines them. Source: runbook-language, section 10.1.
"""

import re

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.policy.level_words import Found, clock_of, label_of, level_of, meaning_of, meant_aside
from tocsin.runbook.policy.text import LEVEL_NAME, Part, duration, level_name

_LONGEST = 1_000
_DEFINES = re.compile(r"\W*?(?:\([^()]*\)\s*)?[-–—:=]\s*(.+)", re.S)
# Behind the name its meaning: "P1 = …", "Sev-1: …", "P1 ledger cannot …"; not "P1/P2", "P1 and P2", "P1 incidents".
_DEFINED_HERE = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:[-–—:=]|\s(?!(?:and|or|und|oder|y|o|et|ou|only|incidents?|alerts?|must|should|is|are|will)\b)[A-Za-zÀ-ÿ])"
)
# "Whatever stops logins is a SEV1 (page, 5 min to ack)."
_IS_ONE = re.compile(
    r"(?:^|(?<=[.;\n])\s*|(?<=[.;]\s))([^.;\n(]{6,160}?)\s+(?:is|are|counts? as|makes?|=|ist|sind|es|son|é|são|est|sont)\s+(?:an?\s+|eine?\s+|un\w?\s+|um\w?\s+)?$",
    re.IGNORECASE,
)


def levels_said(part: Part) -> list[Found]:
    """The levels that the prose of a section defines; none inside incidents and symptoms."""
    if part.inside(Role.SYMPTOMS) or (part.inside(Role.INCIDENT) and part.section.level > 1):
        return []
    found: list[Found] = []
    for entry in part.entries():
        if entry.code or len(entry.text) > _LONGEST:
            continue
        if entry.depth == 1 and (row := in_a_row(entry.text, entry.span)):
            found.extend(row)
        elif entry.depth == 1 and (name := level_of(entry.name or entry.text)) is not None:
            if (said := _DEFINES.match(_behind(entry.text, name))) is not None:
                found.append(_level(name, said[1], entry.text, entry.span))
        else:
            found.extend(
                in_a_row(entry.text, entry.span)
                or _is_one(entry.text, entry.span)
                or _answered(entry.text, entry.span)
            )
    timed = any(level.response is not None for level in found)
    return found if timed and len({level.name for level in found}) > 1 else []


def in_a_row(text: str, span: Span) -> list[Found]:
    """Levels one after the other in one text, each with its words behind it; none if there is but one."""
    marks = [mark for mark in LEVEL_NAME.finditer(text) if _DEFINED_HERE.match(text, mark.end())]
    if len({level_name(mark[0]) for mark in marks}) < 2:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found = [
        _level(level_name(mark[0]) or mark[0], words, words, _line(text, mark.start(), span))
        for mark, end in zip(marks, ends, strict=True)
        if (words := _own_words(text[mark.end() : end].strip(" ,;:=–—-\n")))
    ]
    set_off = all(_SET_OFF.match(text, mark.end()) for mark in marks)
    return found if set_off or any(level.response is not None for level in found) else []


_SET_OFF = re.compile(r"\s*(?:\([^()]*\)\s*)?[-–—:=]")


def _is_one(text: str, span: Span) -> list[Found]:
    """Levels that are said of what they mean: "Slow pages are a SEV2 (30 min to ack)"."""
    found: list[Found] = []
    marks = list(LEVEL_NAME.finditer(text))
    if not marks:
        return []
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(text)], strict=True):
        of = _IS_ONE.search(text[: mark.start()].replace("\n", " "))
        if of is not None:
            aside = _ASIDE.match(text, mark.end(), end)
            name = level_name(mark[0]) or mark[0]
            response = clock_of(aside[1]) if aside is not None else None
            words = of[1].partition(": ")[2] or of[1]
            found.append(Found(name, None, (words.strip(),), response, _line(text, mark.start(), span)))
    return found


_ANSWERS = re.compile(
    r"\b(?:we|on-?call|somebody|someone|wir)\b[^.]{0,40}?\b(?:answer|respond|react|acknowledge|pick up|antworten|reagieren)|\b(?:answered|acknowledged|responded to)\b",
    re.IGNORECASE,
)


def _answered(text: str, span: Span) -> list[Found]:
    """Levels of which only the clocks are told: "We answer a P1 within 5 minutes, a P2 within 30 minutes"."""
    if _ANSWERS.search(text) is None:
        return []
    sentence = next((words for words in _SENTENCES.split(text) if _ANSWERS.search(words)), "")
    marks = list(LEVEL_NAME.finditer(sentence))
    if len({level_name(mark[0]) for mark in marks}) < 2:
        return []
    found: list[Found] = []
    for mark, end in zip(marks, [*(mark.start() for mark in marks[1:]), len(sentence)], strict=True):
        response = duration(sentence[mark.end() : end])
        if response is None:
            return []
        at = text.find(sentence) + mark.start()
        found.append(Found(level_name(mark[0]) or mark[0], None, (), response, _line(text, at, span)))
    return found


_ASIDE = re.compile(r"\s*\(([^()]*)\)")


def _line(text: str, at: int, span: Span) -> Span:
    """The line of a place in a text that begins with a span's first."""
    number = min(span.first_line + text.count("\n", 0, at), span.last_line)
    return Span(span.start, span.end, number, number)


def _own_words(text: str) -> str:
    """The first sentence behind a level, and the next one if it is its clock: what follows speaks of something else."""
    first, *further = _SENTENCES.split(text)
    return f"{first} {further[0]}" if further and _IS_CLOCK.match(further[0]) else first


_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n")
_IS_CLOCK = re.compile(
    r"\W*(?:answer|ack|respon[ds]|react|reaktion|reagier|antwort|respuesta|r[eé]ponse|resposta)",
    re.IGNORECASE,
)


def _behind(text: str, name: str) -> str:
    """What follows the name of a level at the start of a text, however it is spelled there."""
    found = LEVEL_NAME.search(text)
    if found is not None and found.start() < len(name) + 4:
        return text[found.end() :]
    return re.sub(r"^\W*[\wÀ-ÿ]+(?: \d)?", "", text, count=1)


def _level(name: str, text: str, whole: str, span: Span) -> Found:
    if (aside := meant_aside(text)) is not None:
        return Found(name, label_of(name, name), (aside[0],), aside[1], span)
    told, bare = meaning_of(text)
    clock = clock_of(whole)
    return Found(name, label_of(name, name), (told,) if told else (), bare if clock is None else clock, span)
