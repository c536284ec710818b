"""The inbox: what happened and waits to be decided upon. Stored before anybody is answered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from tocsin.errors import NotFound
from tocsin.kit.ids import IncidentId
from tocsin.store.schema import safe_json, safe_text, signals
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that happened: an alert, a person's word, a step's result, a clock that passed.

    Attributes:
        id: signals are decided in this order. incident: whose, if that is known already.
    """

    id: int
    kind: str
    body: str
    at: datetime
    actor: str
    incident: IncidentId | None


def put(
    tx: Tx, kind: str, body: str, at: datetime, *, actor: str, incident: IncidentId | None, dedup: str | None
) -> int:
    """Keep something that happened until it is decided upon; wakes waiting processes.

    Args:
        body: JSON.
        dedup: the same thing said twice has the same key: nothing new is stored the second time.

    Returns:
        the signal's id; for a known `dedup` the id of the first, handled or not.
    """
    if dedup is not None:
        first = known(tx, dedup)
        if first is not None:
            return first
    values = {
        "kind": safe_text(kind),
        "body": safe_json(body),
        "at": at,
        "actor": safe_text(actor),
        "incident": incident,
        "dedup": None if dedup is None else safe_text(dedup),
    }
    number: int = tx.execute(_PUT, values).scalar_one()
    tx.announce()
    return number


def known(tx: Tx, dedup: str) -> int | None:
    """The id of the signal of this key, handled or not, or None if nobody has said this before."""
    number: int | None = tx.execute(_KNOWN, {"dedup": safe_text(dedup)}).scalar()
    return number


def next_unhandled(tx: Tx, limit: int = 100) -> tuple[Signal, ...]:
    """The signals that wait to be decided upon, oldest first."""
    return tuple(
        Signal(number, kind, body, at, actor, None if incident is None else IncidentId(incident))
        for number, kind, body, at, actor, incident in tx.execute(_WAITING, {"limit": limit})
    )


def handled(tx: Tx, number: int, answer: str, at: datetime) -> None:
    """The signal was decided upon; `answer` (JSON) is for whoever sent it. The first answer stays.

    Raises:
        NotFound: there is no such signal.
    """
    answered = tx.execute(_ANSWER, {"number": number, "answer_text": safe_json(answer), "answered_at": at})
    if not answered.rowcount and tx.execute(_ANSWERED, {"number": number}).first() is None:
        raise NotFound(f"There is no signal {number}.")
    tx.announce()


def answer(tx: Tx, number: int) -> str | None:
    """The answer to a signal, or None while it waits.

    Raises:
        NotFound: there is no such signal.
    """
    row = tx.execute(_ANSWERED, {"number": number}).first()
    if row is None:
        raise NotFound(f"There is no signal {number}.")
    text: str | None = row[0]
    return text


def waiting(tx: Tx) -> int:
    """How many signals wait to be decided upon."""
    return int(tx.execute(_COUNT_WAITING).scalar() or 0)


_KNOWN = select(signals.c.id).where(signals.c.dedup == bindparam("dedup"))
_PUT = insert(signals).returning(signals.c.id)
_WAITING = (
    select(signals.c.id, signals.c.kind, signals.c.body, signals.c.at, signals.c.actor, signals.c.incident)
    .where(signals.c.handled_at.is_(None))
    .order_by(signals.c.id)
    .limit(bindparam("limit"))
)
_COUNT_WAITING = select(func.count()).select_from(signals).where(signals.c.handled_at.is_(None))
_ANSWER = (
    update(signals)
    .where(signals.c.id == bindparam("number"), signals.c.handled_at.is_(None))
    .values(answer=bindparam("answer_text"), handled_at=bindparam("answered_at"))
)
_ANSWERED = select(signals.c.answer).where(signals.c.id == bindparam("number"))
