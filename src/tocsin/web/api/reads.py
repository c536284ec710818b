"""What there is to see: incidents, their timelines and evidence, checks, who is on call, how well it went, who you are."""

from datetime import datetime, timedelta

import msgspec

from tocsin.app import views
from tocsin.app.health import health
from tocsin.detection.check import Verdict
from tocsin.engine.history import load, records
from tocsin.engine.near_changes import near
from tocsin.errors import InputError, NotFound
from tocsin.incident.measures import MEASURES, measure, summary
from tocsin.kit.ids import CheckName, EvidenceId, IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import checks, evidence, incidents
from tocsin.store.checks import KeptSample
from tocsin.store.incident_search import Which, search
from tocsin.web.api.operation import Call, Operation, Query

_VIEWER = AccessRole.VIEWER
_INCIDENT = "/api/v1/incidents/{incident}"
_ALIVE_WITHIN = timedelta(seconds=5)
_NUMBER_MAX = 999_999_999
_STATES = {each.value: each for each in Which}


class Incidents(msgspec.Struct):
    """Incidents, the newest first; `next` is the `before` of the next page, null on the last."""

    schema: int
    incidents: list[views.RowView]
    next: int | None = None


class Timeline(msgspec.Struct):
    """What happened, in order."""

    incident: str
    lines: list[views.LineView]


class Evidence(msgspec.Struct):
    """What a step showed, already redacted, and its seal."""

    id: str
    incident: str
    run: str
    stdout: str
    stderr: str
    meta: dict[str, object]
    sha256: str
    at: datetime


class SampleView(msgspec.Struct):
    """The last sample of a check."""

    check: str
    at: datetime | None
    verdict: Verdict
    took_ms: float | None
    message: str | None


class Checks(msgspec.Struct):
    """Every check with its last sample of the last hour; unknown where there is none."""

    checks: list[SampleView]


class Samples(msgspec.Struct):
    """The samples of one check, oldest first."""

    check: str
    samples: list[SampleView]


class Spread(msgspec.Struct):
    """Many values of one measure."""

    count: int
    median_seconds: float
    p90_seconds: float
    worst_seconds: float


class LoadView(msgspec.Struct):
    """What a person was woken with."""

    person: str
    pages: int
    night: int


class Insights(msgspec.Struct):
    """How well it went; `measures` names the two events that each time lies between."""

    since: datetime
    incidents: int
    measures: dict[str, str]
    by_severity: dict[str, dict[str, Spread]]
    missed_clocks: dict[str, int]
    load: list[LoadView]
    repeated_sections: dict[str, int]
    open_actions: int
    overdue_actions: int


class Me(msgspec.Struct):
    """Who the call speaks for, and the most it may do."""

    person: str | None
    scope: AccessRole
    via: str


class Health(msgspec.Struct):
    """Whether the engine turns; an open port is not health."""

    ok: bool
    why: str


def _incidents(call: Call) -> Incidents:
    state, words, limit = call.query["state"], call.query["q"].split(), int(call.query["limit"])
    if state not in _STATES:
        raise InputError(f'"{state}" is no state of a list.', hint=f"States: {', '.join(_STATES)}.")
    with call.app.database.read() as tx:
        rows, total = search(tx, _STATES[state], words, limit, int(call.query["before"]))
    following = rows[-1].number if len(rows) < total else None
    return Incidents(views.SCHEMA, [views.row(found) for found in rows], following)


def _incident(call: Call) -> views.IncidentView:
    identifier = IncidentId(call.path["incident"])
    with call.app.database.read() as tx:
        _exists(call, identifier)
        found = load(tx, identifier)
        return views.incident(found, records(tx, identifier), near(tx, found))


def _timeline(call: Call) -> Timeline:
    identifier = IncidentId(call.path["incident"])
    _exists(call, identifier)
    with call.app.database.read() as tx:
        return Timeline(identifier, views.lines(records(tx, identifier)))


def _evidence(call: Call) -> Evidence:
    identifier = IncidentId(call.path["incident"])
    _exists(call, identifier)
    with call.app.database.read() as tx:
        found = evidence.get(tx, EvidenceId(call.path["evidence"]))
    if found is None or found.incident != identifier:
        raise NotFound(f"{identifier} has no evidence of that name.")
    meta = msgspec.json.decode(found.meta, type=dict[str, object])
    return Evidence(
        found.id, found.incident, found.run, found.stdout, found.stderr, meta, found.sha256, found.at
    )  # fmt: skip


def _checks(call: Call) -> Checks:
    found = []
    with call.app.database.read() as tx:
        for spec in call.app.settings.checks:
            kept = checks.history(tx, spec.name, call.now - timedelta(hours=1), limit=1)
            found.append(_sample(spec.name, kept[-1] if kept else None))
    return Checks(found)


def _samples(call: Call) -> Samples:
    name = CheckName(call.path["check"])
    if not any(spec.name == name for spec in call.app.settings.checks):
        raise NotFound(f'There is no check "{name}".')
    since = call.now - timedelta(hours=int(call.query["hours"]))
    with call.app.database.read() as tx:
        kept = checks.history(tx, name, since, int(call.query["limit"]))
    return Samples(name, [_sample(name, each) for each in kept])


def _sample(name: str, last: KeptSample | None) -> SampleView:
    if last is None:
        return SampleView(name, None, Verdict.UNKNOWN, None, None)
    took = last.took / timedelta(milliseconds=1) if last.took is not None else None
    return SampleView(name, last.at, last.verdict, took, last.message)


def _insights(call: Call) -> Insights:
    since = call.now - timedelta(days=int(call.query["days"]))
    drills = call.query["drills"] == "true"
    rows = []
    with call.app.database.read() as tx:
        for row in incidents.listing(tx, limit=100_000):
            if row.opened_at < since or (row.drill and not drills):
                continue
            one = measure(load(tx, row.id), records(tx, row.id))
            if one is not None:
                rows.append((load(tx, row.id), one))
    zone = call.now.tzinfo
    assert zone is not None
    whole = summary(rows, call.now, zone)
    return Insights(
        since,
        whole.incidents,
        MEASURES,
        {
            severity: {
                name: Spread(
                    each.count,
                    each.median.total_seconds(),
                    each.p90.total_seconds(),
                    each.worst.total_seconds(),
                )
                for name, each in kept.items()
            }
            for severity, kept in whole.by_severity.items()
        },
        whole.missed,
        [LoadView(each.person, each.pages, each.night) for each in whole.load],
        whole.sections,
        whole.open_actions,
        whole.overdue_actions,
    )


def _me(call: Call) -> Me:
    return Me(call.caller.person, call.caller.scope, call.caller.via)


def _health(call: Call) -> Health:
    return Health(*health(call.app, _ALIVE_WITHIN))


def _exists(call: Call, identifier: IncidentId) -> None:
    with call.app.database.read() as tx:
        if not incidents.exists(tx, identifier):
            raise NotFound(f"There is no incident {identifier}.")


_STATE = Query("state", "open, resolved, drills or all", default="open")
_WORDS = Query("q", "only those that hold every one of these words")
_BEFORE = Query(
    "before", "only those with a smaller number, to page on", "count", str(_NUMBER_MAX), _NUMBER_MAX
)
_HOURS = Query("hours", "how far back", "count", "1", 24 * 7)
_MOST = Query("limit", "how many at most, the newest", "count", "1000", 5_000)
_LIMIT = Query("limit", "how many at most", "count", "100")
_DAYS = Query("days", "how far back", "count", "90", 3_660)
_DRILLS = Query("drills", "count rehearsals too", "flag", "false")
OPERATIONS = (
    Operation("GET", "/api/v1/incidents", "list_incidents", "Incidents, the newest first.", _VIEWER, Incidents,
              _incidents, query=(_STATE, _WORDS, _BEFORE, _LIMIT)),
    Operation("GET", _INCIDENT, "get_incident", "One incident: where it stands, what waits, its timeline.", _VIEWER,
              views.IncidentView, _incident),
    Operation("GET", _INCIDENT + "/timeline", "get_timeline", "What happened, in order.", _VIEWER, Timeline, _timeline),
    Operation("GET", _INCIDENT + "/evidence/{evidence}", "get_evidence", "What a step showed.", _VIEWER, Evidence,
              _evidence),
    Operation("GET", "/api/v1/checks", "list_checks", "Every check with its last sample.", _VIEWER, Checks, _checks,
              tag="checks"),
    Operation("GET", "/api/v1/checks/{check}/samples", "list_samples", "What a check saw lately.", _VIEWER, Samples,
              _samples, query=(_HOURS, _MOST), tag="checks"),
    Operation("GET", "/api/v1/insights", "get_insights", "How well it went, over many incidents.", _VIEWER, Insights,
              _insights, query=(_DAYS, _DRILLS), tag="insights"),
    Operation("GET", "/api/v1/me", "get_me", "Who you are here, and what you may do.", _VIEWER, Me, _me, tag="tokens"),
    Operation("GET", "/api/v1/health", "get_health", "Whether the engine turns.", _VIEWER, Health, _health,
              tag="checks"),
)  # fmt: skip
