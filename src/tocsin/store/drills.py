"""The history of drills: what was proven, when, on which text. Written once, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select

from tocsin.store.schema import safe_json, safe_text
from tocsin.store.schema_drills import drills
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class DrillRow:
    """One drill.

    Attributes:
        id: its number; 0 before it is kept.
        runbook: path of the text, as the scenario has it. text_sha256: of the section then.
        passed: whether the section was proven. expected: whether the verdict was the one expected.
        verdict, runs: JSON. by: "person:ana", "schedule" or "ci".
    """

    at: datetime
    scenario: str
    runbook: str
    section: str
    text_sha256: str
    passed: bool
    expected: bool
    verdict: str
    runs: str
    by: str
    id: int = 0


def put(tx: Tx, row: DrillRow) -> int:
    """Keep a drill; its number."""
    values = {
        "at": row.at,
        "scenario": safe_text(row.scenario),
        "runbook": safe_text(row.runbook),
        "section": safe_text(row.section),
        "text_sha256": row.text_sha256,
        "passed": row.passed,
        "expected": row.expected,
        "verdict": safe_json(row.verdict),
        "runs": safe_json(row.runs),
        "by": safe_text(row.by),
    }
    return int(tx.execute(insert(drills).values(values).returning(drills.c.id)).scalar_one())


def history(tx: Tx, *, limit: int = 1_000) -> tuple[DrillRow, ...]:
    """The newest drills, newest first, without the records of their runs."""
    rows = tx.execute(_HISTORY, {"limit": limit}).all()
    return tuple(_row(row, "") for row in rows)


def newest(tx: Tx, *, limit: int = 200) -> tuple[DrillRow, ...]:
    """The newest drill of each scenario with its runs, as far as the last `limit` drills reach; by scenario."""
    found: dict[str, DrillRow] = {}
    for row in tx.execute(_WHOLE, {"limit": limit}):
        found.setdefault(row.scenario, _row(row, row.runs))
    return tuple(found[name] for name in sorted(found))


def by_id(tx: Tx, number: int) -> DrillRow | None:
    """A drill with the records of its runs, or None."""
    row = tx.execute(_BY_ID, {"number": number}).first()
    return _row(row, row.runs) if row is not None else None


def last_at(tx: Tx, by: str) -> datetime | None:
    """When the last drill was made by this, or None."""
    return tx.execute(_LAST, {"who": by}).scalar()


def _row(row: Row[Any], runs: str) -> DrillRow:
    return DrillRow(
        row.at, row.scenario, row.runbook, row.section, row.text_sha256, row.passed, row.expected, row.verdict, runs,
        row.by, row.id,
    )  # fmt: skip


_SHORT = [column for column in drills.c if column.name != "runs"]
_HISTORY = select(*_SHORT).order_by(drills.c.id.desc()).limit(bindparam("limit"))
_WHOLE = select(drills).order_by(drills.c.id.desc()).limit(bindparam("limit"))
_BY_ID = select(drills).where(drills.c.id == bindparam("number"))
_LAST = select(drills.c.at).where(drills.c.by == bindparam("who")).order_by(drills.c.id.desc()).limit(1)
