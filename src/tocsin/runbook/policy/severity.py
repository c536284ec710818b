"""Severity levels as runbooks write them: headings, list items, tables. Source: runbook-language, section 10.1."""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from tocsin.runbook.book import Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.markdown.blocks import Table
from tocsin.runbook.policy.level_words import (
    OTHER_CLOCK,
    Found,
    after_name,
    clock_of,
    label_of,
    level_of,
    meaning_of,
)
from tocsin.runbook.policy.levels_said import in_a_row, levels_said
from tocsin.runbook.policy.terms import SeverityLevel
from tocsin.runbook.policy.text import Entry, Part, duration, label_rank, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_SEVERITY_TITLE = re.compile(
    r"severit|priorit|gravit|gravedad|schwere|incident (?:levels?|classification|classes)|classification"
)
_RESPONSE = re.compile(
    r"respon[sd]|\banswer(?:ed)?\b|ack(?:nowledg\w*)?\b|reaction|reaktion|antwort|reponse|respuesta|resposta|sla\b|"
    r"target|time to (?:engage|respond)|\bstart(?:ed|s)? work|\bwork (?:starts|begins)|\bpick(?:ed)?[ -]?up|\breact\b|arbeitsbeginn"
)
_CRITERIA_FIELD = re.compile(
    r"defin|descri|criteri|example|impact|when|symptom|mean|exempl|ejempl|beispiel|bedeut|beschreib|auswirk|wann|signific|cuando|quando|quand|"
    r"what (?:it|that|is)|looks like"
)
_LEVEL_HEADER = re.compile(
    r"^(?:level|severity|sev|priority|prio|class|grad|stufe|nivel|niveau|severidade?|gravite|gravedad|prioridade?)\b"
)


_WHO = re.compile(
    r"(?:who|contact|person|people|name|role|team|wer|quien|qui|quem|contacto|kontakt|ansprechpartner)\b"
)


def severities(parts: tuple[Part, ...]) -> tuple[tuple[SeverityLevel, ...], tuple[Diagnostic, ...]]:
    """The levels a runbook defines, worst first, and a remark for each clock that is stated twice and differs.

    Rank is by the words (critical before low) if every level has one, else by digit, else by order in the text.
    """
    found: list[Found] = []
    for part in parts:
        titles = (part.title, *[parent.title for parent in part.parents[-1:]])
        inside = part.inside(Role.SEVERITY) or any(_SEVERITY_TITLE.search(fold(title)) for title in titles)
        if inside:
            heading = _from_heading(part)
            if heading is not None:
                found.append(heading)
            else:
                found.extend(_from_items(part))
        for table in part.tables():
            found.extend(_from_table(table, inside))
    if len({level.name for level in found}) < 2:
        found.extend(level for part in parts for level in levels_said(part))
    merged, diagnostics = _merge(found)
    return _ranked(merged), diagnostics


def _from_heading(part: Part) -> Found | None:
    name = level_of(part.title)
    if name is None:
        return None
    criteria: list[str] = []
    response = clock_of(part.title)
    for label, value, text in _told(part):
        if label is not None and _is_clock_field(label):
            if _RESPONSE.search(fold(label)) and response is None:
                response = duration(value)
        elif label is not None and _CRITERIA_FIELD.search(fold(label)):
            if value:
                criteria.append(value)
        elif text:
            criteria.append(text)
    return Found(name, label_of(part.title, name), tuple(criteria), response, part.section.span)


def _told(part: Part) -> list[tuple[str | None, str, str]]:
    """Label, value and whole text of what a level's own section says; two-column tables are fields too."""
    found = [(entry.name, entry.value, entry.text) for entry in part.entries() if not entry.code]
    for table in part.tables():
        if len(table.header) == 2:
            for row in table.rows:
                label, value = (plain(cell) for cell in row.cells[:2])
                found.append((label, value, f"{label}: {value}"))
    return found


def _is_clock_field(name: str) -> bool:
    folded = fold(name)
    return bool((_RESPONSE.search(folded) or OTHER_CLOCK.search(folded)) and len(folded.split()) <= 4)


def _from_items(part: Part) -> list[Found]:
    found: list[Found] = []
    for entry in part.entries():
        head = entry.name or entry.text
        name = level_of(head)
        if entry.depth == 0 and (row := in_a_row(entry.text, entry.span)):
            found.extend(row)
        elif name is not None and (entry.name is not None or entry.depth == 1):
            rest = entry.value if entry.name is not None else after_name(entry.text)
            times = bool(re.search(r"response time|respond", fold(part.title)))
            only_clock = times and duration(rest) is not None and len(rest.split()) <= 6
            told, bare = ("", duration(rest)) if only_clock else meaning_of(rest)
            clock = None if only_clock else clock_of(entry.text)
            response = bare if clock is None else clock
            found.append(Found(name, label_of(head, name), (told,) if told else (), response, entry.span))
        elif found and entry.depth >= 1:
            found[-1] = _extended(found[-1], entry)
    return found


def _extended(level: Found, entry: Entry) -> Found:
    """A nested field or bullet belongs to the level above it."""
    if entry.name is not None and _is_clock_field(entry.name):
        if _RESPONSE.search(fold(entry.name)) and level.response is None:
            return replace(level, response=duration(entry.value))
        return level
    text = entry.value if entry.name is not None and _CRITERIA_FIELD.search(fold(entry.name)) else entry.text
    return replace(level, criteria=(*level.criteria, text)) if text else level


def _from_table(table: Table, inside: bool) -> list[Found]:
    header = [fold(plain(cell)) for cell in table.header]
    if not header:
        return []
    at = next((i for i, cell in enumerate(header) if _LEVEL_HEADER.search(cell)), 0 if inside else None)
    if at is None:
        return []
    if not inside and _SEVERITY_TITLE.search(header[at]) is None and any(_WHO.match(cell) for cell in header):
        return []  # levels of people, one above the other
    response = next(
        (i for i, c in enumerate(header) if i != at and _RESPONSE.search(c) and not OTHER_CLOCK.search(c)),
        None,
    )
    criteria = [
        i for i, cell in enumerate(header) if i != at and i != response and _CRITERIA_FIELD.search(cell)
    ]
    if response is None and not criteria:
        return []
    found = []
    for row in table.rows:
        cells = [plain(cell) for cell in row.cells]
        name = level_of(cells[at]) if at < len(cells) else None
        if (
            name is None
            and re.fullmatch(r"\W*[0-5]\W*", cells[at])
            and re.match(r"(?:level|stufe|nivel|niveau|sev|prio|grad)", header[at])
        ):
            name = level_of(f"{plain(table.header[at])} {cells[at].strip()}")
        if name is None:
            continue
        label = label_of(" ".join(cells[at : at + 2]), name)
        told = tuple(cells[i] for i in criteria if i < len(cells) and cells[i])
        clock = (
            duration(cells[response])
            if response is not None and response < len(cells)
            else clock_of(cells[at])
        )
        found.append(Found(name, label, told, clock, row.span))
    return found


def _merge(found: list[Found]) -> tuple[list[Found], tuple[Diagnostic, ...]]:
    """One level per name; the first text wins, missing pieces come from later ones, the stricter clock applies."""
    merged: dict[str, Found] = {}
    diagnostics: list[Diagnostic] = []
    for level in sorted(found, key=lambda one: one.span.first_line):
        known = merged.get(level.name)
        if known is None:
            merged[level.name] = level
            continue
        if known.response is not None and level.response is not None and known.response != level.response:
            diagnostics.append(
                Diagnostic(
                    "TOC110", Level.ERROR, level.span, 1,
                    f"{level.name} is to be answered within {_spelled(level.response)} here and within "
                    f"{_spelled(known.response)} in line {known.span.first_line}; the stricter clock is used.",
                    "State each clock once and refer to it elsewhere.",
                )
            )  # fmt: skip
        clocks = [c for c in (known.response, level.response) if c is not None]
        merged[level.name] = replace(
            known,
            label=known.label or level.label,
            criteria=known.criteria or level.criteria,
            response=min(clocks) if clocks else None,
        )
    return list(merged.values()), tuple(diagnostics)


def _spelled(value: timedelta) -> str:
    minutes = value.total_seconds() / 60
    return "no time at all" if not minutes else f"{minutes:g} min" if minutes < 120 else f"{minutes / 60:g} h"


def _ranked(found: list[Found]) -> tuple[SeverityLevel, ...]:
    if len(found) < 2:
        return ()
    ranks = [label_rank(level.label or level.name) for level in found]
    digits = [int(d[0]) if (d := re.findall(r"\d", level.name)) else None for level in found]
    order: list[tuple[int, int]]
    if all(d is not None for d in digits) and _monotone([d for d in digits if d is not None], ranks):
        order = [(d or 0, i) for i, d in enumerate(digits)]
    elif all(r is not None for r in ranks) and len(set(ranks)) > 1:
        order = [(r or 0, i) for i, r in enumerate(ranks)]
    else:
        order = [(i, i) for i in range(len(found))]
    ordered = [level for _, level in sorted(zip(order, found, strict=True), key=lambda pair: pair[0])]
    return tuple(
        SeverityLevel(level.name, rank, level.label, level.criteria, level.response, level.span)
        for rank, level in enumerate(ordered)
    )


def _monotone(digits: list[int], ranks: list[int | None]) -> bool:
    """Whether a larger digit never carries a worse word: then the digits give the order."""
    known = sorted((d, r) for d, r in zip(digits, ranks, strict=True) if r is not None)
    return all(a[1] <= b[1] for a, b in pairwise(known))


def mentioned(text: str, levels: tuple[SeverityLevel, ...]) -> tuple[str, ...]:
    """Names of defined levels that a text mentions, worst first; "P0/P1" gives both."""
    named = level_names(text)
    return tuple([level.name for level in levels if level.name in named]) if named else ()
