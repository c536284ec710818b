"""Opsgenie's Alert API v2, as a target: its service ends on 2027-04-05, and its senders need only another address.

https://docs.opsgenie.com/docs/alert-api. Every write is answered 202 with a request id, under which its outcome can be
asked (`web/hooks/opsgenie.py`). An alert's id is made from its alias, so that both name the same alert without looking
it up, also when a request is replayed.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime

from tocsin.connectors.alert_source import Act, Answered, Format, Inbound, Read, Told, Unreadable
from tocsin.connectors.wire import Fields, json_object
from tocsin.detection.alert import Alert, AlertState
from tocsin.kit.keys import Keys

KIND = "opsgenie"
ALERTS = "/v2/alerts"
_ONE = f"{ALERTS}/{{id:path}}"  # an alias may hold a slash
_SCHEME = "geniekey"
_MESSAGE_CHARS, _ALIAS_CHARS = 130, 512
_PRIORITIES = ("P1", "P2", "P3", "P4", "P5")  # what they mean here: engine/foreign/severity_words
_DEFAULT_PRIORITY = "P3"
_NAMESPACE = uuid.UUID("6f3a2f0e-6f6e-5d0c-9d55-0f6f7073676e")

# Kept and shown with the request; what an incident is called and how bad it is was decided when it was declared.
_RECORDED = frozenset(
    {"notes", "tags", "details", "message", "description", "priority", "responders", "teams"}
)
# Somebody counts on these, so they are not answered with a success that means nothing.
_REFUSED = {
    "snooze": "a snooze from outside: use `tocsin incident snooze`",
    "assign": "an owner: acknowledge it, or use `tocsin incident handover`",
    "escalate": "an escalation from outside: use `tocsin incident escalate`",
    "actions": "custom actions",
    "attachments": "attachments",
}


class OpsgenieApi:
    """Reads one write per request; the key stands in the header Authorization."""

    kind = KIND
    paths = (
        ("POST", ALERTS),
        *(("POST", f"{_ONE}/{each}") for each in ("close", "acknowledge", "unacknowledge")),
        *(("POST", f"{_ONE}/{each}") for each in sorted(_RECORDED - {"message", "description", "priority"})),
        *(("PUT", f"{_ONE}/{each}") for each in ("message", "description", "priority")),
        *(("DELETE", f"{_ONE}/{each}") for each in ("tags", "details")),
        *(("POST", f"{_ONE}/{each}") for each in ("snooze", "assign", "escalate", "attachments")),
        ("POST", f"{_ONE}/actions/{{action}}"),
        ("DELETE", _ONE),  # the last, because it fits every path above
    )

    def key(self, inbound: Inbound) -> str | None:
        """The key after "GenieKey"."""
        return genie_key(inbound.headers)

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """The key is the proof."""
        return True

    def read(self, inbound: Inbound) -> Read:
        """What it says. Raises Unreadable, with 400 for what is no JSON and 422 for what is not processable."""
        rest = inbound.path.partition(ALERTS)[2].strip("/")
        if not rest:
            return _created(inbound)
        identifier, action = _split(rest, inbound.method)
        about = f"{inbound.integration}:{_identified(inbound, identifier)}"
        body = json_object(inbound.body) if inbound.body.strip() else Fields({})
        who = body.text("user") or inbound.query.get("user", "") or body.text("source")
        match action:
            case "close":
                over = Alert(
                    about, AlertState.RESOLVED, f"closed by {who or 'its sender'}", inbound.integration, inbound.received_at
                )  # fmt: skip
                return Read((over,))
            case "acknowledge":
                return Read(told=(Told(Act.ACKNOWLEDGE, about, who),))
            case "unacknowledge":
                return Read(told=(Told(Act.UNACKNOWLEDGE, about, who),))
            case _ if action in _RECORDED:
                if action == "notes" and not body.text("note").strip():
                    raise Unreadable("note: Note can not be empty.", status=422)
                return Read(
                    set_aside="informational",
                    notices=(f"{action} of {about} kept, and nothing changed by it",),
                )
            case _ if action in _REFUSED:
                raise Unreadable(f"{action}: tocsin does not take {_REFUSED[action]}.", status=422)
            case _:
                raise Unreadable(f"{action[:40]}: unknown.", status=422)

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        """202 and the id under which the outcome can be asked."""
        said = {"result": "Request will be processed", "took": 0.0, "requestId": inbound.request}
        return Answered(202, json.dumps(said).encode(), headers=headers(inbound.request))

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """Opsgenie's shape of an error; what is not processable names its fields."""
        if status == 429:
            message = "You are making too many requests!"
        elif status in (401, 403, 404):
            message = "Could not authenticate" if status != 403 else "Permission denied"
            status = 401 if status == 404 else status
        elif status == 422:
            message = "Request body is not processable. Please check the errors."
        else:
            message = "; ".join(errors) or "Refused"
        said: dict[str, object] = {"message": message, "took": 0.0, "requestId": inbound.request}
        if status == 422:
            said["errors"] = {name: text for name, _, text in (each.partition(": ") for each in errors)}
        state = "THROTTLED" if status == 429 else "OK"
        return Answered(status, json.dumps(said).encode(), headers=headers(inbound.request, state))


def genie_key(given: Mapping[str, str]) -> str | None:
    """The key of a request by its headers, or None."""
    scheme, _, key = given.get("authorization", "").strip().partition(" ")
    return key.strip() or None if scheme.casefold() == _SCHEME else None


def headers(request: str, state: str = "OK") -> tuple[tuple[str, str], ...]:
    """Those that Opsgenie adds to every answer."""
    return (
        ("X-Request-ID", request),
        ("X-Response-Time", "0.0"),
        ("X-RateLimit-State", state),
        ("X-RateLimit-Reason", "ACCOUNT"),
        ("X-RateLimit-Period-In-Sec", "60"),
    )


def alert_id(integration: str, alias: str) -> str:
    """The id of the alert of this alias: always the same one."""
    return str(uuid.uuid5(_NAMESPACE, f"{integration}\0{alias}".encode("utf-8", "replace").decode()))


def _created(inbound: Inbound) -> Read:
    body = json_object(inbound.body)
    errors, notices = list[str](), list[str]()
    message = body.text("message").strip()
    if not message:
        errors.append("message: Message can not be empty.")
    alias = body.text("alias").strip() or inbound.request
    if len(alias) > _ALIAS_CHARS:
        errors.append(f"alias: Alias can not be longer than {_ALIAS_CHARS} characters.")
    priority = body.text("priority").strip().upper() or _DEFAULT_PRIORITY
    if priority not in _PRIORITIES:
        errors.append("priority: Priority should be one of [P1, P2, P3, P4, P5].")
    if errors:
        raise Unreadable(*errors, status=422)
    if len(message) > _MESSAGE_CHARS:
        notices.append(f"a message of {len(message)} characters; Opsgenie itself takes {_MESSAGE_CHARS}")
    number = alert_id(inbound.integration, alias)
    labels = {
        "severity": priority,
        "alias": alias,
        "opsgenie_id": number,
        "entity": body.text("entity"),
        "sent_by": body.text("source") or body.text("user"),
        "tags": ", ".join(_texts(body, "tags")),
        "description": body.text("description"),
        "responders": ", ".join(_names(body)),
    }
    for name, value in body.texts("details").items():
        labels.setdefault(name, value)
    alert = _alert(inbound, number, message, labels, inbound.received_at)
    return Read((alert,), notices=tuple(notices))


def _alert(inbound: Inbound, number: str, message: str, labels: dict[str, str], at: datetime) -> Alert:
    return Alert(
        fingerprint=f"{inbound.integration}:{number}",
        state=AlertState.FIRING,
        title=message,
        source=inbound.integration,
        at=at,
        labels={name: value for name, value in labels.items() if value},
        impact=labels.get("impact") or None,
        runbook_url=labels.get("runbook_url") or None,
    )


def _identified(inbound: Inbound, identifier: str) -> str:
    """The id of the alert that is meant. Raises Unreadable for a tiny id, which only its maker can tell."""
    match inbound.query.get("identifierType", "id").casefold():
        case "alias":
            return alert_id(inbound.integration, identifier)
        case "id":
            return identifier
        case _:
            raise Unreadable("identifierType: Should be one of [id, alias].", status=422)


def _split(rest: str, method: str) -> tuple[str, str]:
    """The identifier and what is to be done, of "ID/notes", "ID/actions/NAME" or, to delete it, "ID"."""
    head, _, last = rest.rpartition("/")
    before, _, name = head.rpartition("/")
    if before and name == "actions":
        head, last = before, name
    elif method == "DELETE" and last not in ("tags", "details"):
        head, last = rest, "close"
    return head, last


def _texts(body: Fields, name: str) -> tuple[str, ...]:
    match body.find(name):
        case list(items):
            return tuple(each for each in items if isinstance(each, str))
        case _:
            return ()


def _names(body: Fields) -> tuple[str, ...]:
    every = (*body.objects("responders"), *body.objects("teams"))
    return tuple(found for each in every if (found := each.first("name", "username", "id")))


def _make(what: str, settings: Mapping[str, object]) -> OpsgenieApi:
    Keys(what, settings).done()
    return OpsgenieApi()


FORMAT = Format(KIND, _make, busy=429)
