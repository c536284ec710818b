"""Commands waiting to be carried out, recorded together with the events that caused them.

    queued ──claim──> started ──finish──> finished
      │  ^               │
      │  └────retry──────┘
      └──cancel──> cancelled

`started` is committed before the act. After a crash a started row says: this may have happened, or not.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, bindparam, func, insert, literal_column, select, update

from tocsin.errors import StoreError
from tocsin.kit.ids import IncidentId
from tocsin.store.schema import outbox, safe_json, safe_text
from tocsin.store.tx import Tx


class Conflict(StoreError):
    """The command is not being carried out any more: somebody else has settled it."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A command to be carried out.

    Attributes:
        key: one per meaning; the same key put twice is one command.
        body: JSON. priority: lower goes first: paging before diagnostics.
        who: the person it is for, or None.
    """

    key: str
    incident: IncidentId
    kind: str
    body: str
    priority: int
    not_before: datetime
    who: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that waits. `due`: from when on it may be carried out."""

    id: int
    key: str
    priority: int
    who: str | None
    body: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A command that somebody has begun, or is about to begin, to carry out.

    Attributes:
        attempts: how often it was begun, this time included.
        error: why the last attempt failed, if there was one.
    """

    id: int
    key: str
    incident: IncidentId
    kind: str
    body: str
    priority: int
    attempts: int
    holder: str
    started_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits. `oldest`: since when the longest waiting command could have been carried out."""

    queued: int
    started: int
    oldest: datetime | None


def put(tx: Tx, rows: Sequence[OutboxRow]) -> tuple[int, ...]:
    """Ask for commands; wakes waiting processes. A key that is known already, in any state, is left alone.

    Returns:
        the ids of those that are new.
    """
    new = []
    for row in rows:
        key = safe_text(row.key)
        if tx.execute(_KNOWN, {"key": key}).first() is not None:
            continue
        values = {
            "key": key,
            "incident": row.incident,
            "kind": row.kind,
            "body": safe_json(row.body),
            "priority": row.priority,
            "not_before": row.not_before,
            "who": row.who,
            "state": "queued",
            "attempts": 0,
        }
        new.append(int(tx.execute(_PUT, values).scalar_one()))
    if new:
        tx.announce()
    return tuple(new)


def claim(
    tx: Tx, now: datetime, kinds: Collection[str] | None = None, limit: int = 10, *, holder: str
) -> tuple[Claimed, ...]:
    """Take commands that may be carried out now, most urgent first, and mark them as started.

    Act only after this transaction has been committed.

    Args:
        kinds: only these; None for all.
        holder: who will carry them out, for people who look at what is in doubt.
    """
    wanted = _due(None if kinds is None else tuple(sorted(kinds)))
    rows = tx.execute(wanted, {"now": now, "at_most": limit}).all()
    if not rows:
        return ()
    tx.execute(_START, [{"number": row[0], "by": holder, "at": now} for row in rows])
    return tuple(
        Claimed(number, key, IncidentId(incident), kind, body, priority, attempts + 1, holder, now, error)
        for number, key, incident, kind, body, priority, attempts, _, _, error in rows
    )


def waiting(tx: Tx, kind: str, now: datetime, limit: int = 200) -> tuple[Waiting, ...]:
    """What of this kind may be carried out now, most urgent first. Takes nothing."""
    found = tx.execute(_WAITING.where(_IS_DUE_NOW).limit(limit), {"kind": kind, "now": now})
    return tuple(Waiting(*row) for row in found)


def waiting_for(tx: Tx, kind: str, who: str) -> tuple[Waiting, ...]:
    """What of this kind is queued for a person, also what may not be carried out yet."""
    return tuple(Waiting(*row) for row in tx.execute(_WAITING.where(_IS_FOR), {"kind": kind, "who": who}))


def take(tx: Tx, now: datetime, numbers: Sequence[int], *, holder: str) -> tuple[Claimed, ...]:
    """Mark queued commands as started, in the order given; those that are queued no more are left out.

    Act only after this transaction has been committed.
    """
    taken = []
    for number in numbers:
        if tx.execute(_TAKE, {"number": number, "by": holder, "at": now}).rowcount:
            row = tx.execute(_ONE, {"number": number}).one()
            taken.append(Claimed(row[0], row[1], IncidentId(row[2]), *row[3:]))
    return tuple(taken)


def postpone(tx: Tx, number: int, until: datetime) -> None:
    """Leave a queued command alone until then."""
    tx.execute(_POSTPONE, {"number": number, "next_at": until})


def hasten(tx: Tx, keys: Collection[str], now: datetime) -> int:
    """Let queued commands be carried out now that were to wait. Returns how many."""
    moved = sum(tx.execute(_HASTEN, {"called": safe_text(key), "moment": now}).rowcount for key in keys)
    if moved:
        tx.announce()
    return moved


def put_back(tx: Tx, number: int, not_before: datetime, why: str) -> None:
    """Queue a started command again as if it had not been begun: nothing was tried.

    Raises:
        Conflict: it is not started.
    """
    if not tx.execute(_PUT_BACK, {"number": number, "next_at": not_before, "why": safe_text(why)}).rowcount:
        raise _settled(number)
    tx.announce()


def finish(tx: Tx, number: int, outcome: str, at: datetime) -> None:
    """A started command has ended; `outcome` says how (JSON or a word).

    Raises:
        Conflict: it is not started: another process has taken over and settled it.
    """
    values = {"number": number, "end_outcome": safe_json(outcome), "end_at": at}
    if not tx.execute(_FINISH, values).rowcount:
        raise _settled(number)


def retry(tx: Tx, number: int, not_before: datetime, error: str) -> None:
    """Put a started command back into the queue, not to be carried out before a time.

    Only for commands that may be carried out twice.

    Raises:
        Conflict: it is not started.
    """
    values = {"number": number, "next_at": not_before, "why": safe_text(error)}
    if not tx.execute(_RETRY, values).rowcount:
        raise _settled(number)
    tx.announce()


def note(tx: Tx, number: int, text: str) -> None:
    """Keep how far a started command is, for whoever finds it without an end.

    Raises:
        Conflict: it is not started.
    """
    if not tx.execute(_NOTE, {"number": number, "why": safe_text(text)}).rowcount:
        raise _settled(number)


def cancel(tx: Tx, incident: IncidentId, kinds: Collection[str] | None = None) -> tuple[str, ...]:
    """Forget what is still queued for an incident; what has started goes on.

    Returns:
        the keys of what was forgotten, in the order it was asked for.
    """
    which = _QUEUED_OF if kinds is None else _QUEUED_OF.where(outbox.c.kind.in_(sorted(kinds)))
    rows = tx.execute(which, {"of": incident}).all()
    if rows:
        tx.execute(_CANCEL, [{"number": number} for number, _ in rows])
    return tuple(key for _, key in rows)


def started(tx: Tx) -> tuple[Claimed, ...]:
    """What was begun and has no end yet. After a crash: what is in doubt or must be repeated."""
    return tuple(
        Claimed(number, key, IncidentId(incident), *rest)
        for number, key, incident, *rest in tx.execute(_STARTED)
    )


def is_due(tx: Tx, kind: str, now: datetime) -> bool:
    """Whether a command of this kind waits that may be carried out now. Takes nothing."""
    return tx.execute(_IS_DUE, {"kind": kind, "now": now}).first() is not None


def next_due(tx: Tx) -> datetime | None:
    """When the next queued command may be carried out, or None if nothing is queued."""
    at: datetime | None = tx.execute(_OLDEST).scalar()
    return at


def counts(tx: Tx) -> Counts:
    """How many commands wait and run, and since when the oldest waits."""
    queued = int(tx.execute(_COUNT_QUEUED).scalar() or 0)
    running = int(tx.execute(_COUNT_STARTED).scalar() or 0)
    return Counts(queued, running, next_due(tx))


# Written out, not bound: only then can the partial indexes serve.
_IS_QUEUED = outbox.c.state == literal_column("'queued'")
_IS_STARTED = outbox.c.state == literal_column("'started'")
_COLUMNS = (
    outbox.c.id, outbox.c.key, outbox.c.incident, outbox.c.kind, outbox.c.body, outbox.c.priority,
    outbox.c.attempts, outbox.c.holder, outbox.c.started_at, outbox.c.error,
)  # fmt: skip
_KNOWN = select(outbox.c.id).where(outbox.c.key == bindparam("key"))
_PUT = insert(outbox).returning(outbox.c.id)
_QUEUED = (
    select(*_COLUMNS)
    .where(_IS_QUEUED, outbox.c.not_before <= bindparam("now", type_=outbox.c.not_before.type))
    .order_by(outbox.c.priority, outbox.c.id)
    .limit(bindparam("at_most"))
)
_IS_DUE = (
    select(outbox.c.id)
    .where(
        _IS_QUEUED,
        outbox.c.kind == bindparam("kind"),
        outbox.c.not_before <= bindparam("now", type_=outbox.c.not_before.type),
    )
    .limit(1)
)
_IS_DUE_NOW = outbox.c.not_before <= bindparam("now", type_=outbox.c.not_before.type)
_IS_FOR = outbox.c.who == bindparam("who")
_WAITING = (
    select(outbox.c.id, outbox.c.key, outbox.c.priority, outbox.c.who, outbox.c.body, outbox.c.not_before)
    .where(_IS_QUEUED, outbox.c.kind == bindparam("kind"))
    .order_by(outbox.c.priority, outbox.c.id)
)
_ONE = select(*_COLUMNS).where(outbox.c.id == bindparam("number"))
_TAKE = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"), _IS_QUEUED)
    .values(
        state="started",
        holder=bindparam("by"),
        started_at=bindparam("at"),
        attempts=outbox.c.attempts + 1,
    )
)
_POSTPONE = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"), _IS_QUEUED)
    .values(not_before=bindparam("next_at"))
)
_HASTEN = (
    update(outbox)
    .where(
        outbox.c.key == bindparam("called"),
        _IS_QUEUED,
        outbox.c.not_before > bindparam("moment", type_=outbox.c.not_before.type),
    )
    .values(not_before=bindparam("moment", type_=outbox.c.not_before.type))
)
_START = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"))
    .values(
        state="started",
        holder=bindparam("by"),
        started_at=bindparam("at"),
        attempts=outbox.c.attempts + 1,
    )
)
_ONE_STARTED = (outbox.c.id == bindparam("number")) & _IS_STARTED
_FINISH = (
    update(outbox)
    .where(_ONE_STARTED)
    .values(state="finished", outcome=bindparam("end_outcome"), finished_at=bindparam("end_at"))
)
_RETRY = (
    update(outbox)
    .where(_ONE_STARTED)
    .values(state="queued", not_before=bindparam("next_at"), error=bindparam("why"))
)
_PUT_BACK = (
    update(outbox)
    .where(_ONE_STARTED)
    .values(
        state="queued",
        not_before=bindparam("next_at"),
        error=bindparam("why"),
        attempts=outbox.c.attempts - 1,
    )
)
_NOTE = update(outbox).where(_ONE_STARTED).values(error=bindparam("why"))
_QUEUED_OF = (
    select(outbox.c.id, outbox.c.key)
    .where(outbox.c.incident == bindparam("of"), _IS_QUEUED)
    .order_by(outbox.c.id)
)
_CANCEL = update(outbox).where(outbox.c.id == bindparam("number")).values(state="cancelled")
_STARTED = select(*_COLUMNS).where(_IS_STARTED).order_by(outbox.c.id)
_OLDEST = select(func.min(outbox.c.not_before)).where(_IS_QUEUED)
_COUNT_QUEUED = select(func.count()).select_from(outbox).where(_IS_QUEUED)
_COUNT_STARTED = select(func.count()).select_from(outbox).where(_IS_STARTED)


# Any: a row of Core columns has no static type.
@lru_cache(maxsize=64)
def _due(kinds: tuple[str, ...] | None) -> Select[tuple[object, ...]]:
    """The statement for these kinds; kept, because building it costs more than running it."""
    return _QUEUED if kinds is None else _QUEUED.where(outbox.c.kind.in_(kinds))


def _settled(number: int) -> Conflict:
    return Conflict(
        f"Command {number} is not being carried out any more.",
        hint="Another process took over and settled it; nothing of this was stored.",
    )
