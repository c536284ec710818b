"""What Opsgenie's senders ask back: what became of a request, how an alert stands, which alerts there are; and its pings.

Writes about alerts go the way of all formats (`hooks/routes.py`). An alert is shown as its standing and its incident say:
acknowledged here is acknowledged there. A ping of a heartbeat is kept before it is answered.
"""

import re
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.app.build import App
from tocsin.connectors.alert_source import Unreadable
from tocsin.connectors.opsgenie_api import ALERTS, KIND, alert_id, genie_key, headers
from tocsin.detection.alert import Alert
from tocsin.detection.heartbeat import Kind
from tocsin.engine.foreign.hooks import stored_inbound
from tocsin.engine.foreign.integrations import Integration
from tocsin.engine.jobs.heartbeats import Report
from tocsin.engine.words import Answer
from tocsin.errors import InputError, StoreError
from tocsin.incident.state import Stage
from tocsin.kit import codec
from tocsin.store import alert_rows, incidents, requests, signals, standings
from tocsin.store.requests import State, Stored
from tocsin.store.standings import Standing
from tocsin.store.tx import Tx

_PER_PAGE, _MOST, _LOOKED_AT = 20, 100, 1_000
_TERM = re.compile(r'(?:([A-Za-z.]+)\s*:\s*)?("[^"]*"|[^\s()"]+)')
_UNSUPPORTED = re.compile(r"\b(?:OR|NOT)\b|[()<>]")
PING = "/v2/heartbeats/{name}/ping"
_UNDER = ("", "/k/{key}")  # the latter for senders that cannot send a header
_DONE = {"close": "Closed", "acknowledge": "Acknowledged", "unacknowledge": "Unacknowledged", "": "Created"}
_OWN_LABELS = frozenset(("severity", "sender_severity", "alias", "opsgenie_id", "entity", "sent_by", "tags", "description", "responders"))  # fmt: skip

Shown = dict[str, object]
Handler = Callable[[App, Integration, Request], Shown]


class _Refused(Exception):
    """Answered in Opsgenie's shape of an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def routes(app: App) -> list[Route]:
    """The paths that only read; none where no integration is of this kind."""
    if KIND not in app.intake.integrations.kinds():
        return []
    paths: tuple[tuple[str, Handler], ...] = (
        (f"{ALERTS}/requests/{{request}}", _request),
        (f"{ALERTS}/count", _count),
        (ALERTS, _list),
        (f"{ALERTS}/{{id:path}}", _one),
    )
    asked = [
        Route(under + path, _endpoint(app, handler), methods=["GET"])
        for path, handler in paths
        for under in _UNDER
    ]
    pings = [
        Route(under + PING, _endpoint(app, _ping, 202), methods=["GET", "POST", "PUT", "PATCH"])
        for under in _UNDER
    ]
    return asked + pings


def _endpoint(app: App, handler: Handler, good: int = 200) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_answer, app, handler, request, good)

    return answer


def _answer(app: App, handler: Handler, request: Request, good: int) -> Response:
    key = request.path_params.get("key") or genie_key(request.headers)
    found = None if key is None else app.intake.integrations.holder((KIND,), str(key))
    status, said = good, Shown()
    try:
        if found is None or not found.enabled:
            raise _Refused(401, "Could not authenticate")
        said = handler(app, found, request)
    except _Refused as why:
        status, said = why.status, {"message": why.message}
    except StoreError as problem:
        status, said = 503, {"message": problem.message}
    name = uuid.uuid4().hex
    return JSONResponse({**said, "took": 0.0, "requestId": name}, status, dict(headers(name)))


def _ping(app: App, whose: Integration, request: Request) -> Shown:
    # The original answers the same for a name nobody has: then a job that was renamed is silently not watched.
    agent, source = request.headers.get("user-agent", ""), request.client.host if request.client else ""
    try:
        app.heartbeats.report(
            str(request.path_params["name"]),
            Report(Kind.SUCCESS, method=request.method, agent=agent, source=source),
        )
    except InputError as problem:
        raise _Refused(404, problem.message) from problem
    return {"result": "PONG - Heartbeat received"}


def _request(app: App, whose: Integration, request: Request) -> Shown:
    with app.database.read() as tx:
        stored = requests.by_key(tx, request.path_params["request"])
        if stored is None or stored.request.integration != whose.name:
            raise _Refused(404, "Request not found. It might not be processed, yet.")
        return {"data": _outcome(tx, whose, stored)}


def _outcome(tx: Tx, whose: Integration, stored: Stored) -> Shown:
    """What became of a write, as its sender asks for it."""
    action, about, alias = _meant(whose, stored)
    done, status = False, stored.request.note or ""
    match stored.request.state:
        case State.PENDING:
            status = "In progress"
        case State.IGNORED:
            done = True
        case State.READ:
            done, status = _read(tx, stored, _DONE.get(action, "Changed"))
        case _:
            done = False
    return {
        "success": done,
        "isSuccess": done,
        "action": {"": "Create"}.get(action, action.capitalize()),
        "processedAt": _time(stored.read_at or stored.request.received_at),
        "integrationId": whose.name,
        "status": status,
        "alertId": about,
        "alias": alias,
    }


def _meant(whose: Integration, stored: Stored) -> tuple[str, str, str]:
    """What was to be done, to which alert, and its alias."""
    rest = stored.request.path.partition("?")[0].partition(ALERTS)[2].strip("/")
    action = rest.rpartition("/")[2] if "/" in rest else "close" if rest else ""
    try:
        read = whose.source.read(stored_inbound(stored.request))
    except Unreadable:
        return action, "", ""
    about = next((each.fingerprint for each in read.alerts), "") or next((t.about for t in read.told), "")
    alias = next((each.labels.get("alias", "") for each in read.alerts), "")
    return action, about.removeprefix(f"{whose.name}:"), alias


def _read(tx: Tx, stored: Stored, done: str) -> tuple[bool, str]:
    """Whether the engine did what was asked, and how it says so."""
    for _, incident, suppressed in alert_rows.of_request(tx, stored.id):
        if incident is None and suppressed is None:
            return False, "In progress"
        if suppressed is not None and suppressed.startswith("resolve_without_open"):
            return False, "Alert does not exist"
        return True, f"{done} alert"
    number = signals.known(tx, f"{stored.request.key}:told:0")
    answered = None if number is None else signals.answer(tx, number)
    if answered is None:
        return False, "In progress"
    answer = codec.decode(answered, Answer)
    return answer.accepted, f"{done} alert" if answer.accepted else answer.refusal or "Refused"


def _one(app: App, whose: Integration, request: Request) -> Shown:
    name = str(request.path_params["id"]).rstrip("/")
    match request.query_params.get("identifierType", "id").casefold():
        case "alias":
            name = alert_id(whose.name, name)
        case "id":
            pass
        case _:
            raise _Refused(422, "identifierType should be one of [id, alias].")
    fingerprint = f"{whose.name}:{name}"
    with app.database.read() as tx:
        found = standings.of(tx, [fingerprint]).get(fingerprint)
        if found is None:
            raise _Refused(404, "Alert does not exist")
        return {"data": _shown(tx, whose, found)}


def _list(app: App, whose: Integration, request: Request) -> Shown:
    found = _found(app, whose, request.query_params.get("query", ""))
    offset = _number(request, "offset", 0, _LOOKED_AT)
    limit = _number(request, "limit", _PER_PAGE, _MOST)
    if request.query_params.get("order", "desc").casefold() == "asc":
        found = found[::-1]
    return {"data": found[offset : offset + limit]}


def _count(app: App, whose: Integration, request: Request) -> Shown:
    return {"data": {"count": len(_found(app, whose, request.query_params.get("query", "")))}}


def _found(app: App, whose: Integration, query: str) -> Sequence[Shown]:
    """What a query means, of the alerts told of last, the newest first. Raises _Refused for what is not understood."""
    if _UNSUPPORTED.search(query):
        raise _Refused(422, "A query is a list of field: value, all of which have to hold.")
    terms = [(name.casefold(), value.strip('"').casefold()) for name, value in _TERM.findall(query)]
    terms = [(name, value) for name, value in terms if name or value != "and"]
    with app.database.read() as tx:
        every = [_shown(tx, whose, each) for each in standings.told_by(tx, whose.name, _LOOKED_AT)]
    return [each for each in every if all(_holds(each, *term) for term in terms)]


def _holds(shown: Shown, name: str, wanted: str) -> bool:
    match name:
        case "":
            return wanted in str(shown["message"]).casefold()
        case "status" if wanted in ("acked", "unacked"):
            return shown["acknowledged"] is (wanted == "acked")
        case "status" | "alias" | "priority" | "entity" | "source" | "owner":
            return str(shown[name]).casefold() == wanted
        case "alertid" | "id":
            return shown["id"] == wanted
        case "tag" | "tags":
            tags = shown["tags"]
            return isinstance(tags, list) and wanted in [str(each).casefold() for each in tags]
        case "message" | "description":
            return wanted.strip("*") in str(shown[name]).casefold()
        case _:
            raise _Refused(422, f"A query cannot ask for {name[:40]}.")


def _shown(tx: Tx, whose: Integration, standing: Standing) -> Shown:
    """An alert as Opsgenie shows it."""
    alert = codec.decode(standing.alert, Alert)
    number = standing.fingerprint.removeprefix(f"{whose.name}:")
    opened = incidents.open_by_fingerprint(tx, standing.fingerprint)
    row = incidents.get(tx, opened[0][0]) if opened else None
    labels = alert.labels
    return {
        "id": number,
        "tinyId": str(int(number[:8], 16)) if re.match(r"[0-9a-f]{8}", number) else "0",
        "alias": labels.get("alias", number),
        "message": alert.title,
        "status": "open" if standing.state == "firing" else "closed",
        "acknowledged": row is not None and row.stage not in (Stage.NEW.value, Stage.DETECTED.value),
        "isSeen": row is not None,
        "tags": [each for each in labels.get("tags", "").split(", ") if each],
        "snoozed": False,
        "count": standing.times,
        "lastOccurredAt": _time(standing.told_at),
        "createdAt": _time(standing.began_at),
        "updatedAt": _time(standing.told_at),
        "source": labels.get("sent_by", ""),
        "owner": "",
        "priority": labels.get("sender_severity") or labels.get("severity", ""),
        "responders": [],
        "integration": {"id": whose.name, "name": whose.name, "type": "API"},
        "actions": [],
        "entity": labels.get("entity", ""),
        "description": labels.get("description", ""),
        "details": {name: value for name, value in labels.items() if name not in _OWN_LABELS},
    }


def _number(request: Request, name: str, default: int, most: int) -> int:
    said = request.query_params.get(name, str(default))
    if not (said.isascii() and said.isdecimal() and int(said[:9]) <= most):
        raise _Refused(422, f"{name} is a whole number up to {most}.")
    return int(said)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
