"""What a channel's receipt means for the log and for the person's next method."""

from datetime import datetime

from tocsin.engine.words import put_event
from tocsin.incident.events import PageDelivered, PageUndelivered
from tocsin.store import outbox
from tocsin.store.deliveries import Delivery
from tocsin.store.tx import Tx

DELIVERED, UNDELIVERED = "delivered", "undelivered"
_METHODS = 10  # more ways to reach one person nobody has


def record(tx: Tx, row: Delivery, now: datetime) -> int | None:
    """Say on the log what the receipt of a page said; the signal's number, or None if it is about no incident.

    What could not be brought has no answer to wait for: the person's next method goes at once.
    """
    attempt, detail = row.attempt, row.detail or ""
    if not attempt.incident or row.state not in (DELIVERED, UNDELIVERED):
        return None
    if row.state == UNDELIVERED:
        outbox.hasten(tx, [f"{attempt.page}~{index}" for index in range(1, _METHODS)], now)
        event: PageDelivered | PageUndelivered = PageUndelivered(attempt.page, attempt.pager, detail)
    else:
        event = PageDelivered(attempt.page, attempt.pager, detail)
    once = f"{attempt.page}.{attempt.pager}.{row.state}.{row.tries}"
    return put_event(tx, attempt.incident, event, f"pager:{attempt.pager}", now, once)
