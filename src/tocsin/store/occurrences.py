"""What foreign tools told of that is counted: one row for each subject, by what was said of it last."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Insert, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from tocsin.detection.counting import Counted, CountRule, Tally
from tocsin.store.schema import safe_text
from tocsin.store.schema_intake import occurrences
from tocsin.store.tx import Tx


def put(tx: Tx, integration: str, told: Sequence[Counted]) -> None:
    """Keep what was told. Of the same subject the latest counts, in whichever order they come."""
    values = [
        {
            "integration": integration, "rule": each.rule.name, "subject": safe_text(each.subject), "bad": each.bad,
            "at": each.at,
        }
        for each in told
    ]  # fmt: skip
    if values:
        tx.execute(_PUT_SQLITE if tx.connection.dialect.name == "sqlite" else _PUT_POSTGRES, values)


def tally(tx: Tx, integration: str, rule: CountRule, now: datetime) -> Tally:
    """What the window of a rule holds now."""
    asked = {"whose": integration, "rule": rule.name, "since": now - rule.within, "now": now}
    counts = {bool(bad): int(count) for bad, count in tx.execute(_COUNT, asked)}
    oldest = tx.execute(_NTH, {**asked, "skip": rule.at_least - 1}).scalar()
    return Tally(counts.get(True, 0), counts.get(False, 0), oldest)


def prune(tx: Tx, before: datetime) -> None:
    """Forget what no window reaches any more."""
    tx.execute(delete(occurrences).where(occurrences.c.at < before))


def _putting(made: sqlite.Insert | postgresql.Insert) -> Insert:
    return made.on_conflict_do_update(
        index_elements=["integration", "rule", "subject"],
        set_={"bad": made.excluded.bad, "at": made.excluded.at},
        where=made.excluded.at >= occurrences.c.at,
    )


_PUT_SQLITE = _putting(sqlite.insert(occurrences))
_PUT_POSTGRES = _putting(postgresql.insert(occurrences))
_WINDOW = (
    occurrences.c.integration == bindparam("whose"),
    occurrences.c.rule == bindparam("rule"),
    occurrences.c.at > bindparam("since", type_=occurrences.c.at.type),
    occurrences.c.at <= bindparam("now", type_=occurrences.c.at.type),
)
_COUNT = select(occurrences.c.bad, func.count()).where(*_WINDOW).group_by(occurrences.c.bad)
_NTH = (
    select(occurrences.c.at)
    .where(*_WINDOW, occurrences.c.bad)
    .order_by(occurrences.c.at.desc())
    .limit(1)
    .offset(bindparam("skip"))
)
