"""Finding incidents by words and state, for lists of many thousands."""

from collections.abc import Sequence
from enum import Enum

from sqlalchemy import ColumnElement, func, select

from tocsin.store import incidents as rows
from tocsin.store.incidents import IncidentRow
from tocsin.store.schema import incidents, safe_text
from tocsin.store.tx import Tx


class Which(Enum):
    """Which incidents a list is about. Rehearsals stand only in their own list, and among all."""

    OPEN = "open"
    RESOLVED = "resolved"
    DRILLS = "drills"
    ALL = "all"


def search(
    tx: Tx, which: Which, words: Sequence[str], limit: int, before: int | None = None
) -> tuple[tuple[IncidentRow, ...], int]:
    """The newest incidents that hold every word, and how many there are in all.

    Args:
        before: only those with a smaller number, to page on.

    Looks into name, title, severity, stage and section; upper and lower case of A to Z are the same.
    """
    conditions = [*_of(which), *(_holds(word) for word in words)]
    if before is not None:
        conditions.append(incidents.c.number < before)
    names = select(incidents.c.id).where(*conditions).order_by(incidents.c.number.desc()).limit(limit)
    found = rows.named(tx, [str(name) for name in tx.execute(names).scalars()])
    if len(found) < limit:
        return found, len(found)
    total = tx.execute(select(func.count()).select_from(incidents).where(*conditions)).scalar()
    return found, int(total or 0)


def _of(which: Which) -> list[ColumnElement[bool]]:
    match which:
        case Which.OPEN:
            return [incidents.c.resolved_at.is_(None)]
        case Which.RESOLVED:
            return [incidents.c.resolved_at.is_not(None), incidents.c.drill.is_(False)]
        case Which.DRILLS:
            return [incidents.c.drill.is_(True)]
        case Which.ALL:
            return []


def _holds(word: str) -> ColumnElement[bool]:
    columns = (incidents.c.title, incidents.c.severity, incidents.c.stage, incidents.c.section)
    text: ColumnElement[str] = incidents.c.id + ""
    for column in columns:
        text = text + " " + func.coalesce(column, "")
    return func.lower(text).contains(safe_text(word).lower(), autoescape=True)
