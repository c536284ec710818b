"""Every request of a foreign sender as it came, and how far we are with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, cast

import msgspec
from sqlalchemy import Insert, bindparam, case, delete, func, literal_column, select, text, update
from sqlalchemy.dialects import sqlite

from tocsin.errors import NotFound
from tocsin.kit import codec
from tocsin.store.schema import alerts, safe_json, safe_text, written
from tocsin.store.schema_intake import requests
from tocsin.store.tx import Tx


class State(Enum):
    """How far we are with a request."""

    PENDING = "pending"  # answered with success, not yet read by the engine
    READ = "read"  # its alerts are in the inbox
    REPEATED = "repeated"  # a delivery we had before: it does nothing
    IGNORED = "ignored"  # well formed, and not an alert
    UNPARSED = "unparsed"  # its sender is who it claims to be; what it says is not understood
    REFUSED = "refused"  # its sender could not prove itself: quarantined


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request to be kept.

    Attributes:
        key: unique, at most 32 characters; the same key again is not stored twice.
        headers: the few that matter, without credentials. body: as it came, the credential masked.
        source: the address it came from. status: what its sender is answered.
        alerts: how many alerts it holds. delivery: the format's own id of it. note: why it is not read, or notices.
    """

    key: str
    integration: str
    kind: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    source: str
    received_at: datetime
    state: State
    status: int
    alerts: int = 0
    delivery: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A request as it is kept. `id` is the order in which requests are read."""

    id: int
    request: NewRequest
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the alerts of requests are: `accepted = linked + suppressed + pending` (C9).

    Attributes:
        accepted: what senders were answered with success. oldest: since when the oldest pending one waits.
        odd: requests that were read and whose number of alerts is not what was counted when they came.
    """

    requests: int
    accepted: int
    linked: int
    suppressed: int
    pending: int
    oldest: datetime | None
    odd: int

    @property
    def balanced(self) -> bool:
        """Whether every accepted alert is somewhere."""
        return self.odd == 0 and self.accepted == self.linked + self.suppressed + self.pending


def put_all(tx: Tx, new: Sequence[NewRequest]) -> None:
    """Keep requests, in this order; one whose key is known already is left as it is."""
    values: list[dict[str, object]] = [
        {
            "key": each.key, "integration": each.integration, "kind": each.kind, "method": each.method,
            "path": safe_text(each.path), "headers": safe_json(codec.encode(dict(each.headers))),
            "body": each.body, "source": safe_text(each.source), "received_at": each.received_at,
            "state": each.state.value, "status": each.status, "alerts": each.alerts,
            "delivery": None if each.delivery is None else safe_text(each.delivery),
            "note": None if each.note is None else safe_text(each.note),
        }
        for each in new
    ]  # fmt: skip
    if not values:
        return
    if tx.connection.dialect.name == "sqlite":
        tx.execute(_PUT_SQLITE, values)
    else:
        # One statement with one parameter: the driver's own way of sending many rows costs three times as much a row.
        for value in values:
            value["received_at"] = written(cast(datetime, value["received_at"]))
        tx.execute(_PUT_POSTGRES, {"rows": msgspec.json.encode(values).decode()})
    tx.announce()


def pending(tx: Tx, limit: int) -> tuple[Stored, ...]:
    """What waits to be read, in the order it came; where many integrations wait, of each the same share.

    So nobody's alert waits to be decided behind another's flood: the order is kept within each integration.
    """
    names = tx.execute(_WAITING).scalars().all()
    share = max(limit // max(len(names), 1), 1)
    rows = [row for name in names for row in tx.execute(_PENDING, {"whose": name, "limit": share})]
    return tuple(sorted((_stored(row) for row in rows), key=lambda each: each.id))


def get(tx: Tx, number: int) -> Stored:
    """One request. Raises NotFound."""
    row = tx.execute(_ALL.where(requests.c.id == number)).first()
    if row is None:
        raise NotFound(f"There is no request {number}.", hint="tocsin intake list")
    return _stored(row)


def by_key(tx: Tx, key: str) -> Stored | None:
    """The request of this key of ours, which some senders are told."""
    row = tx.execute(_ALL.where(requests.c.key == safe_text(key))).first()
    return None if row is None else _stored(row)


def stored_of(tx: Tx, keys: Iterable[str]) -> frozenset[str]:
    """Those of these keys under which a request is stored."""
    wanted = list(dict.fromkeys(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), _KEYS_AT_ONCE):
        piece = wanted[start : start + _KEYS_AT_ONCE]
        found.update(tx.execute(select(requests.c.key).where(requests.c.key.in_(piece))).scalars())
    return frozenset(found)


def listing(
    tx: Tx,
    limit: int,
    *,
    integration: str | None = None,
    states: Iterable[State] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> tuple[Stored, ...]:
    """Requests, the newest first. `before`: only those with a smaller number, to page on."""
    statement = _ALL.order_by(requests.c.id.desc()).limit(limit)
    wanted = [state.value for state in states]
    if integration is not None:
        statement = statement.where(requests.c.integration == integration)
    if wanted:
        statement = statement.where(requests.c.state.in_(wanted))
    if since is not None:
        statement = statement.where(requests.c.received_at >= since)
    if until is not None:
        statement = statement.where(requests.c.received_at < until)
    if before is not None:
        statement = statement.where(requests.c.id < before)
    return tuple(_stored(row) for row in tx.execute(statement))


def settle(tx: Tx, number: int, state: State, at: datetime, note: str | None, count: int) -> None:
    """A request was read: what came of it, and how many alerts it held."""
    settle_all(tx, [(number, state, note, count)], at)


def settle_all(tx: Tx, what: Sequence[tuple[int, State, str | None, int]], at: datetime) -> None:
    """Several at once: (number, state, note, how many alerts)."""
    if what:
        values = [
            {
                "number": number, "to": state.value, "read": at, "count": count,
                "why": None if note is None else safe_text(note),
            }
            for number, state, note, count in what
        ]  # fmt: skip
        tx.execute(_SETTLE, values)


def delivered_before(tx: Tx, integration: str, delivery: str, number: int) -> bool:
    """Whether an earlier request of this integration was the same delivery and was taken."""
    row = tx.execute(_BEFORE, {"whose": integration, "which": safe_text(delivery), "number": number}).first()
    return row is not None


def by_number(tx: Tx, numbers: Iterable[int]) -> dict[int, Stored]:
    """Requests by their numbers; those that are gone are left out."""
    wanted = sorted(set(numbers))
    found = {}
    for start in range(0, len(wanted), 500):
        rows = tx.execute(_ALL.where(requests.c.id.in_(wanted[start : start + 500])))
        found.update({row[0]: _stored(row) for row in rows})
    return found


def counted_since(tx: Tx, state: State, since: datetime) -> dict[str, int]:
    """How many requests of a state came since a moment, by integration."""
    rows = tx.execute(_COUNTED_SINCE, {"since": since, "state": state.value})
    return {str(row[0]): int(row[1]) for row in rows}


def ledger(tx: Tx, after: int = 0) -> Ledger:
    """Where the alerts of all requests with a number above `after` are."""
    counted = tx.execute(_COUNTED, {"after": after}).one()
    accounted = tx.execute(_ACCOUNTED, {"after": after}).one()
    odd = tx.execute(_ODD, {"after": after}).scalar_one()
    oldest = min((at for at in (counted[3], accounted[3]) if at is not None), default=None)
    waiting = int(counted[2] or 0)
    return Ledger(
        int(counted[0]), int(counted[1] or 0), int(accounted[0] or 0), int(accounted[1] or 0),
        waiting + int(accounted[2] or 0), oldest, int(odd),
    )  # fmt: skip


def newest(tx: Tx) -> int:
    """The number of the newest request; 0 if there is none."""
    return int(tx.execute(select(func.max(requests.c.id))).scalar() or 0)


def prune(tx: Tx, before: datetime, quarantined_before: datetime, quarantine: int, limit: int = 1_000) -> int:
    """Forget what was read long ago, and of what is quarantined all but the newest few of each integration.

    Nothing that waits is forgotten. Returns how many were.

    Args:
        quarantine: how many refused requests of an integration are kept. limit: at most so many at once.
    """
    old = (
        select(requests.c.id)
        .where(
            requests.c.received_at < before,
            requests.c.state.not_in([State.PENDING.value, State.REFUSED.value]),
        )
        .limit(limit)
    )
    place = func.row_number().over(partition_by=requests.c.integration, order_by=requests.c.id.desc())
    ranked = (
        select(requests.c.id, requests.c.received_at, place.label("place"))
        .where(requests.c.state == State.REFUSED.value)
        .subquery()
    )
    too_many = (
        select(ranked.c.id)
        .where((ranked.c.place > quarantine) | (ranked.c.received_at < quarantined_before))
        .limit(limit)
    )
    gone = [*tx.execute(old).scalars(), *tx.execute(too_many).scalars()]
    for start in range(0, len(gone), 500):
        tx.execute(delete(requests).where(requests.c.id.in_(gone[start : start + 500])))
    return len(gone)


_KEYS_AT_ONCE = 500  # of one question; databases limit how many values it may have
_VALUES = (
    "key", "integration", "kind", "method", "path", "headers", "body", "source", "received_at", "state", "status",
    "alerts", "delivery", "note",
)  # fmt: skip
_PUT_SQLITE: Insert = sqlite.insert(requests).on_conflict_do_nothing(index_elements=["key"])
# One parameter for all rows; bytes are base64 in it.
_PUT_POSTGRES = text("""
    INSERT INTO requests (key, integration, kind, method, path, headers, body, source, received_at, state, status,
        alerts, delivery, note)
    SELECT key, integration, kind, method, path, headers, decode(body, 'base64'), source, received_at, state, status,
        alerts, delivery, note
    FROM ROWS FROM (json_to_recordset(CAST(:rows AS json)) AS (key text, integration text, kind text, method text,
        path text, headers text, body text, source text, received_at text, state text, status smallint,
        alerts integer, delivery text, note text)) WITH ORDINALITY
        AS told (key, integration, kind, method, path, headers, body, source, received_at, state, status, alerts,
        delivery, note, place)
    ORDER BY place
    ON CONFLICT (key) DO NOTHING
""")
_ALL = select(requests.c.id, *(requests.c[name] for name in _VALUES), requests.c.read_at)
# Spelled out, not a parameter: SQLite does not look into an index of some rows for a value it does not know yet.
_IS_PENDING = requests.c.state == literal_column("'pending'")
_PENDING = (
    _ALL.where(_IS_PENDING, requests.c.integration == bindparam("whose"))
    .order_by(requests.c.id)
    .limit(bindparam("limit"))
)
# From one name to the next by the index: a hundred thousand requests of one integration are one step.
_WAITING = text("""
    WITH RECURSIVE waiting (name) AS (
        SELECT min(integration) FROM requests WHERE state = 'pending'
        UNION ALL
        SELECT (SELECT min(integration) FROM requests WHERE state = 'pending' AND integration > waiting.name)
        FROM waiting WHERE waiting.name IS NOT NULL
    )
    SELECT name FROM waiting WHERE name IS NOT NULL
""")
_SETTLE = (
    update(requests)
    .where(requests.c.id == bindparam("number"))
    .values(
        state=bindparam("to"), read_at=bindparam("read"), note=bindparam("why"), alerts=bindparam("count")
    )
)
_BEFORE = (
    select(requests.c.id)
    .where(
        requests.c.integration == bindparam("whose"),
        requests.c.delivery == bindparam("which"),
        requests.c.id < bindparam("number"),
        requests.c.state.in_([State.READ.value, State.IGNORED.value, State.PENDING.value]),
    )
    .limit(1)
)
_COUNTED_SINCE = (
    select(requests.c.integration, func.count())
    .where(
        requests.c.state == bindparam("state"),
        requests.c.received_at >= bindparam("since", type_=requests.c.received_at.type),
    )
    .group_by(requests.c.integration)
)
_waits = requests.c.state == State.PENDING.value
_taken = requests.c.state.in_([State.PENDING.value, State.READ.value])
_COUNTED = select(
    func.count(),
    func.sum(case((_taken, requests.c.alerts), else_=0)),
    func.sum(case((_waits, requests.c.alerts), else_=0)),
    func.min(case((_waits, requests.c.received_at), else_=None)),
).where(requests.c.id > bindparam("after"))
_linked = alerts.c.incident.is_not(None)
_quiet = alerts.c.incident.is_(None) & alerts.c.suppressed.is_not(None)
_neither = alerts.c.incident.is_(None) & alerts.c.suppressed.is_(None)
_ACCOUNTED = select(
    func.sum(case((_linked, 1), else_=0)),
    func.sum(case((_quiet, 1), else_=0)),
    func.sum(case((_neither, 1), else_=0)),
    func.min(case((_neither, alerts.c.at), else_=None)),
).where(alerts.c.request.in_(select(requests.c.id).where(requests.c.id > bindparam("after"))))
_per_request = (
    select(alerts.c.request.label("request"), func.count().label("held"))
    .where(alerts.c.request > bindparam("after"))
    .group_by(alerts.c.request)
    .subquery()
)
_ODD = (
    select(func.count())
    .select_from(requests.outerjoin(_per_request, _per_request.c.request == requests.c.id))
    .where(
        requests.c.id > bindparam("after"),
        requests.c.state == State.READ.value,
        func.coalesce(_per_request.c.held, 0) != requests.c.alerts,
    )
)


# Any: a row of Core columns has no static type; the order is that of _ALL.
def _stored(row: Any) -> Stored:
    (
        number,
        key,
        integration,
        kind,
        method,
        path,
        headers,
        body,
        source,
        at,
        state,
        status,
        count,
        delivery,
        note,
        read_at,
    ) = row
    found = NewRequest(
        key, integration, kind, method, path, codec.decode(headers, dict[str, str]), bytes(body), source, at,
        State(state), status, count, delivery, note,
    )  # fmt: skip
    return Stored(number, found, read_at)
