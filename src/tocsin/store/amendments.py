"""Overrides, swaps and absences: what people changed about the on-call plan, with who wrote it down and when.

Nothing is deleted. What is taken back stays with who took it back, so that who was on call last night can be told.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.store.schema import amendments, safe_text
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Kept:
    """An amendment as it is remembered.

    Attributes:
        withdrawn_by, withdrawn_at: who took it back, and when; None while it stands.
    """

    amendment: Amendment
    withdrawn_by: str | None
    withdrawn_at: datetime | None


def put(tx: Tx, amendment: Amendment) -> Amendment:
    """Keep an amendment; its `id` is given here. Later ones win over earlier ones."""
    values = {
        "kind": amendment.kind.value,
        "person": safe_text(amendment.person),
        "other": None if amendment.other is None else safe_text(amendment.other),
        "level": amendment.level,
        "starts_at": amendment.start,
        "ends_at": amendment.end,
        "reason": safe_text(amendment.reason),
        "by": safe_text(amendment.by),
        "at": amendment.at,
        "origin": None if amendment.origin is None else safe_text(amendment.origin),
    }
    number: int = tx.execute(_PUT, values).scalar_one()
    tx.announce()
    return replace(amendment, id=number)


def withdraw(tx: Tx, number: int, by: str, at: datetime) -> bool:
    """Take an amendment back. False if there is none of this number that stands."""
    done = bool(tx.execute(_WITHDRAW, {"number": number, "who": safe_text(by), "moment": at}).rowcount)
    tx.announce()
    return done


def holding(tx: Tx, at: datetime) -> tuple[Amendment, ...]:
    """Those that hold at an instant, the earliest written first."""
    return tuple(_amendment(*row) for row in tx.execute(_HOLDING, {"moment": at}))


def between(tx: Tx, start: datetime, end: datetime) -> tuple[Amendment, ...]:
    """Those that stand and hold at any instant from `start` to `end`, the earliest written first."""
    return tuple(_amendment(*row) for row in tx.execute(_BETWEEN, {"first": start, "last": end}))


def of_calendar(tx: Tx, prefix: str, after: datetime) -> tuple[Amendment, ...]:
    """Those that stand, end after this moment, and were read from the calendar whose origins begin like this."""
    rows = (_amendment(*row) for row in tx.execute(_ENDING_AFTER, {"moment": after}))
    return tuple(each for each in rows if each.origin is not None and each.origin.startswith(prefix))


def listing(tx: Tx, after: datetime, limit: int = 1000) -> tuple[Kept, ...]:
    """Those that end after this moment, withdrawn ones too, newest first."""
    found = tx.execute(_LISTING, {"moment": after, "most": limit})
    return tuple(
        Kept(_amendment(*row[: len(_COLUMNS)]), row[len(_COLUMNS)], row[len(_COLUMNS) + 1]) for row in found
    )


_COLUMNS = (
    amendments.c.id, amendments.c.kind, amendments.c.person, amendments.c.other, amendments.c.level,
    amendments.c.starts_at, amendments.c.ends_at, amendments.c.reason, amendments.c.by, amendments.c.at,
    amendments.c.origin,
)  # fmt: skip
_STANDS = amendments.c.withdrawn_at.is_(None)
_PUT = insert(amendments).returning(amendments.c.id)
_WITHDRAW = (
    update(amendments)
    .where(amendments.c.id == bindparam("number"), _STANDS)
    .values(withdrawn_by=bindparam("who"), withdrawn_at=bindparam("moment"))
)
_MOMENT = bindparam("moment", type_=amendments.c.ends_at.type)
_ENDING_AFTER = select(*_COLUMNS).where(_STANDS, amendments.c.ends_at > _MOMENT).order_by(amendments.c.id)
_HOLDING = _ENDING_AFTER.where(amendments.c.starts_at <= _MOMENT)
_BETWEEN = (
    select(*_COLUMNS)
    .where(
        _STANDS,
        amendments.c.ends_at > bindparam("first", type_=amendments.c.ends_at.type),
        amendments.c.starts_at < bindparam("last", type_=amendments.c.ends_at.type),
    )
    .order_by(amendments.c.id)
)
_LISTING = (
    select(*_COLUMNS, amendments.c.withdrawn_by, amendments.c.withdrawn_at)
    .where(amendments.c.ends_at > _MOMENT)
    .order_by(amendments.c.id.desc())
    .limit(bindparam("most"))
)


def _amendment(
    number: int,
    kind: str,
    person: str,
    other: str | None,
    level: int | None,
    start: datetime,
    end: datetime,
    reason: str,
    by: str,
    at: datetime,
    origin: str | None,
) -> Amendment:
    return Amendment(
        number, Kind(kind), PersonId(person), start, end, by, at,
        None if other is None else PersonId(other), level, reason, origin,
    )  # fmt: skip
