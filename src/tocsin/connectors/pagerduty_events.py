"""PagerDuty Events API v2, as a target: what pages through PagerDuty can page through us by another address.

https://developer.pagerduty.com/docs/events-api-v2/overview/ (alerts, `/v2/enqueue`; changes, `/v2/change/enqueue`)
"""

import json
from collections.abc import Mapping

import msgspec

from tocsin.connectors.alert_source import Act, Answered, Format, Inbound, Read, Told, Unreadable
from tocsin.connectors.wire import Fields, json_value, moment_or, plain, shallow
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.change_event import ChangeEvent
from tocsin.kit.ids import sha256
from tocsin.kit.keys import Keys

KIND = "pagerduty-events"
ROUTING_KEY_CHARS = 32
_SUMMARY_CHARS, _DEDUP_CHARS = 1024, 255
_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")
_CHANGE = "/v2/change/enqueue"


class PagerDutyEvents:
    """Reads one event per request; the key stands in the body."""

    kind = KIND
    paths = (("POST", "/v2/enqueue"), ("POST", _CHANGE))

    def key(self, inbound: Inbound) -> str | None:
        """The routing key of the event. Raises Unreadable for what is no JSON object, and for a key of another length."""
        routing_key = _routing_key(inbound.body)
        if not isinstance(routing_key, str):
            raise Unreadable("'routing_key' is missing or blank")
        if len(routing_key) != ROUTING_KEY_CHARS:
            raise Unreadable(
                f"Length of 'routing_key' is incorrect (should be {ROUTING_KEY_CHARS} characters)"
            )
        return routing_key

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """The key is the proof."""
        return True

    def read(self, inbound: Inbound) -> Read:
        event = _event(inbound.body)
        return _change(event, inbound) if inbound.path.endswith(_CHANGE) else _alert(event, inbound)

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        said: dict[str, object] = {"status": "success", "message": "Event processed"}
        if inbound.path.endswith(_CHANGE):
            said["message"] = "Change event processed"
        else:
            about = read.alerts[0].fingerprint if read.alerts else read.told[0].about
            said["dedup_key"] = about.removeprefix(f"{inbound.integration}:")
        try:
            return Answered(202, msgspec.json.encode(said))
        except UnicodeError:  # a lone surrogate in the sender's own key
            return Answered(202, _json(said))

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        if status == 429:
            said = {"status": "throttle exceeded", "message": "Requests for this service are arriving too quickly", "errors": list(errors)}  # fmt: skip
            return Answered(429, _json(said))
        if status >= 500:
            return Answered(status, _json({"status": "unavailable", "message": "Try again", "errors": list(errors)}))  # fmt: skip
        if any("JSON parse error" in each or "UTF-8" in each or "JSON object" in each or "levels deep" in each for each in errors):  # fmt: skip
            said = {"status": "Unrecognized object", "message": "Event object format is unrecognized", "errors": ["JSON parse error"]}  # fmt: skip
            return Answered(400, _json(said))
        if status in (401, 403, 404):
            status, errors = 400, ("Invalid routing key",)
        return Answered(status, _json({"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}))  # fmt: skip


class _Keyed(msgspec.Struct):
    """The key alone, without reading the rest of an event."""

    routing_key: str


_keyed = msgspec.json.Decoder(_Keyed)


def _routing_key(body: bytes) -> object:
    if shallow(body):
        try:
            return _keyed.decode(body).routing_key
        except (msgspec.DecodeError, UnicodeError):
            pass  # read again below, which says what is wrong
    return _event(body).find("routing_key")


def _event(body: bytes) -> Fields:
    match json_value(body):
        case dict(found):
            return Fields(found)
        case _:
            raise Unreadable("JSON parse error")


def _alert(event: Fields, inbound: Inbound) -> Read:
    action = event.text("event_action")
    if action not in _ACTIONS:
        raise Unreadable("'event_action' is invalid (must be one of: trigger acknowledge resolve)")
    dedup = event.find("dedup_key")
    key = plain(dedup)
    if len(key) > _DEDUP_CHARS:
        raise Unreadable(f"Length of 'dedup_key' is incorrect (should be {_DEDUP_CHARS} characters or less)")
    if action != "trigger":
        if not key:
            raise Unreadable("'dedup_key' is missing or blank")
        about = f"{inbound.integration}:{key}"
        if action == "acknowledge":
            return Read(told=(Told(Act.ACKNOWLEDGE, about, event.text("client")),))
        summary = event.text("payload", "summary") or f"{key} is resolved"
        return Read(
            alerts=(Alert(about, AlertState.RESOLVED, summary, inbound.integration, inbound.received_at),)
        )
    return _triggered(event, key or _made_up(inbound), inbound)


def _triggered(event: Fields, key: str, inbound: Inbound) -> Read:
    payload, notices = event.at("payload"), list[str]()
    wrong = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source", "severity")
        if not payload.text(name).strip()
    ]
    severity = payload.text("severity").casefold()
    if severity and severity not in _SEVERITIES:
        wrong.append("'payload.severity' is invalid (must be one of: critical error warning info)")
    if wrong:
        raise Unreadable(*wrong)
    summary = payload.text("summary")
    if len(summary) > _SUMMARY_CHARS:
        notices.append(f"a summary of {len(summary)} characters was cut")
        summary = summary[:_SUMMARY_CHARS]
    labels = {
        name: found for name in ("component", "group", "class", "severity") if (found := payload.text(name))
    }
    labels["source"] = payload.text("source")
    occurred = payload.find("timestamp")
    if occurred is not None:
        labels["occurred_at"] = moment_or(occurred, inbound.received_at, notices).isoformat()
    for name, value in payload.at("custom_details").value.items():
        labels.setdefault(name, plain(value) or _json(value).decode())
    links = [each.text("href") for each in event.objects("links")]
    runbook = _runbook(event) or labels.get("runbook_url")
    if event.text("client_url"):
        labels.setdefault("client_url", event.text("client_url"))
    if links:
        labels.setdefault("links", " ".join(links))
    alert = Alert(
        f"{inbound.integration}:{key}", AlertState.FIRING, summary, inbound.integration, inbound.received_at,
        labels, None, runbook,
    )  # fmt: skip
    return Read(alerts=(alert,), notices=tuple(notices))


def _runbook(event: Fields) -> str | None:
    """The link whose text says that it is the runbook."""
    return next(
        (each.text("href") for each in event.objects("links") if "runbook" in each.text("text").casefold()),
        None,
    )


def _change(event: Fields, inbound: Inbound) -> Read:
    payload, notices = event.at("payload"), list[str]()
    summary = payload.text("summary").strip()
    if not summary:
        raise Unreadable("'payload.summary' is missing or blank")
    labels = {name: plain(value) or _json(value).decode() for name, value in payload.at("custom_details").value.items()}  # fmt: skip
    if payload.text("source"):
        labels.setdefault("source", payload.text("source"))
    links = tuple(
        (each.text("text") or each.text("href"), each.text("href")) for each in event.objects("links")
    )
    at = moment_or(payload.find("timestamp"), inbound.received_at, notices)
    change = ChangeEvent(
        f"{inbound.integration}:{inbound.request}", summary[:_SUMMARY_CHARS], inbound.integration, at,
        links=links, labels=labels,
    )  # fmt: skip
    return Read(changes=(change,), notices=tuple(notices))


def _made_up(inbound: Inbound) -> str:
    """A key for an event that has none: the same again when the request is replayed."""
    return sha256(inbound.request)[:ROUTING_KEY_CHARS]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _make(what: str, settings: Mapping[str, object]) -> PagerDutyEvents:
    Keys(what, settings).done()
    return PagerDutyEvents()


FORMAT = Format(KIND, _make, busy=429)
