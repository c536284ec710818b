"""Who hears of the status page by mail or webhook, and what is on its way to them.

A message is queued once for each update and subscriber. `started` is committed before it is sent: after a crash it is
sent again with the same key, which receivers and mail programs show once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from tocsin.kit.ids import sha256
from tocsin.store.schema import safe_text
from tocsin.store.schema_status import status_announced, status_messages, status_subscribers
from tocsin.store.tx import Tx

EMAIL, WEBHOOK = "email", "webhook"
PENDING, CONFIRMED, GONE = "pending", "confirmed", "gone"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One address.

    Attributes:
        kind: "email" or "webhook". address: None once they left. secret: signs what a webhook gets.
        state: "pending" until confirmed, "confirmed", or "gone". why: it ended, in a sentence.
    """

    id: int
    kind: str
    digest: str
    address: str | None
    secret: str | None
    state: str
    asked_at: datetime
    confirmed_at: datetime | None
    gone_at: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to one subscriber. `attempts`: how often it was begun, this time included."""

    id: int
    key: str
    subscriber: Subscriber
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Sums:
    """How messages to one subscriber stand; `error`: the last one that failed."""

    sent: int
    waiting: int
    failed: int
    error: str | None


def digest(kind: str, address: str) -> str:
    """What an address is known by when it is not needed itself."""
    return sha256(f"{kind}:{address.strip().casefold() if kind == EMAIL else address.strip()}")


def ask(
    tx: Tx, kind: str, address: str, at: datetime, *, confirmed: bool = False, secret: str | None = None
) -> Subscriber:
    """Note the wish to be told. Who is confirmed already stays so; who left may come back.

    Args:
        confirmed: whether nothing has to be confirmed (an operator adds a webhook).
    """
    known = by_digest(tx, digest(kind, address))
    if known is None:
        values = {
            "kind": kind, "digest": digest(kind, address), "address": safe_text(address.strip()), "secret": secret,
            "state": CONFIRMED if confirmed else PENDING, "asked_at": at, "confirmed_at": at if confirmed else None,
        }  # fmt: skip
        tx.execute(insert(status_subscribers).values(values))
    elif known.state != CONFIRMED:
        change = update(status_subscribers).where(status_subscribers.c.id == known.id)
        tx.execute(
            change.values(
                address=safe_text(address.strip()), secret=secret, state=CONFIRMED if confirmed else PENDING,
                asked_at=at, confirmed_at=at if confirmed else None, gone_at=None, why=None,
            )
        )  # fmt: skip
    found = by_digest(tx, digest(kind, address))
    assert found is not None
    return found


def confirm(tx: Tx, number: int, at: datetime) -> bool:
    """The address answered. Returns False if it was not waited for."""
    change = update(status_subscribers).where(
        status_subscribers.c.id == number, status_subscribers.c.state == PENDING
    )
    return bool(tx.execute(change.values(state=CONFIRMED, confirmed_at=at)).rowcount)


def leave(tx: Tx, number: int, at: datetime, why: str) -> bool:
    """Forget the address, and what still waits for it. Returns False if nobody of this number is here."""
    change = update(status_subscribers).where(
        status_subscribers.c.id == number, status_subscribers.c.state != GONE
    )
    if not tx.execute(
        change.values(state=GONE, address=None, secret=None, gone_at=at, why=safe_text(why))
    ).rowcount:
        return False
    waiting = status_messages.c.state.in_(("queued", "started"))
    stop = update(status_messages).where(status_messages.c.subscriber == number, waiting)
    tx.execute(stop.values(state="failed", error="the subscriber left", finished_at=at))
    return True


def get(tx: Tx, number: int) -> Subscriber | None:
    """One subscriber, or None."""
    row = tx.execute(select(status_subscribers).where(status_subscribers.c.id == number)).first()
    return None if row is None else Subscriber(*row)


def by_digest(tx: Tx, wanted: str) -> Subscriber | None:
    """The subscriber of this address, whatever its state."""
    row = tx.execute(select(status_subscribers).where(status_subscribers.c.digest == wanted)).first()
    return None if row is None else Subscriber(*row)


def listing(tx: Tx) -> tuple[tuple[Subscriber, Sums], ...]:
    """Every subscriber ever, with how their messages stand."""
    counts: dict[int, dict[str, int]] = {}
    errors: dict[int, str] = {}
    told = status_messages.c
    for number, state, count in tx.execute(
        select(told.subscriber, told.state, func.count()).group_by(told.subscriber, told.state)
    ):
        counts.setdefault(number, {})[state] = count
    for number, error in tx.execute(
        select(told.subscriber, told.error).where(told.error.is_not(None)).order_by(told.id)
    ):
        errors[number] = error
    found = (
        Subscriber(*row) for row in tx.execute(select(status_subscribers).order_by(status_subscribers.c.id))
    )
    return tuple(
        (
            each,
            Sums(
                counts.get(each.id, {}).get("sent", 0),
                counts.get(each.id, {}).get("queued", 0) + counts.get(each.id, {}).get("started", 0),
                counts.get(each.id, {}).get("failed", 0),
                errors.get(each.id),
            ),
        )
        for each in found
    )


def asked_since(tx: Tx, since: datetime) -> int:
    """How many addresses asked since and have not confirmed: a flood is noticed by it."""
    wanted = (status_subscribers.c.state == PENDING) & (status_subscribers.c.asked_at > since)
    return int(tx.execute(select(func.count()).select_from(status_subscribers).where(wanted)).scalar_one())


def unconfirmed(tx: Tx, before: datetime) -> int:
    """How many addresses asked before this and never answered."""
    old = (status_subscribers.c.state == PENDING) & (status_subscribers.c.asked_at < before)
    return int(tx.execute(select(func.count()).select_from(status_subscribers).where(old)).scalar_one())


def forget_unconfirmed(tx: Tx, before: datetime) -> int:
    """Delete addresses that never answered, with the messages that asked them. Returns how many."""
    old = (status_subscribers.c.state == PENDING) & (status_subscribers.c.asked_at < before)
    numbers = select(status_subscribers.c.id).where(old)
    tx.execute(delete(status_messages).where(status_messages.c.subscriber.in_(numbers)))
    return tx.execute(delete(status_subscribers).where(old)).rowcount


def announced(tx: Tx, updates: Iterable[str]) -> frozenset[str]:
    """Which of these updates were handed to the subscribers."""
    wanted = list(updates)
    rows = tx.execute(select(status_announced.c.update).where(status_announced.c.update.in_(wanted)))
    return frozenset(str(name) for (name,) in rows)


def announce(tx: Tx, name: str, body: str | None, told_at: datetime, now: datetime) -> int:
    """Queue one message for everybody who was confirmed when the update was sent.

    Args:
        name: of the update; a second time does nothing. body: None: too old to be told, only noted.

    Returns:
        how many messages are new.
    """
    if announced(tx, [name]):
        return 0
    tx.execute(insert(status_announced).values(update=name, at=now))
    if body is None:
        return 0
    here = (status_subscribers.c.state == CONFIRMED) & (status_subscribers.c.confirmed_at <= told_at)
    numbers = list(tx.execute(select(status_subscribers.c.id).where(here)).scalars())
    for number in numbers:
        put(tx, f"{name}.{number}", number, body, now)
    return len(numbers)


def put(tx: Tx, key: str, subscriber: int, body: str, at: datetime) -> bool:
    """Queue one message; a known key is left alone. Returns whether it is new."""
    if tx.execute(select(status_messages.c.id).where(status_messages.c.key == key)).first() is not None:
        return False
    values = {
        "key": key, "subscriber": subscriber, "body": safe_text(body), "state": "queued", "attempts": 0,
        "not_before": at,
    }  # fmt: skip
    tx.execute(insert(status_messages).values(values))
    tx.announce()
    return True


def claim(tx: Tx, now: datetime, limit: int, kind: str | None = None) -> tuple[Outgoing, ...]:
    """Messages whose time has come, noted as begun; of each subscriber only the first that is not settled.

    Args:
        kind: of the subscribers, or None for any.
    """
    told, before = status_messages.c, status_messages.alias("before").c
    earlier = select(before.id).where(
        before.subscriber == told.subscriber, before.id < told.id, before.state.in_(("queued", "started"))
    )
    wanted = [told.state == "queued", told.not_before <= now, ~earlier.exists()]
    if kind is not None:
        wanted.append(status_subscribers.c.kind == kind)
    rows = tx.execute(
        select(told.id, told.key, told.body, told.attempts, *status_subscribers.c)
        .join(status_subscribers, status_subscribers.c.id == told.subscriber)
        .where(*wanted)
        .order_by(told.not_before, told.id)
        .limit(limit)
    ).all()
    if rows:
        begun = update(status_messages).where(told.id == bindparam("number"))
        tx.execute(
            begun.values(state="started", attempts=told.attempts + 1), [{"number": row[0]} for row in rows]
        )
    return tuple(Outgoing(row[0], row[1], Subscriber(*row[4:]), row[2], row[3] + 1) for row in rows)


def next_due(tx: Tx) -> datetime | None:
    """When the next message may be sent, or None if none waits."""
    found: datetime | None = tx.execute(
        select(func.min(status_messages.c.not_before, type_=status_messages.c.not_before.type)).where(
            status_messages.c.state == "queued"
        )
    ).scalar()
    return found


def sent(tx: Tx, number: int, at: datetime) -> None:
    """The other side took it."""
    _close(tx, number, "sent", at, None)


def failed(tx: Tx, number: int, at: datetime, error: str) -> None:
    """It will not be tried again."""
    _close(tx, number, "failed", at, error)


def later(tx: Tx, number: int, not_before: datetime, error: str) -> None:
    """To be tried again."""
    change = update(status_messages).where(
        status_messages.c.id == number, status_messages.c.state == "started"
    )
    tx.execute(change.values(state="queued", not_before=not_before, error=safe_text(error)))


def resume(tx: Tx) -> int:
    """After a crash: what was begun may have been sent or not, and is sent again with the same key."""
    change = update(status_messages).where(status_messages.c.state == "started")
    return tx.execute(change.values(state="queued")).rowcount


def _close(tx: Tx, number: int, state: str, at: datetime, error: str | None) -> None:
    change = update(status_messages).where(
        status_messages.c.id == number, status_messages.c.state == "started"
    )
    said = None if error is None else safe_text(error)
    tx.execute(change.values(state=state, finished_at=at, error=said))
