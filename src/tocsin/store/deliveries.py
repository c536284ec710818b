"""What was handed to which channel, and what became of it: sent, delivered and failed are three things (PAG-03).

    trying ──> sent ──> delivered | undelivered
       └────> failed ──> trying (again)

One row for each page and channel; rows that left as one message share `message`. `trying` is committed before the
socket opens: after a crash it says that this may have been sent. Addresses are not kept, only a digest of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, insert, select, update

from tocsin.kit.ids import IncidentId, PersonId
from tocsin.store.schema import deliveries, safe_text
from tocsin.store.tx import Tx

TEST = IncidentId("")  # the incident of a page that is about none


@dataclass(frozen=True, slots=True)
class Attempt:
    """A page that is about to be handed over.

    Attributes:
        key: of the page on this channel; handed over twice it is one row.
        page: key of the page. contact: digest of where the channel reaches the person.
    """

    key: str
    page: str
    incident: IncidentId
    person: PersonId
    pager: str
    contact: str
    kind: str
    drill: bool
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A page on a channel, and what became of it.

    Attributes:
        message: key of the message it left in. state: trying, sent, failed, delivered or undelivered.
        reference: the channel's own name for it. detail: why it failed, or what the receipt says.
        told_at: when the receipt came.
    """

    id: int
    attempt: Attempt
    message: str
    state: str
    tries: int
    reference: str | None
    detail: str | None
    begun_at: datetime
    sent_at: datetime | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel stands: when it last took something, and when it last failed."""

    pager: str
    sent_at: datetime | None
    failed_at: datetime | None
    failed_why: str | None


def begin(tx: Tx, message: str, attempts: Sequence[Attempt], now: datetime) -> int:
    """Note that these pages are about to leave as one message. Returns the id that names the message outside."""
    first: int | None = None
    for attempt in attempts:
        key = safe_text(attempt.key)
        known: int | None = tx.execute(_KNOWN, {"called": key}).scalar()
        if known is None:
            values = {
                "key": key, "message": safe_text(message), "page": attempt.page, "incident": attempt.incident,
                "person": attempt.person, "pager": attempt.pager, "contact": attempt.contact, "kind": attempt.kind,
                "drill": attempt.drill, "subject": safe_text(attempt.subject), "body": safe_text(attempt.body),
                "state": "trying", "tries": 1, "begun_at": now,
            }  # fmt: skip
            known = int(tx.execute(_PUT, values).scalar_one())
        else:
            tx.execute(_AGAIN, {"number": known, "as_part_of": safe_text(message), "moment": now})
        first = known if first is None else first
    if first is None:
        raise ValueError("a message holds at least one page")
    return first


def sent(tx: Tx, message: str, reference: str, at: datetime) -> None:
    """The channel has taken the message."""
    tx.execute(_SENT, {"of": safe_text(message), "named": safe_text(reference), "moment": at})


def failed(tx: Tx, message: str, why: str) -> None:
    """The channel has not taken it."""
    tx.execute(_FAILED, {"of": safe_text(message), "why": safe_text(why)})


def told(tx: Tx, message: str, state: str, detail: str, at: datetime) -> bool:
    """The channel says what became of a message it took. False if that is known already.

    Args:
        state: "delivered" or "undelivered"; a delivered message does not become undelivered.
    """
    values = {"of": safe_text(message), "said": state, "why": safe_text(detail), "moment": at}
    return bool(tx.execute(_DELIVERED if state == "delivered" else _UNDELIVERED, values).rowcount)


def by_id(tx: Tx, number: int) -> tuple[Delivery, ...]:
    """Everything that left in the message of this id, the named page first; empty if there is none."""
    rows = [_row(*row) for row in tx.execute(_OF_SAME_MESSAGE, {"number": number})]
    return tuple(sorted(rows, key=lambda row: (row.id != number, row.id)))


def of_incident(tx: Tx, incident: IncidentId) -> tuple[Delivery, ...]:
    """Everything about an incident, in order."""
    return tuple(_row(*row) for row in tx.execute(_OF_INCIDENT, {"of": incident}))


def of_message(tx: Tx, message: str) -> tuple[Delivery, ...]:
    """Everything that left in a message, in order."""
    return tuple(_row(*row) for row in tx.execute(_OF_MESSAGE, {"of": safe_text(message)}))


def reached(tx: Tx, incident: IncidentId, contact: str) -> bool:
    """Whether this contact got a waking page of this incident before."""
    return tx.execute(_REACHED, {"of": incident, "whom": contact}).first() is not None


def lately(tx: Tx, contact: str, since: datetime, beside: str = "") -> tuple[datetime, ...]:
    """When messages to a contact were begun since then, earliest first; what failed does not count.

    Args:
        beside: a page whose own earlier tries do not count.
    """
    rows = tx.execute(_LATELY, {"whom": contact, "since": since, "beside": beside})
    return tuple(at for (at,) in rows)


def last_notified(tx: Tx) -> dict[str, datetime]:
    """When each person last got anything."""
    return {row[0]: row[1] for row in tx.execute(_LAST_NOTIFIED)}


def standings(tx: Tx) -> tuple[Standing, ...]:
    """How each channel that was ever used stands."""
    found = []
    for pager, sent_at, failed_at in tx.execute(_STANDINGS):
        why = None
        if failed_at is not None:
            why = tx.execute(_LAST_FAILURE, {"name": pager}).scalar()
        found.append(Standing(pager, sent_at, failed_at, why))
    return tuple(found)


def listing(
    tx: Tx, limit: int, person: str | None = None, incident: str | None = None
) -> tuple[Delivery, ...]:
    """The latest, newest first."""
    which = select(*_COLUMNS).order_by(deliveries.c.id.desc()).limit(limit)
    if person is not None:
        which = which.where(deliveries.c.person == person)
    if incident is not None:
        which = which.where(deliveries.c.incident == incident)
    return tuple(_row(*row) for row in tx.execute(which))


_COLUMNS = (
    deliveries.c.id, deliveries.c.key, deliveries.c.page, deliveries.c.incident, deliveries.c.person,
    deliveries.c.pager, deliveries.c.contact, deliveries.c.kind, deliveries.c.drill, deliveries.c.subject,
    deliveries.c.body, deliveries.c.message, deliveries.c.state, deliveries.c.tries, deliveries.c.reference,
    deliveries.c.detail, deliveries.c.begun_at, deliveries.c.sent_at, deliveries.c.told_at,
)  # fmt: skip
_KNOWN = select(deliveries.c.id).where(deliveries.c.key == bindparam("called"))
_PUT = insert(deliveries).returning(deliveries.c.id)
_MINE = deliveries.c.message == bindparam("of")
_AGAIN = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("number"))
    .values(
        message=bindparam("as_part_of"),
        state="trying",
        tries=deliveries.c.tries + 1,
        begun_at=bindparam("moment"),
    )
)
_SENT = (
    update(deliveries)
    .where(_MINE, deliveries.c.state == "trying")
    .values(state="sent", reference=bindparam("named"), sent_at=bindparam("moment"), detail=None)
)
_FAILED = (
    update(deliveries)
    .where(_MINE, deliveries.c.state == "trying")
    .values(state="failed", detail=bindparam("why"))
)
_TOLD = update(deliveries).values(
    state=bindparam("said"), detail=bindparam("why"), told_at=bindparam("moment")
)
_DELIVERED = _TOLD.where(_MINE, deliveries.c.state.in_(("trying", "sent", "undelivered")))
_UNDELIVERED = _TOLD.where(_MINE, deliveries.c.state.in_(("trying", "sent")))
_OF_MESSAGE = select(*_COLUMNS).where(_MINE).order_by(deliveries.c.id)
_OF_SAME_MESSAGE = select(*_COLUMNS).where(
    deliveries.c.message
    == select(deliveries.c.message).where(deliveries.c.id == bindparam("number")).scalar_subquery()
)
_OF_INCIDENT = select(*_COLUMNS).where(deliveries.c.incident == bindparam("of")).order_by(deliveries.c.id)
_REACHED = (
    select(deliveries.c.id)
    .where(
        deliveries.c.incident == bindparam("of"), deliveries.c.contact == bindparam("whom"),
        deliveries.c.kind == "page", deliveries.c.state.in_(("sent", "delivered", "undelivered")),
    )
    .limit(1)
)  # fmt: skip
_LATELY = (
    select(func.min(deliveries.c.begun_at))
    .where(
        deliveries.c.contact == bindparam("whom"), deliveries.c.state != "failed",
        deliveries.c.page != bindparam("beside"),
        deliveries.c.begun_at > bindparam("since", type_=deliveries.c.begun_at.type),
    )
    .group_by(deliveries.c.message)
    .order_by(func.min(deliveries.c.begun_at))
)  # fmt: skip
_LAST_NOTIFIED = select(deliveries.c.person, func.max(deliveries.c.begun_at)).group_by(deliveries.c.person)
_STANDINGS = select(
    deliveries.c.pager,
    func.max(deliveries.c.sent_at),
    func.max(case((deliveries.c.state == "failed", deliveries.c.begun_at))),
).group_by(deliveries.c.pager)
_LAST_FAILURE = (
    select(deliveries.c.detail)
    .where(deliveries.c.pager == bindparam("name"), deliveries.c.state == "failed")
    .order_by(deliveries.c.begun_at.desc(), deliveries.c.id.desc())
    .limit(1)
)


def _row(
    number: int, key: str, page: str, incident: str, person: str, pager: str, contact: str, kind: str, drill: bool,
    subject: str, body: str, message: str, state: str, tries: int, reference: str | None, detail: str | None,
    begun_at: datetime, sent_at: datetime | None, told_at: datetime | None,
) -> Delivery:  # fmt: skip
    attempt = Attempt(
        key, page, IncidentId(incident), PersonId(person), pager, contact, kind, drill, subject, body
    )
    return Delivery(number, attempt, message, state, tries, reference, detail, begun_at, sent_at, told_at)
