"""CookCam, "3. Stripe Webhook Failures": Stripe signs with a new secret, the application checks with the old one."""

import secrets
from dataclasses import dataclass

from tocsin.errors import TocsinError
from tocsin.sandbox.cookcam import DATABASE, HOST, CookCamRoom
from tocsin.sandbox.cookcam_normal import Normal, bring_back, note, oracles
from tocsin.sandbox.fault import Fault
from tocsin.sandbox.stripe import Endpoint, Stripe

HEADING = "Stripe Webhook Failures"
EVENTS = 8
OLD = 2
"""Of them, those that came seventy minutes ago: the outage is older than the hour the runbook looks back on."""
_AGE = "70 minutes"
_AMOUNT = 4200
DASHBOARD = "stripe-dashboard"
"""File beside the checkout with the secret that a person would read in Stripe's dashboard."""


@dataclass(frozen=True, slots=True)
class Before:
    """The room as it was, its last event, and the vendor who goes on delivering."""

    normal: Normal
    last_event: int
    vendor: Stripe


def inject(room: CookCamRoom) -> Before:
    """Eight payment events that the application cannot verify, two of them old. Raises TocsinError."""
    normal = note(room)
    vendor = Stripe()
    before = Before(normal, int(_ask(room, "SELECT coalesce(max(id), 0) FROM stripe_webhook_events")), vendor)
    try:
        rolled = f"whsec_drill{secrets.token_hex(12)}"
        (room.room.scratch.path / DASHBOARD).write_text(rolled + "\n", encoding="ascii")
        vendor.subscribe(
            Endpoint(
                f"https://{HOST}/webhook",
                rolled,
                room.nginx.front.port,
                room.room.authority.certificate,
            )
        )
        for _ in range(EVENTS):
            vendor.deliver(vendor.happen("payment_intent.succeeded", _AMOUNT))
        # An outage of seventy minutes cannot be waited for.
        _ask(
            room,
            f"UPDATE stripe_webhook_events SET created_at = now() - interval '{_AGE}' WHERE id IN "  # noqa: S608 - our own numbers
            f"(SELECT id FROM stripe_webhook_events WHERE id > {before.last_event} ORDER BY id LIMIT {OLD})",
        )
        if not confirm(room):
            raise TocsinError(
                "Stripe's events were processed: the fault did not take.", hint="Drop the room."
            )
    except BaseException:
        vendor.stop()
        raise
    return before


def confirm(room: CookCamRoom) -> bool:
    """Whether an event of any age is failed, counted in the table itself: a customer has paid and it is not booked."""
    return int(_ask(room, "SELECT count(*) FROM stripe_webhook_events WHERE status = 'failed'")) > 0


def restore(room: CookCamRoom, before: Before) -> None:
    """No event and no payment of the drill, the old secret, and everything else as it was. Raises TocsinError."""
    before.vendor.stop()
    bring_back(room, before.normal, fresh=True)
    _ask(room, "DELETE FROM payments WHERE event_id LIKE 'evt_DRILL%'")
    _ask(room, "DELETE FROM stripe_webhook_events WHERE event_id LIKE 'evt_DRILL%'")
    (room.room.scratch.path / DASHBOARD).unlink(missing_ok=True)


FAILING = Fault(
    "stripe_webhook_failures",
    HEADING,
    inject,
    confirm,
    restore,
    oracles,
    rooms=("cookcam",),
    stand_ins=("Stripe is a stand-in that signs as Stripe does",),
)


def _ask(room: CookCamRoom, text: str) -> str:
    return room.postgres.query(text, DATABASE)
