"""What was changed on purpose, as other tools told it: shown beside incidents, opens nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Insert, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from tocsin.detection.change_event import ChangeEvent
from tocsin.kit import codec
from tocsin.store.schema import safe_json, safe_text
from tocsin.store.schema_intake import changes
from tocsin.store.tx import Tx


def put(tx: Tx, told: Sequence[ChangeEvent], at: datetime) -> None:
    """Keep changes; the same key told again replaces what was said of it first."""
    values = [
        {
            "key": safe_text(each.key), "title": safe_text(each.title), "source": safe_text(each.source), "at": each.at,
            "state": safe_text(each.state), "who": safe_text(each.who), "told_at": at,
            "links": safe_json(codec.encode(each.links)), "labels": safe_json(codec.encode(each.labels)),
        }
        for each in told
    ]  # fmt: skip
    if values:
        tx.execute(_PUT_SQLITE if tx.connection.dialect.name == "sqlite" else _PUT_POSTGRES, values)


def between(tx: Tx, since: datetime, until: datetime, limit: int = 50) -> tuple[ChangeEvent, ...]:
    """What took effect between two moments, the newest first."""
    rows = tx.execute(_BETWEEN, {"since": since, "until": until, "limit": limit})
    return tuple(_change(row) for row in rows)


def any_known(tx: Tx) -> bool:
    """Whether anybody ever told of a change."""
    return tx.execute(select(changes.c.id).limit(1)).first() is not None


_VALUES = ("key", "title", "source", "at", "state", "who", "links", "labels", "told_at")


def _putting(made: sqlite.Insert | postgresql.Insert) -> Insert:
    newer = {name: made.excluded[name] for name in _VALUES if name != "key"}
    return made.on_conflict_do_update(index_elements=["key"], set_=newer)


_PUT_SQLITE = _putting(sqlite.insert(changes))
_PUT_POSTGRES = _putting(postgresql.insert(changes))
_BETWEEN = (
    select(
        changes.c.key, changes.c.title, changes.c.source, changes.c.at, changes.c.state, changes.c.who,
        changes.c.links, changes.c.labels,
    )
    .where(
        changes.c.at >= bindparam("since", type_=changes.c.at.type),
        changes.c.at <= bindparam("until", type_=changes.c.at.type),
    )
    .order_by(changes.c.at.desc(), changes.c.id.desc())
    .limit(bindparam("limit"))
)  # fmt: skip


# Any: a row of Core columns has no static type.
def _change(row: Any) -> ChangeEvent:
    key, title, source, at, state, who, links, labels = row
    found = msgspec.json.decode(links, type=tuple[tuple[str, str], ...])
    return ChangeEvent(
        key, title, source, at, state, who, found, msgspec.json.decode(labels, type=dict[str, str])
    )
