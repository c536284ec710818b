"""Whatever posts JSON or a form: one address, a mapping, and sensible guesses for what is not mapped.

The guesses are those fields that most tools have; each can be replaced per integration by a JSON path (RFC 9535).
An empty body says that whoever calls failed: a step of CI that only knows the address needs no more.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from jsonpath_rfc9535 import JSONPathError, JSONPathQuery
from jsonpath_rfc9535 import compile as compile_path

from tocsin.connectors.alert_source import Answered, Format, Inbound, Read, Unreadable
from tocsin.connectors.synthetics_json import endpoints
from tocsin.connectors.wire import Fields, doubted, json_value, moment_or, plain, signed
from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.synthetic_report import SCHEMA
from tocsin.kit.keys import Keys

KIND = "json"
_SIGNATURE = "x-tocsin-signature"
_PREFIX = "sha256="
MOST_ALERTS = 1_000
_LABELS_MAX = 64
_SHOWN = 300

# What is looked for, in this order, where no path says otherwise.
_GUESSES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "summary", "message", "alertname"),
    "state": ("status", "state"),
    "severity": ("severity", "level", "priority"),
    "key": ("dedup_key", "id", "fingerprint", "alias"),
    "source": ("source", "host", "instance", "service"),
    "runbook_url": ("runbook_url",),
    "impact": ("impact",),
    "at": ("starts_at", "timestamp"),
}
_OVER = frozenset(
    {"resolved", "resolve", "ok", "up", "closed", "close", "success", "succeeded", "recovered", "normal"}
)


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the parts of an alert stand in a body.

    Attributes:
        items: where the alerts are, if the body holds several; None: the body itself, or each member of a list.
        paths: per part of an alert ("title", "state", "severity", "key", "source", "runbook_url", "impact", "at") a
            path from the alert.
        labels: name and path of each label; empty: every text, number and truth value at the top.
        over: what `state` says when it is over, in lower case.
    """

    items: JSONPathQuery | None = None
    paths: Mapping[str, JSONPathQuery] = field(default_factory=dict)
    labels: tuple[tuple[str, JSONPathQuery], ...] = ()
    over: frozenset[str] = _OVER


@dataclass(frozen=True, slots=True)
class GenericJson:
    """Reads what one integration posts."""

    mapping: Paths = field(default_factory=Paths)

    @property
    def kind(self) -> str:
        """As in the settings."""
        return KIND

    def proven(self, inbound: Inbound, secrets: tuple[str, ...]) -> bool:
        """X-Tocsin-Signature over the body as sent; where no secret is set, the key in the path is the credential."""
        if not secrets:
            return True
        given = inbound.headers.get(_SIGNATURE, "")
        if not given.startswith(_PREFIX):
            return False
        return signed(secrets, inbound.raw, (given.removeprefix(_PREFIX),))

    def doubt(self, inbound: Inbound, secrets: tuple[str, ...]) -> str:
        """That the header is missing, or the signature another."""
        return doubted(inbound.headers, "X-Tocsin-Signature")

    def read(self, inbound: Inbound) -> Read:
        """What it says. Raises Unreadable for what is neither JSON nor a form, and for more than 1,000 alerts."""
        if not inbound.body.strip():
            return Read((_nothing_said(inbound),))
        body = _body(inbound)
        notices: list[str] = []
        if _fields(body).text("schema") == SCHEMA:
            judged = endpoints(_fields(body), inbound, notices)
            return Read(judged, set_aside=None if judged else "informational", notices=tuple(notices))
        items = _items(self.mapping, body)
        if len(items) > MOST_ALERTS:
            raise Unreadable(f"{len(items)} alerts in one body; at most {MOST_ALERTS} are read")
        alerts = tuple(_alert(self.mapping, item, inbound, notices) for item in items)
        if not alerts:
            return Read(set_aside="not_an_alert")
        return Read(alerts, notices=tuple(dict.fromkeys(notices)))

    def accepted(self, inbound: Inbound, read: Read) -> Answered:
        """202 and the keys under which they were taken."""
        begin = len(inbound.integration) + 1
        keys = [{"dedup_key": alert.fingerprint[begin:], "id": alert.fingerprint} for alert in read.alerts]
        return Answered(202, json.dumps({"status": "accepted", "alerts": keys}).encode())

    def refused(self, inbound: Inbound, status: int, errors: tuple[str, ...]) -> Answered:
        """Why not, as JSON."""
        return Answered(status, json.dumps({"status": "refused", "errors": errors}).encode())


def mapping(what: str, table: Mapping[str, object]) -> Paths:
    """The mapping of a table of JSON paths: `items`, the parts of an alert, `labels` (a table) and `over` (a list).

    Raises ConfigError naming the key whose path is none.
    """
    inner = Keys(f"{what}, map", table)

    def path(name: str, text: str) -> JSONPathQuery:
        try:
            return compile_path(text)
        except JSONPathError as problem:
            raise inner.wrong(name, f"is no JSON path (RFC 9535): {problem}") from problem

    def query(name: str) -> JSONPathQuery | None:
        text = inner.text_or_none(name)
        return None if text is None else path(name, text)

    found = {name: made for name in _GUESSES if (made := query(name)) is not None}
    items = query("items")
    labels = tuple((name, path(f"labels.{name}", text)) for name, text in inner.texts("labels"))
    over = frozenset(str(word).casefold() for word in inner.list_of("over")) or _OVER
    inner.done()
    return Paths(items, found, labels, over)


def _nothing_said(inbound: Inbound) -> Alert:
    return Alert(
        fingerprint=f"{inbound.integration}:",
        state=AlertState.FIRING,
        title=f"{inbound.integration} reports a failure",
        source=inbound.integration,
        at=inbound.received_at,
    )


def _body(inbound: Inbound) -> object:
    if inbound.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        # curl -d '{"title": …}' says that it sends a form, and does not.
        if inbound.body.lstrip()[:1] in (b"{", b"["):
            return json_value(inbound.body)
        try:
            pairs = parse_qsl(inbound.body.decode("utf-8"), keep_blank_values=True, max_num_fields=256)
        except ValueError as problem:
            raise Unreadable(f"not a form: {problem}") from problem
        return dict(pairs)
    return json_value(inbound.body)


def _items(mapped: Paths, body: object) -> list[object]:
    if mapped.items is not None:
        return _found(mapped.items, body)
    return body if isinstance(body, list) else [body]


def _found(query: JSONPathQuery, value: object) -> list[object]:
    # The library wants its own alias of what a JSON value is; ours came from JSON.
    if not isinstance(value, (dict, list)):
        return []
    try:
        return list(query.find(value).values())
    except (JSONPathError, RecursionError) as problem:
        raise Unreadable(f"a path of the mapping cannot be followed in this body: {problem}") from problem


def _alert(mapped: Paths, item: object, inbound: Inbound, notices: list[str]) -> Alert:
    fields = _fields(item)

    def part(name: str) -> str:
        return plain(_part(mapped, fields, name)).strip()

    title = part("title")
    if not title:
        notices.append(f"no title: none of {', '.join(_GUESSES['title'])} is there")
    over = part("state").casefold() in mapped.over
    labels = _labels(mapped, fields)
    key = part("key") or _key(labels or {"title": title, "source": part("source")})
    labels = (labels if labels or mapped.labels else _beside(fields)) | {
        name: said for name in ("severity", "source") if (said := part(name))
    }
    link = part("runbook_url") or next(iter(_texts(fields.find("remediations"))), "")
    return Alert(
        fingerprint=f"{inbound.integration}:{key}",
        state=AlertState.RESOLVED if over else AlertState.FIRING,
        title=title or f"{inbound.integration} reports trouble",
        source=inbound.integration,
        at=moment_or(_part(mapped, fields, "at"), inbound.received_at, notices),
        labels=labels,
        impact=part("impact") or None,
        runbook_url=link or None,
    )


def _fields(item: object) -> Fields:
    if isinstance(item, dict):
        return Fields({str(name): value for name, value in item.items()})
    return Fields({"message": plain(item) or json.dumps(item)[:_SHOWN]})


def _part(mapped: Paths, fields: Fields, name: str) -> object:
    query = mapped.paths.get(name)
    found = (
        iter(_found(query, fields.value))
        if query is not None
        else (fields.find(guess) for guess in _GUESSES[name])
    )
    return next((value for value in found if plain(value)), None)


def _labels(mapped: Paths, fields: Fields) -> dict[str, str]:
    """What tells this trouble from others: the labels as mapped, or those that the body calls so."""
    if not mapped.labels:
        return dict(list(fields.texts("labels").items())[:_LABELS_MAX])
    found = {name: next(map(plain, _found(query, fields.value)), "") for name, query in mapped.labels}
    return {name: value for name, value in found.items() if value}


def _beside(fields: Fields) -> dict[str, str]:
    """What else the body says, for people; readings change from one delivery to the next, so they are no key."""
    taken = {guess for name in ("title", "key", "at", "state", "runbook_url") for guess in _GUESSES[name]}
    kept = {name: value for name, value in fields.texts().items() if name not in taken and value}
    return dict(list(kept.items())[:_LABELS_MAX])


def _key(told: Mapping[str, str]) -> str:
    """No key was sent: the same labels are the same trouble; without any the integration has one trouble.

    How bad it is does not count: a warning that turns critical stays the same trouble.
    """
    said = {name: value for name, value in told.items() if value and name != "severity"}
    if not said:
        return ""
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _texts(value: object) -> Iterable[str]:
    return (each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _make(what: str, settings: Mapping[str, object]) -> GenericJson:
    keys = Keys(what, settings)
    match settings.get("map"):
        case None:
            mapped = Paths()
        case dict(table):
            mapped = mapping(what, table)
        case _:
            raise keys.wrong("map", 'must be a table, as in [integrations.map] title = "$.name"')
    keys.list_of("map")
    keys.done()
    return GenericJson(mapped)


FORMAT = Format(KIND, _make)
