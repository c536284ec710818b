"""PagerDuty webhooks v3: what people do over there holds here. Who acknowledges in PagerDuty stops our paging.

https://developer.pagerduty.com/docs/webhooks/v3-overview/
"""

from collections.abc import Mapping

from tocsin.connectors.alert_source import Act, Answered, Format, Inbound, Read, Told, Unreadable
from tocsin.connectors.wire import json_object, signed
from tocsin.kit.keys import Keys

KIND = "pagerduty"
_HEADER, _VERSION = "x-pagerduty-signature", "v1="
_ACTS = {
    "incident.acknowledged": Act.ACKNOWLEDGE,
    "incident.unacknowledged": Act.UNACKNOWLEDGE,
    "incident.resolved": Act.RESOLVE,
}
_OURS = "tocsin/"  # how the dedup_key of our own pages begins


class PagerDutyWebhooks:
    """Reads signed deliveries.

    Args:
        own: id of our own integration or user over there; what it did is our own echo.
    """

    kind = KIND

    def __init__(self, own: str | None = None) -> None:
        self._own = own

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        given = (part.strip() for part in inbound.headers.get(_HEADER, "").split(","))
        return signed(secrets, inbound.raw, [each.removeprefix(_VERSION) for each in given if each.startswith(_VERSION)])  # fmt: skip

    def read(self, inbound: Inbound) -> Read:
        event = json_object(inbound.body).at("event")
        kind, delivery = event.text("event_type"), event.text("id")
        if not kind or not delivery:
            raise Unreadable("event.id or event.event_type is missing")
        act = _ACTS.get(kind)
        about = event.text("data", "incident_key")
        if act is None or not about.startswith(_OURS):
            return Read(delivery=delivery, set_aside="not_an_alert")
        if self._own is not None and event.text("agent", "id") == self._own:
            return Read(delivery=delivery, set_aside="not_an_alert")
        who = event.text("agent", "summary") or event.text("agent", "id")
        return Read(delivery=delivery, told=(Told(act, about, who),))

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        return Answered(202, b"", "text/plain")

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """A header that is missing or is no signature is 400, one that does not match 403: both end the retries."""
        if status in (401, 403):
            status = 403 if _VERSION in inbound.headers.get(_HEADER, "") else 400
        return Answered(status, "; ".join(errors).encode("utf-8", "replace"), "text/plain")


def _make(what: str, settings: Mapping[str, object]) -> PagerDutyWebhooks:
    keys = Keys(what, settings)
    own = keys.text_or_none("own")
    keys.done()
    return PagerDutyWebhooks(own)


FORMAT = Format(KIND, _make, soft_bytes=256 * 1024, signed=True)
