"""Jobs that have to report, how they stand, their pings, the keys these show; and the jobs that tocsin starts."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from tocsin.app.heartbeat_keys import make_key, revoke_key
from tocsin.detection.heartbeat import Rules, Standing, expected
from tocsin.engine.jobs.heartbeat_spec import NAME, Spec, possible
from tocsin.errors import InputError, NotFound
from tocsin.kit import duration
from tocsin.oncall.person import AccessRole
from tocsin.store import heartbeats as store
from tocsin.store import job_runs
from tocsin.store.heartbeats import HeartbeatRow
from tocsin.store.tx import Tx
from tocsin.web.api.logins import number_in
from tocsin.web.api.operation import Call, Operation, Query
from tocsin.web.api.words import Empty, body

_PATH, _KEYS = "/api/v1/heartbeats", "/api/v1/heartbeat-keys"
_RUNS_SHOWN = 20

Called = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class HeartbeatView(msgspec.Struct):
    """One job: its plan, how it stands, when it was last well, and until when it has to report. Times in seconds."""

    name: str
    state: Standing
    status: str
    schedule: str
    grace_seconds: float
    limit_seconds: float
    in_settings: bool
    section: str | None
    owner: str | None
    last_success: datetime | None
    last_heard: datetime | None
    expected_at: datetime | None
    deadline_at: datetime | None
    since: datetime | None
    exit: int | None
    running: list[datetime]
    pings: int
    misses: int
    hint: str | None


class StartedView(msgspec.Struct):
    """One planned time of a job that tocsin starts itself: started, done or failed."""

    job: str
    due_at: datetime
    state: str
    attempts: int
    started_at: datetime
    ended_at: datetime | None
    said: str | None


class Heartbeats(msgspec.Struct):
    """Every job that reports by name, and the newest runs of those that tocsin starts."""

    heartbeats: list[HeartbeatView]
    started: list[StartedView]


class MissView(msgspec.Struct):
    """A deadline that passed without a success."""

    expected_at: datetime
    deadline_at: datetime
    last_state: str


class PingView(msgspec.Struct):
    """A ping as it came; `ms` is how long the run took."""

    number: int
    at: datetime
    kind: str
    format: str
    rid: str | None
    exit: int | None
    ms: int | None
    source: str | None
    body: str | None


class Heartbeat(msgspec.Struct):
    """One job with what it missed and its newest pings."""

    heartbeat: HeartbeatView
    misses: list[MissView]
    pings: list[PingView]


class HeartbeatWanted(msgspec.Struct, forbid_unknown_fields=True):
    """A job without an entry in tocsin.toml: five fields of cron in a time zone, or an interval; durations as in "30 min"."""

    name: Called
    schedule: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    every: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    zone: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] = "UTC"
    grace: Annotated[str, msgspec.Meta(max_length=40)] = "30 min"
    limit: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class KeyView(msgspec.Struct):
    """A key without its text; `heartbeat` is the one it speaks for, null for all."""

    id: int
    heartbeat: str | None
    made_by: str
    made_at: datetime
    revoked_at: datetime | None


class Keys(msgspec.Struct):
    """All keys, the newest first."""

    keys: list[KeyView]


class KeyWanted(msgspec.Struct, forbid_unknown_fields=True):
    """For which job; null for all, and for making new ones."""

    heartbeat: Called | None = None


class KeyMade(msgspec.Struct):
    """The only time the text of a key is shown."""

    id: int
    key: str
    heartbeat: str | None


class KeyRevoked(msgspec.Struct):
    """Pings that show it are refused."""

    id: int
    revoked: bool


def _list(call: Call) -> Heartbeats:
    with call.app.database.read() as tx:
        found = [view for row in store.listing(tx) if (view := _of(call, row)) is not None]
        names = [f"reconcile {each.name}" for each in call.app.settings.reconciliations]
        runs = [run for name in names for run in job_runs.listing(tx, name, _RUNS_SHOWN)]
    started = [
        StartedView(
            each.job, each.due_at, each.state, each.attempts, each.started_at, each.ended_at, each.said
        )
        for each in runs
    ]
    return Heartbeats(found, started)


def _of(call: Call, row: HeartbeatRow) -> HeartbeatView | None:
    spec = call.app.heartbeats.spec(row.name, row.spec)
    return _view(call, row, spec) if spec is not None else None


def _view(call: Call, row: HeartbeatRow, spec: Spec) -> HeartbeatView:
    desk = call.app.heartbeats
    state, standing = desk.state(row), desk.standing(row, spec)
    return HeartbeatView(
        row.name, standing, standing.outward, spec.schedule, spec.rules.grace.total_seconds(),
        spec.rules.limit.total_seconds(), row.spec is None, spec.section, spec.owner, state.seen, state.heard,
        expected(spec.plan, state), row.deadline, state.trouble_at, state.exit, [run.started for run in state.runs],
        row.pings, row.misses, desk.hint(spec, state),
    )  # fmt: skip


def _show(call: Call) -> Heartbeat:
    with call.app.database.read() as tx:
        row, spec = _one(call, tx, call.path["heartbeat"])
        missed = store.misses(tx, row.id, int(call.query["limit"]))
        pings = store.pings(tx, row.id, int(call.query["limit"]))
    return Heartbeat(
        _view(call, row, spec),
        [MissView(each.expected_at, each.deadline_at, each.last_state) for each in missed],
        [
            PingView(
                each.number, each.at, each.kind, each.format, each.rid, each.exit, each.ms, each.source, each.body
            )
            for each in pings
        ],
    )  # fmt: skip


def _one(call: Call, tx: Tx, name: str) -> tuple[HeartbeatRow, Spec]:
    try:
        return call.app.heartbeats.find(tx, name)
    except InputError as problem:
        raise NotFound(problem.message) from problem


def _create(call: Call) -> HeartbeatView:
    call.app.heartbeats.create(_spec(body(call, HeartbeatWanted)))
    return _again(call, body(call, HeartbeatWanted).name)


def _again(call: Call, name: str) -> HeartbeatView:
    with call.app.database.read() as tx:
        return _view(call, *_one(call, tx, name))


def _spec(given: HeartbeatWanted) -> Spec:
    if NAME.fullmatch(given.name) is None:
        raise InputError(
            f'"{given.name}" is no name of a heartbeat.', hint="Lower case letters, digits, - and _."
        )
    if (given.schedule is None) == (given.every is None):
        raise InputError("When does it run?", hint="Give schedule or every, one of them.")
    grace = _span(given.grace, "grace")
    limit = _span(given.limit, "limit") if given.limit is not None else grace
    every = _span(given.every, "every") if given.every is not None else timedelta()
    rules = Rules(grace=grace, limit=limit, wall=given.schedule is not None)
    spec = Spec(given.name, rules, cron=given.schedule, zone=given.zone, every=every)
    try:
        possible(spec)
    except ValueError as problem:
        raise InputError(f"schedule: {problem}.", hint='For example "0 2 * * *".') from problem
    return spec


def _span(text: str, name: str) -> timedelta:
    span = duration.parse(text)
    if span is None or span <= timedelta():
        raise InputError(f'{name}: "{text}" is not a duration.', hint='Write it like "30 min".')
    return span


def _pause(call: Call) -> HeartbeatView:
    return _set_paused(call, True)


def _resume(call: Call) -> HeartbeatView:
    return _set_paused(call, False)


def _set_paused(call: Call, paused: bool) -> HeartbeatView:
    name = call.path["heartbeat"]
    with call.app.database.read() as tx:
        _one(call, tx, name)
    call.app.heartbeats.pause(name, paused)
    return _again(call, name)


def _keys(call: Call) -> Keys:
    with call.app.database.read() as tx:
        rows = store.list_keys(tx)
    return Keys(
        [KeyView(each.id, each.heartbeat, each.made_by, each.made_at, each.revoked_at) for each in rows]
    )


def _make_key(call: Call) -> KeyMade:
    wanted = body(call, KeyWanted).heartbeat
    if wanted is not None:
        with call.app.database.read() as tx:
            _one(call, tx, wanted)
    by = call.caller.person or call.caller.via
    number, text = make_key(call.app.database, wanted, by, call.now)
    return KeyMade(number, text, wanted)


def _revoke_key(call: Call) -> KeyRevoked:
    number = number_in(call, "key")
    revoke_key(call.app.database, number, call.now)
    return KeyRevoked(number, True)


_VIEWER, _RESPONDER, _ADMIN = AccessRole.VIEWER, AccessRole.RESPONDER, AccessRole.ADMIN
_LIMIT = Query("limit", "how many pings and misses at most", "count", "20", store.KEPT)
OPERATIONS = (
    Operation("GET", _PATH, "list_heartbeats", "Jobs that have to report, and those tocsin starts.", _VIEWER, Heartbeats,
              _list, tag="checks"),
    Operation("GET", _PATH + "/{heartbeat}", "get_heartbeat", "One job: how it stands, what it missed, its pings.", _VIEWER,
              Heartbeat, _show, query=(_LIMIT,), tag="checks"),
    Operation("POST", _PATH, "create_heartbeat", "Expect a job that stands in no settings.", _RESPONDER, HeartbeatView,
              _create, HeartbeatWanted, status=201, refuses=(409,), tag="checks"),
    Operation("POST", _PATH + "/{heartbeat}/pause", "pause_heartbeat", "Expect nothing of it for now.", _RESPONDER,
              HeartbeatView, _pause, Empty, tag="checks"),
    Operation("POST", _PATH + "/{heartbeat}/resume", "resume_heartbeat", "Expect it again from now on.", _RESPONDER,
              HeartbeatView, _resume, Empty, tag="checks"),
    Operation("GET", _KEYS, "list_heartbeat_keys", "Keys that pings show, without their texts.", _ADMIN, Keys, _keys,
              tag="checks"),
    Operation("POST", _KEYS, "make_heartbeat_key", "A new key; its text is shown once.", _ADMIN, KeyMade, _make_key,
              KeyWanted, status=201, refuses=(404,), tag="checks", shows_secret=True),
    Operation("POST", _KEYS + "/{key}/revoke", "revoke_heartbeat_key", "Take a key back for good.", _ADMIN, KeyRevoked,
              _revoke_key, Empty, tag="checks"),
)  # fmt: skip
