"""Severity levels as runbooks write them: headings, list items, tables. Source: runbook-language, section 10.1."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

from tocsin.runbook.book import Diagnostic, Level, Role, SeverityLevel, Span
from tocsin.runbook.markdown.blocks import Table
from tocsin.runbook.policy.text import Entry, Part, duration, label_rank, level_name, level_names
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import fold

_SEVERITY_TITLE = re.compile(
    r"severit|priorit|gravit|gravedad|schwere|incident (?:levels?|classification|classes)|classification"
)
_RESPONSE = re.compile(
    r"respon[sd]|ack(?:nowledg\w*)?\b|reaction|reaktion|antwort|reponse|respuesta|resposta|sla\b|"
    r"target|time to (?:engage|respond)"
)
_OTHER_CLOCK = re.compile(
    r"resol|update|cadence|communicat|rto|rpo|escalat|restor|fix|loesung|post.?mortem|review"
)
_CRITERIA_FIELD = re.compile(
    r"defin|descri|criteri|example|impact|when|symptom|meaning|exempl|ejempl|beispiel"
)
_LEVEL_HEADER = re.compile(
    r"^(?:level|severity|sev|priority|prio|class|grad|stufe|nivel|niveau|severidade?|gravite|gravedad|prioridade?)\b"
)


@dataclass(frozen=True, slots=True)
class _Found:
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


def _level(text: str) -> str | None:
    """The severity a text begins with; where severities are defined, "Stufe 1" and "Nivel 2" name one, too."""
    found = _NUMBERED.match(plain(text))
    return level_name(text) or (f"{found[1].capitalize()} {found[2]}" if found is not None else None)


def severities(parts: tuple[Part, ...]) -> tuple[tuple[SeverityLevel, ...], tuple[Diagnostic, ...]]:
    """The levels a runbook defines, worst first, and a remark for each clock that is stated twice and differs.

    Rank is by the words (critical before low) if every level has one, else by digit, else by order in the text.
    """
    found: list[_Found] = []
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
    merged, diagnostics = _merge(found)
    return _ranked(merged), diagnostics


def _from_heading(part: Part) -> _Found | None:
    name = _level(part.title)
    if name is None:
        return None
    criteria: list[str] = []
    response = _clock(part.title)
    for label, value, text in _told(part):
        if label is not None and _is_clock_field(label):
            if _RESPONSE.search(fold(label)) and response is None:
                response = duration(value)
        elif label is not None and _CRITERIA_FIELD.search(fold(label)):
            if value:
                criteria.append(value)
        elif text:
            criteria.append(text)
    return _Found(name, _label(part.title, name), tuple(criteria), response, part.section.span)


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
    return bool((_RESPONSE.search(folded) or _OTHER_CLOCK.search(folded)) and len(folded.split()) <= 4)


def _from_items(part: Part) -> list[_Found]:
    found: list[_Found] = []
    for entry in part.entries():
        head = entry.name or entry.text
        name = _level(head)
        if name is not None and (entry.name is not None or entry.depth == 1):
            rest = entry.value if entry.name is not None else _after_name(entry.text)
            times = bool(re.search(r"response time|respond", fold(part.title)))
            only_clock = times and duration(rest) is not None and len(rest.split()) <= 6
            response = duration(rest) if only_clock else _clock(entry.text)
            criteria = () if only_clock or not rest else (_without_clock(rest),)
            found.append(_Found(name, _label(head, name), criteria, response, entry.span))
        elif found and entry.depth >= 1:
            found[-1] = _extended(found[-1], entry)
    return found


def _extended(level: _Found, entry: Entry) -> _Found:
    """A nested field or bullet belongs to the level above it."""
    if entry.name is not None and _is_clock_field(entry.name):
        if _RESPONSE.search(fold(entry.name)) and level.response is None:
            return replace(level, response=duration(entry.value))
        return level
    text = entry.value if entry.name is not None and _CRITERIA_FIELD.search(fold(entry.name)) else entry.text
    return replace(level, criteria=(*level.criteria, text)) if text else level


def _after_name(text: str) -> str:
    return re.sub(r"^\W*[\w ]{1,12}?(?:\([^)]*\))?\s*[-–—:]\s*", "", text, count=1)


def _without_clock(text: str) -> str:
    return re.sub(
        r"\s*\((?:response|respond|ack|respuesta|resposta|r[ée]ponse|reaktion)[^)]*\)",
        "",
        text,
        flags=re.IGNORECASE,
    ).strip()


def _clock(text: str) -> timedelta | None:
    """The response clock inside a heading or sentence: what follows the word "response", up to the next bracket."""
    found = re.search(
        r"(?:respon[sd]\w*(?: time)?|ack\w*|react\w*|r[eé]ponse|respuesta|resposta|reaktion\w*|antwort\w*|SLA)\b([^);|]*)", text,
        re.IGNORECASE,
    )  # fmt: skip
    if found is not None:
        return duration(found[1])
    bracket = re.search(r"\(([^)]*)\)\s*$", text)
    if bracket is not None and re.match(
        r"\s*(?:<|≤|within|under)?\s*\d|\s*immediate", bracket[1], re.IGNORECASE
    ):
        return duration(bracket[1])
    within = re.search(
        r"[:–—-]\s*(?:within|in under|innerhalb(?: von)?|binnen|sous|dentro de|em ate)\s+([^.;,]{2,30})\.?\s*$",
        text,
        re.IGNORECASE,
    )
    if within is not None and not _OTHER_CLOCK.search(fold(text)):
        return duration(within[1])
    return None


def _label(head: str, name: str) -> str | None:
    rest = plain(head).replace(name, " ")
    bracket = re.search(r"\(([^)]*)\)", rest)
    for text in ((bracket[1],) if bracket else ()) + (re.sub(r"\([^)]*\)", " ", rest),):
        word = re.search(r"[A-Za-zÀ-ÿ]{3,}", text)
        if word is not None and label_rank(word[0]) is not None:
            return word[0].capitalize()
    return name if label_rank(name) is not None else None


def _from_table(table: Table, inside: bool) -> list[_Found]:
    header = [fold(plain(cell)) for cell in table.header]
    if not header:
        return []
    at = next((i for i, cell in enumerate(header) if _LEVEL_HEADER.search(cell)), 0 if inside else None)
    if at is None:
        return []
    response = next(
        (i for i, c in enumerate(header) if i != at and _RESPONSE.search(c) and not _OTHER_CLOCK.search(c)),
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
        name = _level(cells[at]) if at < len(cells) else None
        if (
            name is None
            and re.fullmatch(r"\W*[0-5]\W*", cells[at])
            and re.match(r"(?:level|stufe|nivel|niveau|sev|prio|grad)", header[at])
        ):
            name = _level(f"{plain(table.header[at])} {cells[at].strip()}")
        if name is None:
            continue
        label = _label(" ".join(cells[at : at + 2]), name)
        told = tuple(cells[i] for i in criteria if i < len(cells) and cells[i])
        clock = (
            duration(cells[response]) if response is not None and response < len(cells) else _clock(cells[at])
        )
        found.append(_Found(name, label, told, clock, row.span))
    return found


def _merge(found: list[_Found]) -> tuple[list[_Found], tuple[Diagnostic, ...]]:
    """One level per name; the first text wins, missing pieces come from later ones, the stricter clock applies."""
    merged: dict[str, _Found] = {}
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


def _ranked(found: list[_Found]) -> tuple[SeverityLevel, ...]:
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
