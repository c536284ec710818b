"""What comes back from outside about a page: receipts, and "I have it" by a button, a key, a reply or a link."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.connectors.api import Called, Delivered, Pressed, Replied, Tiding, Undelivered
from tocsin.engine.paging import receipts
from tocsin.engine.paging.channels import contact_of
from tocsin.engine.paging.links import Links
from tocsin.engine.words import put_event
from tocsin.incident.events import Acknowledged, EscalationWanted
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.oncall.escalation import Roster
from tocsin.oncall.person import Method
from tocsin.store import deliveries, signals
from tocsin.store.database import Database
from tocsin.store.deliveries import Delivery
from tocsin.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token stands for: a message to one person about some incidents.

    Attributes:
        used: whether it has acknowledged them already. expired: whether its time is over.
    """

    delivery: int
    person: PersonId
    incidents: tuple[IncidentId, ...]
    subject: str
    used: bool
    expired: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a tiding: the signals it made, and why it was refused, or None."""

    signals: tuple[int, ...] = ()
    refusal: str | None = None


def claim(tx: Tx, links: Links, token: str, now: datetime, life: timedelta) -> Claim | None:
    """What a token stands for; None for one we did not make. Changes nothing."""
    rows = _rows(tx, links, token)
    if not rows:
        return None
    first = rows[0]
    used = any(signals.known(tx, _once(row)) is not None for row in rows)
    about = tuple(dict.fromkeys(row.attempt.incident for row in rows if row.attempt.incident))
    expired = now > first.begun_at + life
    return Claim(first.id, first.attempt.person, about, first.attempt.subject, used, expired)


def take(
    database: Database,
    links: Links,
    roster: Roster,
    pager: str | None,
    tiding: Tiding,
    now: datetime,
    life: timedelta,
) -> Taken:
    """Keep what came back; returns after the commit.

    Args:
        pager: the channel it came by; it can only speak of its own messages. None for a link, which may be opened
            wherever it was read.
    """
    with database.write() as tx:
        if isinstance(tiding, Replied):
            rows = _replied_to(tx, pager, tiding)
        else:
            rows = _rows(tx, links, tiding.token)
        if not rows or (pager is not None and rows[0].attempt.pager != pager):
            return Taken(refusal="There is no such message.")
        match tiding:
            case Delivered(_, detail):
                return _receipt(tx, rows, receipts.DELIVERED, detail, now)
            case Undelivered(_, why):
                return _receipt(tx, rows, receipts.UNDELIVERED, why, now)
            case Pressed(_, address):
                return _pressed(tx, rows, roster, address, now, life)
            case Replied():
                return _pressed(tx, rows, roster, None, now, life)
            case Called():
                return _called(tx, rows, now, life)


def _rows(tx: Tx, links: Links, token: str) -> tuple[Delivery, ...]:
    number = links.delivery(token)
    return () if number is None else deliveries.by_id(tx, number)


def _replied_to(tx: Tx, pager: str | None, reply: Replied) -> tuple[Delivery, ...]:
    """The message of a reply code, if it was sent to whoever replied: the code alone is worth nothing."""
    if pager is None or not re.fullmatch(r"[0-9a-z]{1,12}", reply.code):
        return ()
    rows = deliveries.by_id(tx, int(reply.code, 36))
    mine = contact_of(Method(pager, reply.address))
    return rows if rows and rows[0].attempt.contact == mine else ()


def _called(tx: Tx, rows: tuple[Delivery, ...], now: datetime, life: timedelta) -> Taken:
    first = rows[0].attempt
    if now > rows[0].begun_at + life:
        return Taken(refusal="This page is too old to call anybody from here.")
    told = [
        put_event(
            tx, row.attempt.incident, EscalationWanted(first.person, f"asked for by {first.pager}"),
            f"person:{first.person}", now, f"called.{row.id}",
        )
        for row in rows
        if row.attempt.kind == "page" and row.attempt.incident
    ]  # fmt: skip
    return Taken(tuple(told), None if told else "This message is about nothing.")


def _receipt(tx: Tx, rows: tuple[Delivery, ...], state: str, detail: str, now: datetime) -> Taken:
    # A receipt may overtake our own note that the channel took the message; the desk records both then, in order.
    overtook = rows[0].state == "trying"
    if not deliveries.told(tx, rows[0].message, state, detail, now) or overtook:
        return Taken()
    fresh = deliveries.of_message(tx, rows[0].message)
    told = [receipts.record(tx, row, now) for row in fresh]
    return Taken(tuple(number for number in told if number is not None))


def _pressed(
    tx: Tx, rows: tuple[Delivery, ...], roster: Roster, address: str | None, now: datetime, life: timedelta
) -> Taken:
    """A press is a claim: who pressed must be somebody we know, and may act only once and in time (PAG-18)."""
    first = rows[0].attempt
    if now > rows[0].begun_at + life:
        return Taken(refusal="This page is too old to be acknowledged from here.")
    by = first.person if address is None else whose(roster, first.pager, address)
    if by is None:
        return Taken(refusal="Whoever pressed is not among the people of tocsin.toml.")
    told = [
        put_event(tx, row.attempt.incident, Acknowledged(by), f"person:{by}", now, _once(row))
        for row in rows
        if row.attempt.kind == "page" and row.attempt.incident
    ]
    return Taken(tuple(told), None if told else "This message has nothing to acknowledge.")


def _once(row: Delivery) -> str:
    return f"pressed.{row.id}"


def whose(roster: Roster, pager: str, address: str) -> PersonId | None:
    """The person a channel knows under this address."""
    for person in roster.people:
        if any(method.pager == pager and method.address == address for method in person.methods):
            return person.id
    return None
