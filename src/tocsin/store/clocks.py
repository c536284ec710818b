"""Deadlines as rows, so that a restart moves none of them and an overdue one passes at once, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from tocsin.kit.ids import IncidentId
from tocsin.store.schema import clocks, safe_text
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A deadline of an incident.

    Attributes:
        key: one per meaning: the same clock started twice is one clock.
        stopped_at, stopped_by: when and why it was stopped before it passed.
        fired_at: when it was seen to have passed.
    """

    id: int
    key: str
    incident: IncidentId
    name: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    stopped_by: str | None
    fired_at: datetime | None


def start(tx: Tx, incident: IncidentId, name: str, started_at: datetime, due_at: datetime, key: str) -> None:
    """Start a clock. One of the same incident and name that is running is stopped: there is one of each.

    A key that is known already, running or not, is left as it is.
    """
    start_all(tx, incident, started_at, [(name, due_at, key)])


def start_all(
    tx: Tx,
    incident: IncidentId,
    started_at: datetime,
    wanted: Sequence[tuple[str, datetime, str]],
    first: bool = False,
) -> None:
    """Start several clocks of an incident with as few statements as one takes; for each the same as `start`.

    Args:
        wanted: name, when it is due, and key; each name once. first: the incident never had a clock.
    """
    keyed = {safe_text(key): (name, due) for name, due, key in wanted}
    known = set() if first else set(tx.execute(_KNOWN_AMONG, {"keys": list(keyed)}).scalars())
    new = [
        {"key": key, "incident": incident, "name": name, "started_at": started_at, "due_at": due}
        for key, (name, due) in keyed.items()
        if key not in known
    ]
    if not new:
        return
    if not first:
        names = [str(each["name"]) for each in new]
        values = {"of": incident, "names": names, "why": "started anew", "ended_at": started_at}
        tx.execute(_STOP_AMONG, values)
    tx.execute(_NEW, new)
    tx.announce()


def stop(tx: Tx, incident: IncidentId, name: str, reason: str, at: datetime) -> int:
    """Stop the incident's clock of this name, if it is running. Returns how many were stopped."""
    values = {"of": incident, "called": name, "why": safe_text(reason), "ended_at": at}
    return tx.execute(_STOP, values).rowcount


def stop_all(tx: Tx, incident: IncidentId, reason: str, at: datetime) -> int:
    """Stop every running clock of an incident. Returns how many."""
    return tx.execute(_STOP_ALL, {"of": incident, "why": safe_text(reason), "ended_at": at}).rowcount


def due(tx: Tx, now: datetime, limit: int = 100) -> tuple[ClockRow, ...]:
    """The running clocks whose time has come, the longest overdue first."""
    return tuple(_row(*row) for row in tx.execute(_DUE, {"now": now, "limit": limit}))


def next_due(tx: Tx) -> datetime | None:
    """When the next running clock passes, or None if none is running."""
    at: datetime | None = tx.execute(_NEXT).scalar()
    return at


def fired(tx: Tx, number: int, at: datetime) -> bool:
    """Note that a clock has passed. False if it was stopped or had passed already: then do nothing."""
    return bool(tx.execute(_FIRE, {"number": number, "passed_at": at}).rowcount)


def of_incident(tx: Tx, incident: IncidentId) -> tuple[ClockRow, ...]:
    """Every clock of an incident, stopped and passed ones too, in the order they were started."""
    return tuple(_row(*row) for row in tx.execute(_OF_INCIDENT, {"of": incident}))


_COLUMNS = (
    clocks.c.id, clocks.c.key, clocks.c.incident, clocks.c.name, clocks.c.started_at, clocks.c.due_at,
    clocks.c.stopped_at, clocks.c.stopped_by, clocks.c.fired_at,
)  # fmt: skip
_RUNNING = clocks.c.fired_at.is_(None) & clocks.c.stopped_at.is_(None)
_NEW = insert(clocks)
_STOP_ALL = (
    update(clocks)
    .where(clocks.c.incident == bindparam("of"), _RUNNING)
    .values(stopped_by=bindparam("why"), stopped_at=bindparam("ended_at"))
)
_STOP = _STOP_ALL.where(clocks.c.name == bindparam("called"))
_KNOWN_AMONG = select(clocks.c.key).where(clocks.c.key.in_(bindparam("keys", expanding=True)))
_STOP_AMONG = _STOP_ALL.where(clocks.c.name.in_(bindparam("names", expanding=True)))
_DUE = (
    select(*_COLUMNS)
    .where(_RUNNING, clocks.c.due_at <= bindparam("now", type_=clocks.c.due_at.type))
    .order_by(clocks.c.due_at, clocks.c.id)
    .limit(bindparam("limit"))
)
_NEXT = select(func.min(clocks.c.due_at)).where(_RUNNING)
_FIRE = (
    update(clocks).where(clocks.c.id == bindparam("number"), _RUNNING).values(fired_at=bindparam("passed_at"))
)
_OF_INCIDENT = select(*_COLUMNS).where(clocks.c.incident == bindparam("of")).order_by(clocks.c.id)


def _row(
    number: int,
    key: str,
    incident: str,
    name: str,
    started_at: datetime,
    due_at: datetime,
    stopped_at: datetime | None,
    stopped_by: str | None,
    fired_at: datetime | None,
) -> ClockRow:
    return ClockRow(
        number, key, IncidentId(incident), name, started_at, due_at, stopped_at, stopped_by, fired_at
    )
