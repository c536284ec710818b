"""Heartbeats: each with its state and its next deadline, its newest pings, and the keys that pings show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from tocsin.store.schema import safe_json, safe_text
from tocsin.store.schema_heartbeats import heartbeat_keys, heartbeat_misses, heartbeat_pings, heartbeats
from tocsin.store.tx import Tx

KEPT = 1_000  # pings of each, and missed deadlines of each
_PRUNE_EVERY = 100


@dataclass(frozen=True, slots=True)
class HeartbeatRow:
    """One job that has to report.

    Attributes:
        spec: JSON of one that its sender made; None for one of tocsin.toml. state: JSON.
        deadline: when its silence has to be told; None: only a ping changes anything.
        pings, misses: how many there were, ever.
    """

    id: int
    name: str
    endpoint: str
    spec: str | None
    state: str
    deadline: datetime | None
    pings: int
    misses: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PingRow:
    """A ping as it is kept. `ms`: how long the run took, in milliseconds."""

    number: int
    at: datetime
    kind: str
    format: str
    rid: str | None
    exit: int | None
    ms: int | None
    method: str | None
    agent: str | None
    source: str | None
    body: str | None


@dataclass(frozen=True, slots=True)
class MissRow:
    """A deadline that passed without a success; `last_state` is that of the job then."""

    expected_at: datetime
    deadline_at: datetime
    last_state: str
    told_at: datetime


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key by its number. `heartbeat`: whose it is, or None if it speaks for all."""

    id: int
    heartbeat: str | None
    made_by: str
    made_at: datetime
    revoked_at: datetime | None


def make(tx: Tx, name: str, endpoint: str, spec: str | None, state: str, now: datetime) -> HeartbeatRow:
    """A new heartbeat. One of this name must not exist."""
    number: int = tx.execute(
        insert(heartbeats).returning(heartbeats.c.id),
        {
            "name": safe_text(name), "endpoint": safe_text(endpoint), "spec": None if spec is None else safe_json(spec),
            "state": safe_json(state), "deadline": None, "pings": 0, "misses": 0, "made_at": now,
        },
    ).scalar_one()  # fmt: skip
    return HeartbeatRow(number, name, endpoint, spec, state, None, 0, 0, now)


def respecify(tx: Tx, row: HeartbeatRow, endpoint: str, spec: str | None) -> None:
    """Its sender, or tocsin.toml, says something else about it now."""
    values = {"endpoint": safe_text(endpoint), "spec": None if spec is None else safe_json(spec)}
    tx.execute(update(heartbeats).where(heartbeats.c.id == row.id).values(**values))


def named(tx: Tx, names: Iterable[str], endpoints: Iterable[str] = ()) -> tuple[HeartbeatRow, ...]:
    """Those of these names, or of these names in Gatus' spelling."""
    values = {"names": sorted(set(names)), "endpoints": sorted(set(endpoints))}
    found = _NAMED if values["endpoints"] else _NAMED_ONLY
    return tuple(HeartbeatRow(*row) for row in tx.execute(found, values))


def listing(tx: Tx) -> tuple[HeartbeatRow, ...]:
    """All of them, by name."""
    return tuple(HeartbeatRow(*row) for row in tx.execute(_ALL.order_by(heartbeats.c.name)))


def due(tx: Tx, now: datetime, limit: int = 500) -> tuple[HeartbeatRow, ...]:
    """Those whose deadline has passed, the oldest first."""
    return tuple(HeartbeatRow(*row) for row in tx.execute(_DUE, {"now": now, "limit": limit}))


def any_expected(tx: Tx) -> bool:
    """Whether anything is expected of any of them."""
    return tx.execute(_EXPECTED).first() is not None


def count_made_by_senders(tx: Tx) -> int:
    """How many their senders made."""
    return int(tx.execute(_COUNT_MADE).scalar() or 0)


def keep(tx: Tx, changed: Sequence[tuple[int, str, datetime | None, int, int]]) -> None:
    """Keep what became of heartbeats: id, state (JSON), deadline, pings, misses of each."""
    if changed:
        tx.execute(
            _KEEP,
            [
                {
                    "of": number,
                    "now_state": state,
                    "now_deadline": at,
                    "now_pings": pings,
                    "now_misses": misses,
                }
                for number, state, at, pings, misses in changed
            ],
        )


def add_pings(tx: Tx, taken: Sequence[tuple[int, PingRow]]) -> None:
    """Keep pings, each with the heartbeat's id; of each heartbeat the newest `KEPT` stay."""
    if not taken:
        return
    tx.execute(
        _PING,
        [
            {
                "heartbeat_id": number, "number": each.number, "at": each.at, "kind": each.kind, "format": each.format,
                "rid": each.rid, "exit": each.exit, "ms": each.ms, "method": each.method, "agent": each.agent,
                "source": each.source, "body": each.body,
            }
            for number, each in taken
        ],
    )  # fmt: skip
    full = [
        {"of": number, "until": each.number - KEPT}
        for number, each in taken
        if each.number % _PRUNE_EVERY == 0 and each.number > KEPT
    ]
    if full:
        tx.execute(_FORGET_PINGS, full)


def add_misses(tx: Tx, number: int, missed: Sequence[MissRow]) -> None:
    """Keep deadlines that passed; one that is known already is kept once. The newest `KEPT` stay."""
    known = set(
        tx.execute(
            select(heartbeat_misses.c.expected_at).where(
                heartbeat_misses.c.heartbeat_id == number,
                heartbeat_misses.c.expected_at.in_([each.expected_at for each in missed]),
            )
        ).scalars()
    )
    rows = [
        {
            "heartbeat_id": number, "expected_at": each.expected_at, "deadline_at": each.deadline_at,
            "last_state": each.last_state, "told_at": each.told_at,
        }
        for each in missed
        if each.expected_at not in known
    ]  # fmt: skip
    if rows:
        tx.execute(insert(heartbeat_misses), rows)
    oldest = tx.execute(
        select(heartbeat_misses.c.expected_at)
        .where(heartbeat_misses.c.heartbeat_id == number)
        .order_by(heartbeat_misses.c.expected_at.desc())
        .offset(KEPT)
        .limit(1)
    ).scalar()
    if oldest is not None:
        mine = heartbeat_misses.c.heartbeat_id == number
        tx.execute(delete(heartbeat_misses).where(mine, heartbeat_misses.c.expected_at <= oldest))


def pings(tx: Tx, number: int, limit: int = 100) -> tuple[PingRow, ...]:
    """The newest pings of a heartbeat, the newest first."""
    found = tx.execute(
        _PINGS.where(heartbeat_pings.c.heartbeat_id == number)
        .order_by(heartbeat_pings.c.number.desc())
        .limit(limit)
    )
    return tuple(PingRow(*row) for row in found)


def misses(tx: Tx, number: int, limit: int = 100) -> tuple[MissRow, ...]:
    """The newest missed deadlines of a heartbeat, the newest first."""
    columns = heartbeat_misses.c
    found = tx.execute(
        select(columns.expected_at, columns.deadline_at, columns.last_state, columns.told_at)
        .where(columns.heartbeat_id == number)
        .order_by(columns.expected_at.desc())
        .limit(limit)
    )
    return tuple(MissRow(*row) for row in found)


def add_key(tx: Tx, digest: str, heartbeat: str | None, by: str, now: datetime) -> int:
    """Keep a key by the SHA-256 of its text; returns its number."""
    values = {
        "sha256": digest, "heartbeat": None if heartbeat is None else safe_text(heartbeat), "made_by": safe_text(by),
        "made_at": now,
    }  # fmt: skip
    number: int = tx.execute(insert(heartbeat_keys).returning(heartbeat_keys.c.id), values).scalar_one()
    return number


def keys(tx: Tx, digests: Iterable[str]) -> dict[str, str | None]:
    """Of these digests those that are taken, with whose they are."""
    wanted = sorted(set(digests))
    return {row[0]: row[1] for row in tx.execute(_KEYS, {"digests": wanted})} if wanted else {}


def list_keys(tx: Tx) -> tuple[KeyRow, ...]:
    """All keys, the newest first."""
    columns = heartbeat_keys.c
    found = select(
        columns.id, columns.heartbeat, columns.made_by, columns.made_at, columns.revoked_at
    ).order_by(columns.id.desc())
    return tuple(KeyRow(*row) for row in tx.execute(found))


def revoke_key(tx: Tx, number: int, now: datetime) -> bool:
    """Take a key back for good. False if there is none of this number that stands."""
    mine = update(heartbeat_keys).where(heartbeat_keys.c.id == number, heartbeat_keys.c.revoked_at.is_(None))
    return bool(tx.execute(mine.values(revoked_at=now)).rowcount)


_ALL = select(
    heartbeats.c.id, heartbeats.c.name, heartbeats.c.endpoint, heartbeats.c.spec, heartbeats.c.state,
    heartbeats.c.deadline, heartbeats.c.pings, heartbeats.c.misses, heartbeats.c.made_at,
)  # fmt: skip
_NAMED_ONLY = _ALL.where(heartbeats.c.name.in_(bindparam("names", expanding=True)))
_NAMED = _ALL.where(
    or_(
        heartbeats.c.name.in_(bindparam("names", expanding=True)),
        heartbeats.c.endpoint.in_(bindparam("endpoints", expanding=True)),
    )
)
_DUE = (
    _ALL.where(heartbeats.c.deadline <= bindparam("now", type_=heartbeats.c.deadline.type))
    .order_by(heartbeats.c.deadline)
    .limit(bindparam("limit"))
)
_EXPECTED = select(heartbeats.c.id).where(heartbeats.c.deadline.is_not(None)).limit(1)
_COUNT_MADE = select(func.count()).select_from(heartbeats).where(heartbeats.c.spec.is_not(None))
_KEEP = (
    update(heartbeats)
    .where(heartbeats.c.id == bindparam("of"))
    .values(
        state=bindparam("now_state"),
        deadline=bindparam("now_deadline"),
        pings=bindparam("now_pings"),
        misses=bindparam("now_misses"),
    )
)
_PING = insert(heartbeat_pings)
_FORGET_PINGS = delete(heartbeat_pings).where(
    heartbeat_pings.c.heartbeat_id == bindparam("of"), heartbeat_pings.c.number <= bindparam("until")
)
_PINGS = select(
    heartbeat_pings.c.number, heartbeat_pings.c.at, heartbeat_pings.c.kind, heartbeat_pings.c.format,
    heartbeat_pings.c.rid, heartbeat_pings.c.exit, heartbeat_pings.c.ms, heartbeat_pings.c.method,
    heartbeat_pings.c.agent, heartbeat_pings.c.source, heartbeat_pings.c.body,
)  # fmt: skip
_KEYS = select(heartbeat_keys.c.sha256, heartbeat_keys.c.heartbeat).where(
    heartbeat_keys.c.sha256.in_(bindparam("digests", expanding=True)), heartbeat_keys.c.revoked_at.is_(None)
)
