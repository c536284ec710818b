"""What the status page remembers: days counted from samples, and work that was announced."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Insert, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tocsin.detection.check import Verdict
from tocsin.errors import NotFound
from tocsin.kit import codec
from tocsin.kit.ids import CheckName
from tocsin.status.days import Mark, Spent
from tocsin.status.spans import MOST, Span, joined
from tocsin.store.schema import checks, safe_text, samples
from tocsin.store.schema_status import status_days, status_marks, status_works
from tocsin.store.tx import Tx

_VERDICTS = (Verdict.UP, Verdict.DEGRADED, Verdict.DOWN, Verdict.UNKNOWN)  # as store.checks numbers them
_FIRST = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a check is counted; `number` is its row."""

    number: int
    name: CheckName
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of one check, in milliseconds."""

    check: CheckName
    date: date
    spent: Spent


@dataclass(frozen=True, slots=True)
class Work:
    """Announced work. `components`: names as the settings have them."""

    id: int
    name: str
    text: str
    components: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    by: str
    over_at: datetime | None


def marks(tx: Tx) -> tuple[Counted, ...]:
    """Every check that has samples or a state, and how far it is counted."""
    rows = tx.execute(_MARKS)
    return tuple(
        Counted(number, CheckName(name), None if mark is None else codec.decode(mark, Mark))
        for number, name, mark in rows
    )


def samples_after(tx: Tx, number: int, after_ms: int, limit: int) -> list[tuple[int, Verdict]]:
    """(ms since 1970, verdict) of the next samples of a check, oldest first."""
    rows = tx.execute(_AFTER, {"number": number, "after": after_ms, "limit": limit})
    return [(at_ms, _VERDICTS[code]) for at_ms, code in rows]


def add(tx: Tx, number: int, mark: Mark, spent: Mapping[int, Spent]) -> None:
    """Add what was counted to the days of a check, and note how far it got; both or nothing."""
    known = _spans(tx, number, [day for day, each in spent.items() if each.down_spans or each.degraded_spans])
    rows = []
    for day, each in spent.items():
        down, degraded = known.get(day, (None, None))
        rows.append(
            {
                "check_id": number, "day": day, "up_ms": each.up, "degraded_ms": each.degraded,
                "down_ms": each.down, "unknown_ms": each.unknown,
                "down_spans": _with(down, each.down_spans), "degraded_spans": _with(degraded, each.degraded_spans),
            }
        )  # fmt: skip
    lite = tx.connection.dialect.name == "sqlite"
    if rows:
        tx.execute(_ADD_SQLITE if lite else _ADD_POSTGRES, rows)
    values = {"check_id": number, "mark": codec.encode(mark)}
    tx.execute(_MARK_SQLITE if lite else _MARK_POSTGRES, values)


def days(tx: Tx, since: date) -> tuple[DayRow, ...]:
    """Every day of every check from a day on."""
    rows = tx.execute(_DAYS, {"since": (since - _FIRST).days})
    return tuple(
        DayRow(
            CheckName(name),
            _FIRST + timedelta(days=day),
            Spent(up, degraded, down, unknown, _read(downs), _read(slows)),
        )
        for name, day, up, degraded, down, unknown, downs, slows in rows
    )


def _spans(tx: Tx, number: int, days: Sequence[int]) -> dict[int, tuple[str | None, str | None]]:
    """What is remembered of these days of a check."""
    if not days:
        return {}
    rows = tx.execute(_SPANS_OF, {"number": number, "days": list(days)})
    return {day: (down, degraded) for day, down, degraded in rows}


def _with(known: str | None, more: Sequence[Span]) -> str | None:
    """The spans of a day and some more, as text; None for none."""
    spans = joined([*_read(known), *more])[:MOST]
    return json.dumps(spans, separators=(",", ":")) if spans else None


def _read(text: str | None) -> list[Span]:
    return [] if text is None else [(start, end) for start, end in json.loads(text)]


def announce(
    tx: Tx,
    name: str,
    text: str,
    components: Sequence[str],
    starts_at: datetime,
    ends_at: datetime,
    by: str,
    at: datetime,
) -> int:
    """Announce work. Returns its number; wakes who waits."""
    values = {
        "name": safe_text(name), "text": safe_text(text), "components": json.dumps(list(components)),
        "starts_at": starts_at, "ends_at": ends_at, "announced_at": at, "by": by,
    }  # fmt: skip
    number: int = tx.execute(insert(status_works).values(values).returning(status_works.c.id)).scalar_one()
    tx.announce()
    return number


def over(tx: Tx, number: int, at: datetime) -> None:
    """Announced work is over, or called off. Raises NotFound if none of this number is still to come or going on."""
    changed = update(status_works).where(
        status_works.c.id == number, status_works.c.over_at.is_(None), status_works.c.ends_at > at
    )
    if not tx.execute(changed.values(over_at=at)).rowcount:
        raise NotFound(
            f"There is no work {number} that is planned or going on.", hint="See: tocsin status work list."
        )
    tx.announce()


def works(tx: Tx, since: datetime) -> tuple[Work, ...]:
    """Announced work that ends after this moment, by its start."""
    rows = tx.execute(
        select(status_works)
        .where(status_works.c.ends_at > since)
        .order_by(status_works.c.starts_at, status_works.c.id)
    )
    return tuple(
        Work(
            row.id, row.name, row.text, tuple(json.loads(row.components)), row.starts_at, row.ends_at,
            row.announced_at, row.by, row.over_at,
        )
        for row in rows
    )  # fmt: skip


_SUMS = ("up_ms", "degraded_ms", "down_ms", "unknown_ms")
_SPANS = ("down_spans", "degraded_spans")


def _added(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    sums: dict[str, ColumnElement[object]] = {
        name: status_days.c[name] + statement.excluded[name] for name in _SUMS
    }
    for name in _SPANS:
        sums[name] = func.coalesce(statement.excluded[name], status_days.c[name])
    return statement.on_conflict_do_update(index_elements=["check_id", "day"], set_=sums)


def _marked(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    return statement.on_conflict_do_update(
        index_elements=["check_id"], set_={"mark": statement.excluded["mark"]}
    )


_ADD_SQLITE = _added(sqlite.insert(status_days))
_ADD_POSTGRES = _added(postgresql.insert(status_days))
_MARK_SQLITE = _marked(sqlite.insert(status_marks))
_MARK_POSTGRES = _marked(postgresql.insert(status_marks))
_MARKS = select(checks.c.id, checks.c.name, status_marks.c.mark).join(
    status_marks, status_marks.c.check_id == checks.c.id, isouter=True
)
_AFTER = (
    select(samples.c.at_ms, samples.c.verdict)
    .where(samples.c.check_id == bindparam("number"), samples.c.at_ms > bindparam("after"))
    .order_by(samples.c.at_ms)
    .limit(bindparam("limit"))
)
_SPANS_OF = select(status_days.c.day, *(status_days.c[name] for name in _SPANS)).where(
    status_days.c.check_id == bindparam("number"), status_days.c.day.in_(bindparam("days", expanding=True))
)
_DAYS = (
    select(checks.c.name, status_days.c.day, *(status_days.c[name] for name in (*_SUMS, *_SPANS)))
    .join(checks, checks.c.id == status_days.c.check_id)
    .where(status_days.c.day >= bindparam("since"))
    .order_by(status_days.c.check_id, status_days.c.day)
)
