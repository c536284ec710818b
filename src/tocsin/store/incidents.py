"""What lists show: one row per incident, kept in step with its events, and the alerts behind it.

The truth is the log. A row here is written in the same transaction as the events it sums up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from tocsin.errors import NotFound
from tocsin.kit.ids import IncidentId
from tocsin.store.schema import alerts, counters, incident_fingerprints, incidents, safe_json, safe_text
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident as a list shows it.

    Attributes:
        number: from `new_number`. severity: "P0" to "P3", or None while nobody has said.
        section: title of the runbook section in use, or None.
        fingerprints: of the alerts that belong to it.
        position: of the last event this row sums up.
    """

    id: IncidentId
    number: int
    title: str
    severity: str | None
    stage: str
    section: str | None
    fingerprints: tuple[str, ...]
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    drill: bool
    position: int


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert that was accepted, as it came.

    Attributes:
        raw: the alert itself, JSON. incident: what it was linked to. suppressed: why it opened nothing.
    """

    id: int
    fingerprint: str
    source: str
    raw: str
    at: datetime
    incident: IncidentId | None
    suppressed: str | None


def new_number(tx: Tx) -> int:
    """The next incident number: 1, 2, 3 … A number is lost only with the whole transaction."""
    number: int | None = tx.execute(_COUNT_UP).scalar()
    if number is None:
        number = 1
        tx.execute(insert(counters).values(name="incident", value=number))
    return number


def save(tx: Tx, row: IncidentRow, same_alerts: bool = False, new: bool = False) -> None:
    """Write an incident's row, replacing what was there.

    Args:
        same_alerts: its fingerprints are those it was last written with. new: nothing of it was ever written.
    """
    values = {
        "of": row.id,
        "number": row.number,
        "title": safe_text(row.title),
        "severity": row.severity,
        "stage": row.stage,
        "section": None if row.section is None else safe_text(row.section),
        "opened_at": row.opened_at,
        "updated_at": row.updated_at,
        "resolved_at": row.resolved_at,
        "drill": row.drill,
        "position": row.position,
    }
    if new or not tx.execute(_REPLACE, values).rowcount:
        tx.execute(_NEW, values)
    if same_alerts:
        return
    wanted = {safe_text(fingerprint) for fingerprint in row.fingerprints}
    known = set() if new else set(tx.execute(_FINGERPRINTS, {"of": row.id}).scalars())
    if known - wanted:
        tx.execute(
            delete(incident_fingerprints).where(
                incident_fingerprints.c.incident == row.id,
                incident_fingerprints.c.fingerprint.in_(sorted(known - wanted)),
            )
        )
    if wanted - known:
        tx.execute(
            insert(incident_fingerprints),
            [{"incident": row.id, "fingerprint": fingerprint} for fingerprint in sorted(wanted - known)],
        )


def exists(tx: Tx, incident: IncidentId) -> bool:
    """Whether there is an incident of this name."""
    return tx.execute(_EXISTS, {"of": incident}).first() is not None


def get(tx: Tx, incident: IncidentId) -> IncidentRow | None:
    """One incident, or None."""
    row = tx.execute(_ONE, {"of": incident}).first()
    return None if row is None else _rows(tx, [row])[0]


def listing(tx: Tx, open_only: bool = False, limit: int = 100) -> tuple[IncidentRow, ...]:
    """Incidents, the newest first."""
    statement = _NEWEST_OPEN if open_only else _NEWEST
    rows = tx.execute(statement, {"most": limit}).all()
    return tuple(_rows(tx, rows))


def newest_open(tx: Tx, limit: int) -> tuple[tuple[IncidentId, datetime, int], ...]:
    """(name, when it was opened, position of its last event) of the newest open incidents: all that most ask for."""
    return tuple((IncidentId(row[0]), row[6], row[10]) for row in tx.execute(_NEWEST_OPEN, {"most": limit}))


def named(tx: Tx, names: Sequence[str]) -> tuple[IncidentRow, ...]:
    """The incidents of these names, the newest first."""
    if not names:
        return ()
    statement = _ALL.where(incidents.c.id.in_(names)).order_by(incidents.c.number.desc())
    return tuple(_rows(tx, tx.execute(statement).all()))


def open_by_fingerprint(tx: Tx, fingerprint: str) -> tuple[tuple[IncidentId, bool], ...]:
    """The incidents that are not resolved and that an alert of this fingerprint belongs to, oldest first.

    Only their names, and whether each is a rehearsal: this is asked for every alert that comes in.
    """
    rows = tx.execute(_OPEN_BY_FINGERPRINT, {"fingerprint": safe_text(fingerprint)})
    return tuple((IncidentId(row[0]), bool(row[9])) for row in rows)


def open_of_fingerprints(tx: Tx, fingerprints: Iterable[str]) -> tuple[tuple[str, IncidentId, str], ...]:
    """(fingerprint, incident, stage) of every open incident that alerts of these fingerprints belong to."""
    wanted = sorted({safe_text(each) for each in fingerprints})
    found: list[tuple[str, IncidentId, str]] = []
    for start in range(0, len(wanted), _SLICE):
        rows = tx.execute(_OPEN_OF_FINGERPRINTS, {"names": wanted[start : start + _SLICE]})
        found += ((name, IncidentId(incident), stage) for name, incident, stage in rows)
    return tuple(found)


def lately_by_fingerprint(
    tx: Tx, fingerprint: str, since: datetime
) -> tuple[tuple[IncidentId, bool, datetime | None], ...]:
    """(name, whether it is a rehearsal, when it ended) of incidents that an alert of this fingerprint belongs to.

    Those that are open and those that ended after a moment, oldest first, in one look: asked for every alert.
    """
    rows = tx.execute(_LATELY_BY_FINGERPRINT, {"fingerprint": safe_text(fingerprint), "since": since})
    return tuple((IncidentId(row[0]), bool(row[1]), row[2]) for row in rows)


# --- alerts ---


def put_alert(tx: Tx, fingerprint: str, source: str, raw: str, at: datetime) -> int:
    """Keep an accepted alert as it came (JSON). It stays unaccounted for until linked or suppressed."""
    values = {
        "fingerprint": safe_text(fingerprint),
        "source": safe_text(source),
        "raw": safe_json(raw),
        "at": at,
    }
    number: int = tx.execute(_PUT_ALERT, values).scalar_one()
    return number


def link(tx: Tx, alert: int, incident: IncidentId, at: datetime) -> None:
    """The alert belongs to this incident. Raises NotFound if there is no such alert."""
    _account(tx, alert, incident, None, at)


def suppress(tx: Tx, alert: int, reason: str, at: datetime) -> None:
    """The alert opens nothing, for this reason. Raises NotFound if there is no such alert."""
    _account(tx, alert, None, safe_text(reason), at)


def unaccounted(tx: Tx, limit: int = 1_000) -> tuple[StoredAlert, ...]:
    """Alerts that are neither linked nor suppressed, oldest first. At rest there are none."""
    statement = _ALERTS.where(alerts.c.accounted_at.is_(None)).order_by(alerts.c.id).limit(limit)
    return tuple(_alert(*row) for row in tx.execute(statement))


def alerts_of(tx: Tx, incident: IncidentId) -> tuple[StoredAlert, ...]:
    """The alerts linked to an incident, oldest first."""
    rows = tx.execute(_ALERTS.where(alerts.c.incident == incident).order_by(alerts.c.id))
    return tuple(_alert(*row) for row in rows)


_COUNT_UP = (
    update(counters)
    .where(counters.c.name == "incident")
    .values(value=counters.c.value + 1)
    .returning(counters.c.value)
)
_ALL = select(
    incidents.c.id, incidents.c.number, incidents.c.title, incidents.c.severity, incidents.c.stage,
    incidents.c.section, incidents.c.opened_at, incidents.c.updated_at, incidents.c.resolved_at,
    incidents.c.drill, incidents.c.position,
)  # fmt: skip
_NEWEST = _ALL.order_by(incidents.c.number.desc()).limit(bindparam("most"))
_NEWEST_OPEN = _NEWEST.where(incidents.c.resolved_at.is_(None))
_ONE = _ALL.where(incidents.c.id == bindparam("of"))
_EXISTS = select(incidents.c.id).where(incidents.c.id == bindparam("of"))
# Built once: every decision writes its incident's row, and building a statement costs more than running it.
_WRITTEN = (
    "number", "title", "severity", "stage", "section", "opened_at", "updated_at", "resolved_at", "drill", "position",
)  # fmt: skip
_NEW = insert(incidents).values(id=bindparam("of"), **{name: bindparam(name) for name in _WRITTEN})
_REPLACE = update(incidents).where(incidents.c.id == bindparam("of"))
_REPLACE = _REPLACE.values(**{name: bindparam(name) for name in _WRITTEN})
_FINGERPRINTS = select(incident_fingerprints.c.fingerprint).where(
    incident_fingerprints.c.incident == bindparam("of")
)
_BY_FINGERPRINT = _ALL.join(incident_fingerprints, incident_fingerprints.c.incident == incidents.c.id).where(
    incident_fingerprints.c.fingerprint == bindparam("fingerprint")
)
_OPEN_BY_FINGERPRINT = _BY_FINGERPRINT.where(incidents.c.resolved_at.is_(None)).order_by(incidents.c.number)
_OPEN_OF_FINGERPRINTS = (
    select(incident_fingerprints.c.fingerprint, incidents.c.id, incidents.c.stage)
    .join(incidents, incident_fingerprints.c.incident == incidents.c.id)
    .where(
        incident_fingerprints.c.fingerprint.in_(bindparam("names", expanding=True)),
        incidents.c.resolved_at.is_(None),
    )
    .order_by(incidents.c.number.desc())
)
_LATELY_BY_FINGERPRINT = (
    select(incidents.c.id, incidents.c.drill, incidents.c.resolved_at)
    .join(incident_fingerprints, incident_fingerprints.c.incident == incidents.c.id)
    .where(
        incident_fingerprints.c.fingerprint == bindparam("fingerprint"),
        incidents.c.resolved_at.is_(None)
        | (incidents.c.resolved_at > bindparam("since", type_=incidents.c.resolved_at.type)),
    )
    .order_by(incidents.c.number)
)
_FINGERPRINTS_OF = (
    select(incident_fingerprints.c.incident, incident_fingerprints.c.fingerprint)
    .where(incident_fingerprints.c.incident.in_(bindparam("names", expanding=True)))
    .order_by(incident_fingerprints.c.fingerprint)
)
_PUT_ALERT = insert(alerts).returning(alerts.c.id)
_ACCOUNT = (
    update(alerts)
    .where(alerts.c.id == bindparam("number"))
    .values(incident=bindparam("of"), suppressed=bindparam("why"), accounted_at=bindparam("moment"))
)
_ALERTS = select(
    alerts.c.id, alerts.c.fingerprint, alerts.c.source, alerts.c.raw, alerts.c.at, alerts.c.incident,
    alerts.c.suppressed,
)  # fmt: skip


# object: a row of Core columns has no static type; _row gives it one.
def _rows(tx: Tx, rows: Sequence[Sequence[object]]) -> list[IncidentRow]:
    found = _fingerprints(tx, [str(row[0]) for row in rows])
    return [_row(found.get(str(row[0]), ()), *row) for row in rows]  # type: ignore[arg-type]  # see above


def _row(
    fingerprints: tuple[str, ...],
    name: str,
    number: int,
    title: str,
    severity: str | None,
    stage: str,
    section: str | None,
    opened_at: datetime,
    updated_at: datetime,
    resolved_at: datetime | None,
    drill: bool,
    position: int,
) -> IncidentRow:
    return IncidentRow(
        IncidentId(name), number, title, severity, stage, section, fingerprints,
        opened_at, updated_at, resolved_at, drill, position,
    )  # fmt: skip


_SLICE = 500  # SQLite and PostgreSQL both limit how many parameters one statement may have


def _fingerprints(tx: Tx, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for start in range(0, len(names), _SLICE):
        rows = tx.execute(_FINGERPRINTS_OF, {"names": names[start : start + _SLICE]})
        for name, fingerprint in rows:
            found[name] = (*found.get(name, ()), fingerprint)
    return found


def _account(tx: Tx, alert: int, incident: IncidentId | None, reason: str | None, at: datetime) -> None:
    values = {"number": alert, "of": incident, "why": reason, "moment": at}
    if not tx.execute(_ACCOUNT, values).rowcount:
        raise NotFound(f"There is no alert {alert}.")


def _alert(
    number: int,
    fingerprint: str,
    source: str,
    raw: str,
    at: datetime,
    incident: str | None,
    suppressed: str | None,
) -> StoredAlert:
    linked = None if incident is None else IncidentId(incident)
    return StoredAlert(number, fingerprint, source, raw, at, linked, suppressed)
