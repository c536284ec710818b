"""Alertmanager's own API, version 2, as a target: Prometheus, vmalert and amtool talk to us as if we were one.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml; the answers to what is wrong are those of 0.25.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from tocsin.connectors.alert_source import Answered, Format, Inbound, Read, Unreadable
from tocsin.connectors.prometheus_alert import Posted, alert, fingerprint
from tocsin.connectors.wire import json_value, moment
from tocsin.detection.alert import Alert
from tocsin.kit.keys import Keys

KIND = "alertmanager-api"
PATH = "/api/v2/alerts"
RESOLVE_TIMEOUT = timedelta(minutes=5)
_NONE = "0001-01-01"


class Postable(msgspec.Struct):
    """An alert as Prometheus posts it."""

    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: str | None = None  # noqa: N815 -- the sender's spelling
    endsAt: str | None = None  # noqa: N815 -- the sender's spelling
    generatorURL: str | None = None  # noqa: N815 -- the sender's spelling


_decoder = msgspec.json.Decoder(list[Postable] | None)


class AlertmanagerApi:
    """Reads posted alerts; an alert lasts until its end, or for `resolve_timeout` if it names none.

    Args:
        resolve_timeout: after it an alert that names no end and is not posted again is over.
    """

    kind = KIND
    paths = (("POST", PATH),)

    def __init__(self, resolve_timeout: timedelta = RESOLVE_TIMEOUT) -> None:
        self.resolve_timeout = resolve_timeout

    def key(self, inbound: Inbound) -> str | None:
        """The password of Basic, or the token of Bearer."""
        return credential(inbound.headers)

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """The key is the proof."""
        return True

    def read(self, inbound: Inbound) -> Read:
        media = (
            inbound.headers.get("content-type", "application/octet-stream").partition(";")[0].strip().lower()
        )
        if media != "application/json":
            raise Unreadable(
                f'unsupported media type "{media}", only [application/json] are allowed', status=415
            )
        posted = postable(inbound.body)
        alerts: dict[str, Alert] = {}
        until: dict[str, datetime] = {}
        errors: list[str] = []
        notices: list[str] = []
        for each in posted:
            found = self._one(each, inbound, errors, notices)
            if found is None:
                continue
            one, ends = found
            alerts.pop(one.fingerprint, None)  # of the same alert twice the last counts, at its place
            alerts[one.fingerprint] = one
            until.pop(one.fingerprint, None)
            if ends is not None:
                until[one.fingerprint] = ends
        return Read(
            tuple(alerts.values()), set_aside=None if alerts else "not_an_alert", notices=tuple(dict.fromkeys(notices)),
            until=until, errors=tuple(errors),
        )  # fmt: skip

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        return Answered(200, b"", "")

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """Swagger's own mistakes are objects with a code, the handler's are a JSON text."""
        if status == 422:
            return problem(422, errors[1], int(errors[0]))
        if status == 400 and not errors[0].startswith("parsing alerts body"):
            return text(400, "; ".join(errors))
        if status in (401, 403, 404):
            return problem(401, "unauthenticated for invalid credentials")
        return problem(status, "; ".join(errors))

    def _one(
        self, each: Postable, inbound: Inbound, errors: list[str], notices: list[str]
    ) -> tuple[Alert, datetime | None] | None:
        """The alert and when it is over by itself; None with an error said."""
        labels = {name: value for name, value in each.labels.items() if value}
        if "" in each.labels:
            errors.append('invalid label set: invalid name ""')
            return None
        if not labels:
            errors.append("at least one label pair required")
            return None
        now = inbound.received_at
        starts, ends = _time(each.startsAt, "startsAt"), _time(each.endsAt, "endsAt")
        begun = starts or (ends if ends is not None else now)
        if ends is not None and ends < begun:
            errors.append("start time must be before end time")
            return None
        over = ends is not None and ends <= now
        links = {"generatorURL": each.generatorURL} if each.generatorURL else {}
        posted = Posted(fingerprint(labels), not over, labels, each.annotations or {}, begun, links)
        made = alert(posted, inbound.integration, now)
        return made, None if over else ends or now + self.resolve_timeout


def credential(headers: Mapping[str, str]) -> str | None:
    """The token of Bearer, or the password of Basic (the user if there is no password)."""
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    match scheme.casefold():
        case "bearer":
            return rest.strip() or None
        case "basic":
            try:
                user, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
            return password or user or None
        case _:
            return None


def problem(status: int, message: str, code: int | None = None) -> Answered:
    """A mistake as Swagger tells it: no line break at the end."""
    said = {"code": status if code is None else code, "message": message}
    return Answered(
        status, json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    )


def text(status: int, message: str) -> Answered:
    """A mistake as the handlers tell it: a JSON text and a line break."""
    return Answered(status, json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def postable(body: bytes) -> Sequence[Postable]:
    """The alerts of a body, as posted. Raises Unreadable with the message and the status that Alertmanager has for it."""
    if not body.strip():
        raise Unreadable("602", "alerts in body is required", status=422)
    try:
        # Twenty times faster than the reading below, which finds out what is wrong.
        found = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _slowly(body)
    for number, each in enumerate(found or ()):
        _checked(number, each)
    return found or ()


def _slowly(body: bytes) -> Sequence[Postable]:
    try:
        value = json_value(body)
    except Unreadable as wrong:
        raise _unparsed(_like_go(wrong.errors[0])) from wrong
    match value:
        case None:
            return ()
        case list(items):
            return [_posted(number, item) for number, item in enumerate(items)]
        case _:
            raise _unparsed(
                f"json: cannot unmarshal {_kind(value)} into Go value of type models.PostableAlerts"
            )


def _posted(number: int, item: object) -> Postable:
    match item:
        case None:
            raise Unreadable("602", f"{number}.labels in body is required", status=422)
        case dict():
            fields = {str(name).casefold(): value for name, value in item.items()}
        case _:
            raise _unparsed(
                f"json: cannot unmarshal {_kind(item)} into Go value of type models.PostableAlert"
            )
    labels = _texts(fields.get("labels"), "Alert.labels")
    posted = Postable(
        {} if labels is None else labels,
        _texts(fields.get("annotations"), "PostableAlert.annotations"),
        _text(fields.get("startsat"), "PostableAlert.startsAt"),
        _text(fields.get("endsat"), "PostableAlert.endsAt"),
        _text(fields.get("generatorurl"), "Alert.generatorURL"),
    )
    if labels is None:
        raise Unreadable("602", f"{number}.labels in body is required", status=422)
    return _checked(number, posted)


def _checked(number: int, posted: Postable) -> Postable:
    address = posted.generatorURL
    if address and not _is_uri(address):
        raise Unreadable("601", f'{number}.generatorURL in body must be of type uri: "{address}"', status=422)
    return posted


def _is_uri(text: str) -> bool:
    if text.startswith("/"):
        return True
    try:
        return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text)) and urlsplit(text) is not None
    except ValueError:
        return False


def _texts(value: object, where: str) -> dict[str, str] | None:
    match value:
        case None:
            return None
        case dict():
            for each in value.values():
                if each is not None and not isinstance(each, str):
                    raise _unparsed(
                        f"json: cannot unmarshal {_kind(each)} into Go struct field {where} of type string"
                    )
            return {str(name): each or "" for name, each in value.items()}
        case _:
            raise _unparsed(
                f"json: cannot unmarshal {_kind(value)} into Go struct field {where} of type models.LabelSet"
            )


def _text(value: object, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _unparsed(f"json: cannot unmarshal {_kind(value)} into Go struct field {where} of type string")
    return value


def _time(written: str | None, name: str) -> datetime | None:
    if not written or written.startswith(_NONE):
        return None
    found = moment(written)
    if found is None:
        raise _unparsed(f'parsing time "{written}" as "2006-01-02T15:04:05.000Z" of {name}: cannot parse')
    return found


def _kind(value: object) -> str:
    match value:
        case bool():
            return "bool"
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "string"
        case _:
            return "number"


def _like_go(said: str) -> str:
    """Where the body just ends, Go says so; other mistakes have no spelling anybody waits for."""
    ended = ("Expecting value", "Expecting property name", "Expecting ',' delimiter", "Unterminated string")
    return "unexpected EOF" if any(each in said for each in ended) else said


def _unparsed(why: str) -> Unreadable:
    return Unreadable(f'parsing alerts body from "" failed, because {why}', status=400)


def _make(what: str, settings: Mapping[str, object]) -> AlertmanagerApi:
    keys = Keys(what, settings)
    timeout = keys.duration_or_none("resolve_timeout")
    keys.done()
    return AlertmanagerApi(timeout or RESOLVE_TIMEOUT)


FORMAT = Format(KIND, _make)
