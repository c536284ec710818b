"""PagerDuty Events API v1, as a target, for senders that never moved on.

https://developer.pagerduty.com/docs/events-api-v1/overview/
"""

import json
from collections.abc import Mapping

from tocsin.connectors.alert_source import Act, Answered, Format, Inbound, Read, Told, Unreadable
from tocsin.connectors.wire import Fields, json_value, plain
from tocsin.detection.alert import Alert, AlertState
from tocsin.kit.ids import sha256
from tocsin.kit.keys import Keys

KIND = "pagerduty-events-v1"
_DESCRIPTION_CHARS, _KEY_CHARS = 1024, 255
_TYPES = ("trigger", "acknowledge", "resolve")
_PATH = "/generic/2010-04-15/create_event.json"


class PagerDutyEventsV1:
    """Reads one event per request; the key stands in the body."""

    kind = KIND
    paths = (("POST", _PATH),)

    def key(self, inbound: Inbound) -> str | None:
        """The service key of the event. Raises Unreadable for what is no JSON object."""
        found = _event(inbound.body).find("service_key")
        if not isinstance(found, str) or not found:
            raise Unreadable("service_key is missing or blank")
        return found

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """The key is the proof."""
        return True

    def read(self, inbound: Inbound) -> Read:
        event = _event(inbound.body)
        kind, key = event.text("event_type"), event.text("incident_key")
        if kind not in _TYPES:
            raise Unreadable("event_type is invalid (must be one of: trigger acknowledge resolve)")
        if len(key) > _KEY_CHARS:
            raise Unreadable(f"incident_key is too long (maximum is {_KEY_CHARS} characters)")
        description = event.text("description")
        if kind == "trigger":
            if not description.strip():
                raise Unreadable("description is missing or blank")
            return Read(alerts=(_triggered(event, description, key, inbound),))
        if not key:
            raise Unreadable("incident_key is missing or blank")
        about = f"{inbound.integration}:{key}"
        if kind == "acknowledge":
            return Read(told=(Told(Act.ACKNOWLEDGE, about, event.text("client")),))
        title = description or f"{key} is resolved"
        return Read(
            alerts=(Alert(about, AlertState.RESOLVED, title, inbound.integration, inbound.received_at),)
        )

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        about = read.alerts[0].fingerprint if read.alerts else read.told[0].about
        key = about.removeprefix(f"{inbound.integration}:")
        return Answered(200, _json({"status": "success", "message": "Event processed", "incident_key": key}))

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        if status >= 500:
            return Answered(status, _json({"status": "unavailable", "message": "Try again", "errors": list(errors)}))  # fmt: skip
        if status in (401, 404):
            status, errors = 400, ("Invalid service key",)
        return Answered(status, _json({"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}))  # fmt: skip


def _event(body: bytes) -> Fields:
    match json_value(body):
        case dict(found):
            return Fields(found)
        case _:
            raise Unreadable("JSON parse error")


def _triggered(event: Fields, description: str, key: str, inbound: Inbound) -> Alert:
    labels = {
        name: plain(value) or _json(value).decode() for name, value in event.at("details").value.items()
    }
    runbook = labels.get("runbook_url")
    for context in event.objects("contexts"):
        if context.text("type") == "link" and "runbook" in context.text("text").casefold():
            runbook = context.text("href")
    if event.text("client_url"):
        labels.setdefault("client_url", event.text("client_url"))
    return Alert(
        f"{inbound.integration}:{key or sha256(inbound.request)[:32]}", AlertState.FIRING,
        description[:_DESCRIPTION_CHARS], inbound.integration, inbound.received_at, labels, None, runbook,
    )  # fmt: skip


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _make(what: str, settings: Mapping[str, object]) -> PagerDutyEventsV1:
    Keys(what, settings).done()
    return PagerDutyEventsV1()


# 403 is what this format says for "too much of it": senders try again.
FORMAT = Format(KIND, _make, busy=403)
