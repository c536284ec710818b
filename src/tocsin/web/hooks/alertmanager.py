"""The reading side of Alertmanager's API, version 2, and its silences: amtool and Grafana see us as an Alertmanager.

Each key sees the alerts of its own integration; a silence made with it holds for those only. Posting alerts is
`connectors.alertmanager_api`.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from tocsin import __version__
from tocsin.app.build import App
from tocsin.app.health import ALIVE_WITHIN, health
from tocsin.connectors.alert_source import Answered, Unreadable
from tocsin.connectors.alertmanager_api import KIND, credential, postable, problem, text
from tocsin.connectors.prometheus_alert import fingerprint
from tocsin.connectors.wire import Fields, json_value, moment
from tocsin.detection.silence import SCOPE, Matcher, Silence, checked, holding, parse_filter
from tocsin.engine.foreign import silencing
from tocsin.engine.foreign.hooks import stored_inbound
from tocsin.engine.foreign.integrations import Integration
from tocsin.errors import InputError, NotFound, StoreError
from tocsin.store import requests, silences, standings
from tocsin.store.standings import Standing
from tocsin.store.tx import Tx

_SHOWN = timedelta(days=5)  # how long an ended silence is listed, as there
_BODY_BYTES = 1024 * 1024
_REQUIRED = ("comment", "createdBy", "endsAt", "matchers", "startsAt")
_JSON = "application/json"

Handler = Callable[[App, Integration, Request, bytes], Answered]


class Shown(msgspec.Struct):
    """An alert as that API gives it."""

    annotations: dict[str, str]
    endsAt: str  # noqa: N815 -- their spelling
    fingerprint: str
    receivers: list[dict[str, str]]
    startsAt: str  # noqa: N815 -- their spelling
    status: dict[str, object]
    updatedAt: str  # noqa: N815 -- their spelling
    labels: dict[str, str]
    generatorURL: str  # noqa: N815 -- their spelling


def routes(app: App) -> list[Route]:
    """The routes; none where no integration is of this kind."""
    if KIND not in app.intake.integrations.kinds():
        return []

    async def alive(request: Request) -> Response:
        return Response("OK", media_type="text/plain")

    async def ready(request: Request) -> Response:
        well, why = await run_in_threadpool(health, app, ALIVE_WITHIN)
        return Response("OK" if well else why, 200 if well else 503, media_type="text/plain")

    async def gone(request: Request) -> Response:
        said = b'{"status":"deprecated","error":"The Alertmanager v1 API was removed; use /api/v2."}'
        return Response(said, 410, media_type=_JSON)

    made: list[Route] = []
    for below in ("", "/k/{key}"):
        for path, handlers in _HANDLERS.items():
            made.append(Route(below + path, _endpoint(app, handlers), methods=_ANY))
        made += [
            Route(f"{below}/-/healthy", alive),
            Route(f"{below}/-/ready", ready),
            Route(
                f"{below}/api/v2/{{rest:path}}", _endpoint(app, dict.fromkeys(_ANY, _nothing)), methods=_ANY
            ),
        ]
    # Below a key only: without one /api/v1 is our own API.
    made.append(Route("/k/{key}/api/v1/{rest:path}", gone, methods=_ANY))
    return made


class _Unknown(Route):
    """Paths that API does not have. Those of the status page end with .json and are not ours to answer."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if scope.get("path", "").endswith(".json") else super().matches(scope)


_ANY = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def _endpoint(app: App, handlers: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ",".join(
                sorted({*handlers, *(("POST",) if request.url.path.endswith("/alerts") else ())})
            )
            said = problem(405, f"method {request.method} is not allowed, but [{allowed}] are")
            return _response(said, {"Allow": allowed})
        key = request.path_params.get("key") or credential(request.headers)
        found = None if key is None else app.intake.integrations.holder((KIND,), key)
        if found is None or not found.enabled:
            return _response(problem(401, "unauthenticated for invalid credentials"))
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _BODY_BYTES:
                return _response(problem(413, "the body is too large"))
        try:
            return _response(await run_in_threadpool(handler, app, found, request, bytes(body)))
        except StoreError as wrong:
            return _response(problem(503, wrong.message), {"Retry-After": "5"})

    return answer


def _response(answered: Answered, headers: Mapping[str, str] | None = None) -> Response:
    kind = {"content-type": answered.content_type} if answered.content_type else {}
    return Response(answered.body, answered.status, {**kind, **(headers or {})})


def _ok(value: object, end: bytes = b"\n") -> Answered:
    return Answered(200, msgspec.json.encode(value) + end)


def _alerts(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    try:
        shown = _chosen(app, found, request)
    except InputError as wrong:
        return text(400, wrong.message)
    return _ok(shown)


def _groups(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    try:
        shown = _chosen(app, found, request)
    except InputError as wrong:
        return text(400, wrong.message)
    names = found.group_by or ("alertname",)
    grouped: dict[tuple[tuple[str, str], ...], list[Shown]] = {}
    for each in shown:
        labels = tuple((name, each.labels[name]) for name in names if name in each.labels)
        grouped.setdefault(labels, []).append(each)
    return _ok(
        [
            {"alerts": alerts, "labels": dict(labels), "receiver": {"name": found.name}}
            for labels, alerts in sorted(grouped.items())
        ]
    )


def _chosen(app: App, found: Integration, request: Request) -> list[Shown]:
    """The alerts that fire and that the question means. Raises InputError for a filter that is none."""
    matchers = [each for said in request.query_params.getlist("filter") for each in parse_filter(said)]
    active, silenced = _flag(request, "active"), _flag(request, "silenced")
    now = app.clock.now()
    with app.database.read() as tx:
        firing = standings.firing(tx, (found.name,))
        told = _as_told(tx, firing)
        current = _mine(silences.current(tx, now), found)
    shown = []
    for standing in firing:
        labels, annotations, generator = told.get(standing.fingerprint, ({}, {}, ""))
        if not all(each.matches(labels) for each in matchers):
            continue
        by = [each.id for each in current if holding((each,), {**labels, SCOPE: found.name}, now) is not None]
        if (by and not silenced) or (not by and not active):
            continue
        status: dict[str, object] = {
            "inhibitedBy": [], "silencedBy": by, "mutedBy": [], "state": "suppressed" if by else "active",
        }  # fmt: skip
        shown.append(
            Shown(
                annotations, _spelled(standing.until or now), standing.fingerprint.partition(":")[2],
                [{"name": found.name}], _spelled(standing.began_at), status, _spelled(standing.told_at), labels,
                generator,
            )
        )  # fmt: skip
    return shown


def _as_told(tx: Tx, firing: Sequence[Standing]) -> dict[str, tuple[dict[str, str], dict[str, str], str]]:
    """Labels, annotations and generator of each alert, from the request that told it last."""
    stored = requests.by_number(tx, (each.request for each in firing if each.request is not None))
    found: dict[str, tuple[dict[str, str], dict[str, str], str]] = {}
    for each in stored.values():
        try:
            posted = postable(stored_inbound(each.request).body)
        except Unreadable:
            continue
        for one in posted:
            labels = {name: value for name, value in one.labels.items() if value}
            key = f"{each.request.integration}:{fingerprint(labels)}"
            found[key] = (labels, one.annotations or {}, one.generatorURL or "")
    return found


def _silences(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    now = app.clock.now()
    try:
        wanted = [each for said in request.query_params.getlist("filter") for each in parse_filter(said)]
    except InputError as wrong:
        return text(400, wrong.message)
    with app.database.read() as tx:
        every = _mine(silences.listing(tx, now - _SHOWN), found)
    shown = [
        _silence(each, now)
        for each in every
        if all(matcher in each.matchers or matcher.matches({m.name: m.value for m in each.matchers}) for matcher in wanted)
    ]  # fmt: skip
    return _ok(shown)


def _post_silence(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    now = app.clock.now()
    try:
        value = json_value(body)
    except Unreadable as wrong:
        return problem(400, f'parsing silence body from "" failed, because {wrong.errors[0]}')
    if not isinstance(value, dict):
        return problem(400, 'parsing silence body from "" failed, because it is no object')
    given = Fields(value)
    for name in _REQUIRED:
        if given.find(name) is None:
            return problem(422, f"{name} in body is required", 602)
    if not given.find("matchers"):
        return problem(422, "matchers in body should have at least 1 items", 612)
    starts, ends = moment(given.find("startsAt")), moment(given.find("endsAt"))
    if starts is None or ends is None:
        return problem(400, 'parsing silence body from "" failed, because parsing time failed')
    matchers = [
        Matcher(each.text("name"), each.text("value"), each.find("isRegex") is True, each.find("isEqual") is not False)
        for each in given.objects("matchers")
    ]  # fmt: skip
    before = given.text("id") or None
    try:
        if before is not None:
            with app.database.read() as tx:
                known = silences.get(tx, before)
            if known is None or not _mine((known,), found):
                return text(404, "silence not found")
        checked(matchers)  # without ours, which any alert of this key meets
        made = silencing.make(
            app.database, (*matchers, _scope(found)), starts, ends, given.text("createdBy"), given.text("comment"),
            now, before,
        )  # fmt: skip
    except InputError as wrong:
        return text(400, f"Failed to create silence: {wrong.message}")
    except NotFound:
        return text(404, "silence not found")
    return _ok({"silenceID": made.id})


def _get_silence(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    name = request.path_params["silence"]
    if not _is_uuid(name):
        return problem(422, f'silenceID in path must be of type uuid: "{name}"', 601)
    with app.database.read() as tx:
        known = silences.get(tx, name)
    if known is None or not _mine((known,), found):
        return Answered(404, b"", "")
    return _ok(_silence(known, app.clock.now()))


def _delete_silence(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    name = request.path_params["silence"]
    if not _is_uuid(name):
        return problem(422, f'silenceID in path must be of type uuid: "{name}"', 601)
    try:
        silencing.expire(app.database, name, app.clock.now(), _scope(found))
    except NotFound:
        return Answered(404, b"", "")
    return Answered(200, b"", "")


def _status(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    return _ok(
        {
            "cluster": {"peers": [], "status": "disabled"},
            "config": {"original": f"# tocsin: integration {found.name}\nroute:\n  receiver: {found.name}\nreceivers:\n- name: {found.name}\n"},
            "uptime": _spelled(app.intake.since),
            "versionInfo": {
                "branch": "", "buildDate": "", "buildUser": "", "goVersion": "", "revision": "",
                "version": f"tocsin-{__version__}",
            },
        }
    )  # fmt: skip


def _receivers(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    return _ok([{"name": found.name}])


def _nothing(app: App, found: Integration, request: Request, body: bytes) -> Answered:
    path = request.url.path.removeprefix(f"/k/{request.path_params.get('key', '')}")
    return problem(404, f"path {path} was not found")


def _silence(each: Silence, now: datetime) -> dict[str, object]:
    return {
        "id": each.id,
        "status": {"state": each.state(now)},
        "updatedAt": _spelled(each.updated_at),
        "comment": each.comment,
        "createdBy": each.by,
        "endsAt": _spelled(each.ends_at),
        "matchers": [
            {"isEqual": one.equal, "isRegex": one.regex, "name": one.name, "value": one.value}
            for one in each.matchers
            if one.name != SCOPE
        ],
        "startsAt": _spelled(each.starts_at),
    }


def _scope(found: Integration) -> Matcher:
    """A key speaks for its own alerts only."""
    return Matcher(SCOPE, found.name)


def _mine(every: Sequence[Silence], found: Integration) -> tuple[Silence, ...]:
    return tuple(each for each in every if _scope(found) in each.matchers)


def _flag(request: Request, name: str) -> bool:
    return request.query_params.get(name, "true") != "false"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _spelled(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_HANDLERS: Mapping[str, Mapping[str, Handler]] = {
    "/api/v2/alerts": {"GET": _alerts},
    "/api/v2/alerts/groups": {"GET": _groups},
    "/api/v2/silences": {"GET": _silences, "POST": _post_silence},
    "/api/v2/silence/{silence}": {"GET": _get_silence, "DELETE": _delete_silence},
    "/api/v2/status": {"GET": _status},
    "/api/v2/receivers": {"GET": _receivers},
}
