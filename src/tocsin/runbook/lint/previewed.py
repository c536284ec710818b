"""TOC206: what was counted first is not what is changed: a condition of the preview is missing, or AND became OR."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View

_SELECTS = re.compile(r"SELECT\b", re.IGNORECASE)
_FROM = re.compile(r" FROM ", re.IGNORECASE)
_CHANGES = re.compile(r"(?:(UPDATE)|DELETE FROM) ", re.IGNORECASE)
_TABLE = re.compile(r"[\w.\"`\[\]]+")
_ALIAS = re.compile(r"(?: AS)?(?: \w+)?", re.IGNORECASE)
_SETS = re.compile(r" SET ", re.IGNORECASE)
_WHERE = re.compile(r" WHERE ", re.IGNORECASE)
_AFTER = re.compile(r" (?:ORDER|GROUP|LIMIT|FETCH|RETURNING) ", re.IGNORECASE)
_JOINED = re.compile(r"\s+(AND|OR)\s+", re.IGNORECASE)
_NEAR = 6  # steps between a preview and its change


@dataclass(frozen=True, slots=True)
class _Where:
    """The conditions of a statement, as written but for blanks and case, and whether all of them have to hold."""

    table: str
    conditions: frozenset[str]
    every: bool
    number: int


def changes_more_than_shown(view: View) -> Iterator[Diagnostic]:
    """`SELECT count(*) … WHERE a AND b`, then `UPDATE … WHERE a` or `WHERE a OR b`: more rows than anybody saw."""
    if not view.says(("update ", "delete from")):
        return
    for procedure in view.procedures:
        shown: list[tuple[int, _Where]] = []
        for place, line in enumerate(procedure.lines):
            for statement in line.statements:
                number = statement.action.span.first_line
                text = " ".join(statement.text.split()).rstrip("; ")
                if (preview := _preview(text)) is not None:
                    where = _where(*preview, number)
                    shown.extend([(place, where)] if where is not None else [])
                    continue
                found = _change(text)
                change = _where(*found, number) if found is not None else None
                shown = [(at, known) for at, known in shown[-2 * _NEAR :] if place - at <= _NEAR]
                before = [known for _, known in shown]
                if change is None or any(_alike(change, known) for known in before):
                    continue
                wider = next((known for known in before if _wider(change, known)), None)
                if wider is not None:
                    message = f"Line {wider.number} counts fewer rows than this changes: its conditions are not the same."
                    yield view.at("TOC206", line, statement.action, statement.offset, message)


def _preview(text: str) -> tuple[str, str] | None:
    """The table and the condition of a SELECT of one table, written on one line."""
    begins = _FROM.search(text) if _SELECTS.match(text) else None
    table = _TABLE.match(text, begins.end()) if begins is not None else None
    where = _WHERE.search(text, table.end()) if table is not None else None
    if table is None or where is None or _ALIAS.fullmatch(text, table.end(), where.start()) is None:
        return None
    return table[0], _AFTER.split(text[where.end() :], maxsplit=1)[0]


def _change(text: str) -> tuple[str, str] | None:
    """The table and the condition of an UPDATE or DELETE, written on one line."""
    verb = _CHANGES.match(text)
    table = _TABLE.match(text, verb.end()) if verb is not None else None
    if verb is None or table is None:
        return None
    where = _WHERE.search(text, table.end())
    sets = _SETS.match(text, table.end()) is not None
    if (
        where is None
        or (sets if verb[1] is None else not sets)
        or (not sets and where.start() != table.end())
    ):
        return None
    return table[0], _AFTER.split(text[where.end() :], maxsplit=1)[0]


def _where(table: str, text: str, number: int) -> _Where | None:
    """The conditions; None where they are nested, for then counting them says nothing."""
    bare = re.sub(r"\bBETWEEN\s+(\S+)\s+AND\b", r"BETWEEN \1 TO", " ".join(text.split()), flags=re.IGNORECASE)
    parts = _JOINED.split(bare)
    words = {word.upper() for word in parts[1::2]}
    if len(words) > 1 or re.search(r"\bSELECT\b", bare, re.IGNORECASE) or bare.count("(") != bare.count(")"):
        return None
    conditions = frozenset([re.sub(r"[\s\"`\[\]]+", "", part).casefold() for part in parts[::2]])
    name = re.sub(r"[\"`\[\]]", "", table).rpartition(".")[2].casefold()
    return _Where(name, conditions, words != {"OR"}, number)


def _alike(change: _Where, shown: _Where) -> bool:
    return change.table == shown.table and change.conditions == shown.conditions and change.every == shown.every  # fmt: skip


def _wider(change: _Where, shown: _Where) -> bool:
    """Whether a change takes all the rows of a preview and others."""
    if change.table != shown.table or not shown.every or len(shown.conditions) < 2:
        return False
    if not change.every:
        return change.conditions == shown.conditions
    return change.conditions < shown.conditions


RULES = (changes_more_than_shown,)
