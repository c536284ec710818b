"""Many alerts at once into the inbox: the rows of alerts and, of those that have to be decided, the signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from tocsin.kit.ids import IncidentId
from tocsin.store.schema import alerts, incidents, safe_json, safe_text, signals
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be kept.

    Attributes:
        raw: JSON. request: the one it came in. group: alerts of one group belong to one open incident.
        suppressed: why nothing is to be decided about it, or None.
    """

    fingerprint: str
    source: str
    raw: str
    request: int
    group: str | None = None
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class NewSignal:
    """Something to be decided. `dedup`: the same thing said twice has the same."""

    kind: str
    body: str
    actor: str
    dedup: str
    incident: IncidentId | None = None


def put_alerts(tx: Tx, new: Sequence[NewAlert], at: datetime) -> list[int]:
    """Keep alerts; returns their numbers, in the same order."""
    if not new:
        return []
    values = [
        {
            "fingerprint": safe_text(each.fingerprint), "source": safe_text(each.source), "raw": safe_json(each.raw),
            "at": at, "request": each.request, "grouped": None if each.group is None else safe_text(each.group),
            "suppressed": each.suppressed, "accounted_at": None if each.suppressed is None else at,
        }
        for each in new
    ]  # fmt: skip
    return list(tx.execute(_PUT_ALERTS, values).scalars())


def put_signals(tx: Tx, new: Sequence[NewSignal], at: datetime) -> None:
    """Keep things to be decided, in this order. Their `dedup` must be new: ask `known_of` before."""
    values = [
        {
            "kind": each.kind, "body": safe_json(each.body), "at": at, "actor": safe_text(each.actor),
            "incident": each.incident, "dedup": safe_text(each.dedup),
        }
        for each in new
    ]  # fmt: skip
    if values:
        tx.execute(insert(signals), values)
        tx.announce()


def known_of(tx: Tx, dedups: Sequence[str]) -> frozenset[str]:
    """Which of these have been said before."""
    found: set[str] = set()
    for start in range(0, len(dedups), 500):
        rows = tx.execute(_KNOWN, {"names": [safe_text(each) for each in dedups[start : start + 500]]})
        found.update(rows.scalars())
    return frozenset(found)


def of_request(tx: Tx, request: int) -> tuple[tuple[str, str | None, str | None], ...]:
    """(JSON of the alert, incident, why suppressed) of each alert of a request, in order."""
    rows = tx.execute(_OF_REQUEST, {"request": request})
    return tuple((raw, incident, suppressed) for raw, incident, suppressed in rows)


def group_of(tx: Tx, number: int) -> str | None:
    """The group of a stored alert, or None."""
    found: str | None = tx.execute(_GROUP, {"number": number}).scalar()
    return found


def open_of_group(tx: Tx, group: str) -> tuple[tuple[IncidentId, bool], ...]:
    """The open incidents that alerts of this group belong to, oldest first, and whether each is a rehearsal."""
    rows = tx.execute(_OPEN_OF_GROUP, {"group": safe_text(group)})
    return tuple((IncidentId(row[0]), bool(row[1])) for row in rows)


_PUT_ALERTS = insert(alerts).returning(alerts.c.id, sort_by_parameter_order=True)
_KNOWN = select(signals.c.dedup).where(signals.c.dedup.in_(bindparam("names", expanding=True)))
_OF_REQUEST = (
    select(alerts.c.raw, alerts.c.incident, alerts.c.suppressed)
    .where(alerts.c.request == bindparam("request"))
    .order_by(alerts.c.id)
)
_GROUP = select(alerts.c.grouped).where(alerts.c.id == bindparam("number"))
_OPEN_OF_GROUP = (
    select(incidents.c.id, incidents.c.drill, incidents.c.number)
    .where(
        incidents.c.resolved_at.is_(None),
        incidents.c.id.in_(select(alerts.c.incident).where(alerts.c.grouped == bindparam("group"))),
    )
    .order_by(incidents.c.number)
)
