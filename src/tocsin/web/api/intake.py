"""Every request of a foreign sender as it came, what became of it, and reading it again."""

from datetime import datetime

import msgspec

from tocsin.engine.foreign.replay import replay
from tocsin.errors import InputError
from tocsin.kit import duration
from tocsin.oncall.person import AccessRole
from tocsin.store import alert_rows, requests
from tocsin.store.requests import State, Stored
from tocsin.web.api.logins import number_in
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import body

_PATH = "/api/v1/intake/requests"
_BEFORE_MAX = 999_999_999


class RequestView(msgspec.Struct):
    """A request as it was kept, without its body; headers hold no secrets."""

    request: int
    integration: str
    kind: str
    method: str
    path: str
    bytes: int
    source: str
    received_at: datetime
    state: State
    status: int
    alerts: int
    note: str | None
    read_at: datetime | None


class Requests(msgspec.Struct):
    """Requests, the newest first; `next` is the `before` of the next page, null on the last."""

    requests: list[RequestView]
    next: int | None


class FateView(msgspec.Struct):
    """What became of one alert of a request: an incident, or why it was suppressed; neither yet while it waits."""

    alert: str
    incident: str | None
    suppressed: str | None


class Request(msgspec.Struct):
    """One request with its headers, its body (redacted), and the fate of its alerts."""

    request: RequestView
    headers: dict[str, str]
    body: str
    fates: list[FateView]


class ReplayWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Whether to change anything; and whether one whose sender could not prove itself is taken, on your word."""

    dry_run: bool = True
    refused: bool = False


class Replayed(msgspec.Struct):
    """What reading it again by today's formats comes to; `applied`: something was handed to the engine."""

    request: int
    before: State
    after: State
    added: list[str]
    removed: list[str]
    note: str | None
    applied: bool


def _list(call: Call) -> Requests:
    since = None
    if call.query["since"]:
        span = duration.parse(call.query["since"])
        if span is None:
            raise InputError("since is a duration.", hint='Write "24 h".')
        since = call.now - span
    state, limit = call.query["state"], int(call.query["limit"])
    known = {each.value: each for each in State}
    if state and state not in known:
        raise InputError(f'"{state}" is no state.', hint=f"States: {', '.join(known)}.")
    with call.app.database.read() as tx:
        rows = requests.listing(
            tx, limit, integration=call.query["integration"] or None, states=(known[state],) if state else (), since=since,
            before=int(call.query["before"]),
        )  # fmt: skip
    return Requests([_view(each) for each in rows], rows[-1].id if len(rows) == limit else None)


def _view(stored: Stored) -> RequestView:
    one = stored.request
    return RequestView(
        stored.id, one.integration, one.kind, one.method, one.path, len(one.body), one.source, one.received_at, one.state,
        one.status, one.alerts, one.note, stored.read_at,
    )  # fmt: skip


def _show(call: Call) -> Request:
    number, hide = number_in(call, "request"), call.app.redactor.redact
    with call.app.database.read() as tx:
        stored = requests.get(tx, number)
        fates = alert_rows.of_request(tx, number)
    headers = {name: hide(value) for name, value in stored.request.headers.items()}
    text = hide(stored.request.body.decode("utf-8", "replace"))
    return Request(
        _view(stored), headers, text, [FateView(hide(raw), incident, why) for raw, incident, why in fates]
    )


def _replay(call: Call) -> Replayed:
    given = body(call, ReplayWanted)
    with call.app.database.read() as tx:
        stored = requests.get(tx, number_in(call, "request"))
    told = replay(call.app.database, stored, call.app.intake.means, call.now, given.dry_run, given.refused)
    return Replayed(
        told.request, told.before, told.after, list(told.added), list(told.removed), told.note, told.applied
    )  # fmt: skip


_VIEWER, _ADMIN = AccessRole.VIEWER, AccessRole.ADMIN
_QUERY = (
    Query("integration", "only of this one"),
    Query("state", "only in this state"),
    Query("since", 'only of this long, as in "24 h"'),
    Query("before", "only those with a smaller number, to page on", "count", str(_BEFORE_MAX), _BEFORE_MAX),
    Query("limit", "how many at most", "count", "50"),
)
OPERATIONS = (
    Operation("GET", _PATH, "list_requests", "Requests of foreign senders as they came.", _VIEWER, Requests, _list,
              query=_QUERY, tag="alerts"),
    Operation("GET", _PATH + "/{request}", "get_request", "One request, its body, and the fate of each of its alerts.",
              _VIEWER, Request, _show, tag="alerts"),
    Operation("POST", _PATH + "/{request}/replay", "replay_request", "Read it again with today's formats and settings.",
              _ADMIN, Replayed, _replay, ReplayWanted, tag="alerts"),
)  # fmt: skip
