"""Silences as they are kept: ended early, never deleted."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from tocsin.detection.silence import Matcher, Silence
from tocsin.errors import NotFound
from tocsin.kit import codec
from tocsin.store.schema import safe_json, safe_text
from tocsin.store.schema_intake import silences
from tocsin.store.tx import Tx


def put(tx: Tx, silence: Silence) -> None:
    """Keep a new silence; whoever waits looks again."""
    tx.execute(insert(silences), {"id": silence.id, "made_at": silence.made_at, **_values(silence)})
    tx.announce()


def change(tx: Tx, silence: Silence) -> None:
    """Write a silence over what it was. Raises NotFound."""
    done = tx.execute(update(silences).where(silences.c.id == silence.id).values(**_values(silence)))
    if not done.rowcount:
        raise NotFound(f"There is no silence {silence.id}.")
    tx.announce()


def get(tx: Tx, name: str) -> Silence | None:
    """One silence, or None."""
    row = tx.execute(_ALL.where(silences.c.id == name)).first()
    return None if row is None else _silence(row)


def current(tx: Tx, now: datetime) -> tuple[Silence, ...]:
    """Those that are not over yet, the oldest first."""
    return tuple(_silence(row) for row in tx.execute(_CURRENT, {"now": now}))


def listing(tx: Tx, since: datetime) -> tuple[Silence, ...]:
    """Those that are not over, or ended after a moment, the newest first."""
    rows = tx.execute(
        _ALL.where(silences.c.ends_at > since).order_by(silences.c.made_at.desc(), silences.c.id)
    )
    return tuple(_silence(row) for row in rows)


_ALL = select(
    silences.c.id, silences.c.matchers, silences.c.starts_at, silences.c.ends_at, silences.c.by, silences.c.comment,
    silences.c.made_at, silences.c.updated_at,
)  # fmt: skip
_CURRENT = _ALL.where(silences.c.ends_at > bindparam("now", type_=silences.c.ends_at.type)).order_by(
    silences.c.made_at, silences.c.id
)


def _values(silence: Silence) -> dict[str, object]:
    return {
        "matchers": safe_json(codec.encode(silence.matchers)),
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "by": safe_text(silence.by),
        "comment": safe_text(silence.comment),
        "updated_at": silence.updated_at,
    }


# Any: a row of Core columns has no static type.
def _silence(row: Any) -> Silence:
    name, matchers, starts, ends, by, comment, made, updated = row
    found = msgspec.json.decode(matchers, type=tuple[Matcher, ...])
    return Silence(name, found, starts, ends, by, comment, made, updated)
