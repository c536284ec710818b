"""Checks and jobs: state, the last hours as a picture, p95 against the limit, and what was late or missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from tocsin.detection.check import CheckSpec, Verdict
from tocsin.detection.condition import CheckState
from tocsin.detection.explain import explained
from tocsin.detection.heartbeat import Standing
from tocsin.errors import InputError
from tocsin.kit import codec
from tocsin.oncall.person import AccessRole
from tocsin.store import checks, heartbeats, job_runs
from tocsin.store.checks import KeptSample
from tocsin.store.heartbeats import HeartbeatRow, PingRow
from tocsin.store.job_runs import JobRun
from tocsin.store.tx import Tx
from tocsin.web.pages import steps
from tocsin.web.pages.charts import Graph, graph
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page

_SPANS = {"1": timedelta(hours=1), "6": timedelta(hours=6), "24": timedelta(hours=24)}
_SAMPLES_MAX = 5_000
_RUNS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class CheckCard:
    """One check. p95: of the samples in the picture that measured something; uptime: share of them that were up."""

    spec: CheckSpec
    state: CheckState
    badge: steps.Badge
    rules: tuple[str, ...]
    graph: Graph | None
    p95: timedelta | None
    limit: timedelta | None
    uptime: float | None
    count: int


@dataclass(frozen=True, slots=True)
class JobCard:
    """One job that reports by itself, and its newest pings."""

    row: HeartbeatRow
    standing: Standing
    badge: steps.Badge
    about: str
    pings: tuple[PingRow, ...]


@dataclass(frozen=True, slots=True)
class StartedCard:
    """One job that tocsin starts, and its newest runs."""

    name: str
    runs: tuple[JobRun, ...]


def verdict_badge(verdict: Verdict) -> steps.Badge:
    """A verdict as colour, icon and word. Unknown is a state of its own, never green."""
    match verdict:
        case Verdict.UP:
            return steps.Badge("Up", "circle-check", "ok")
        case Verdict.DEGRADED:
            return steps.Badge("Degraded", "triangle-alert", "change")
        case Verdict.DOWN:
            return steps.Badge("Down", "circle-x", "danger")
        case Verdict.UNKNOWN:
            return steps.Badge("No data", "circle-help", "")


def standing_badge(standing: Standing) -> steps.Badge:
    """How a job stands as colour, icon and word."""
    word = standing.value.replace("_", " ").capitalize()
    match standing:
        case Standing.DUE:
            return steps.Badge("On time", "circle-check", "ok")
        case Standing.RUNNING:
            return steps.Badge(word, "refresh-cw", "read")
        case Standing.LATE:
            return steps.Badge(word, "clock", "change")
        case Standing.MISSED | Standing.FAILED | Standing.TOO_LONG | Standing.NEVER_SEEN:
            return steps.Badge(word, "circle-x", "danger")
        case Standing.NEW | Standing.PAUSED:
            return steps.Badge(word, "circle-help", "")


def _check(
    spec: CheckSpec, state: CheckState, kept: Sequence[KeptSample], since: datetime, now: datetime
) -> CheckCard:
    took = sorted(each.took for each in kept if each.took is not None and each.verdict is not Verdict.UNKNOWN)
    measured = [each for each in kept if each.verdict is not Verdict.UNKNOWN]
    limit = _limit(spec)
    return CheckCard(
        spec,
        state,
        verdict_badge(state.verdict),
        explained(spec),
        graph([(each.at, each.took, each.verdict.value) for each in kept], since, now, limit),
        took[min(int(len(took) * 0.95), len(took) - 1)] if took else None,
        limit,
        sum(1 for each in measured if each.verdict is Verdict.UP) / len(measured) if measured else None,
        len(kept),
    )


def _limit(spec: CheckSpec) -> timedelta | None:
    """From when on an answer counts as slow, where the check says so."""
    for key in ("slow", "degraded_after", "max_total"):
        written = spec.settings.get(key)
        if isinstance(written, timedelta):
            return written
    return None


def _state(text: str | None) -> CheckState:
    if text is None:
        return CheckState()
    try:
        return codec.decode(text, CheckState)
    except InputError:
        return CheckState()  # of another version; the engine begins anew as well


def _jobs(visit: Visit, tx: Tx) -> list[JobCard]:
    found = []
    known = visit.app.heartbeats
    for row in heartbeats.listing(tx):
        spec = known.spec(row.name, row.spec)
        if spec is None:
            continue
        standing = known.standing(row, spec)
        about = known.hint(spec, known.state(row)) or ""
        found.append(
            JobCard(row, standing, standing_badge(standing), about, heartbeats.pings(tx, row.id, _RUNS_SHOWN))
        )
    return found


def _show(visit: Visit) -> Response:
    hours = visit.query.get("hours", "1")
    hours = hours if hours in _SPANS else "1"
    since = visit.now - _SPANS[hours]
    with visit.app.database.read() as tx:
        states = checks.states(tx)
        cards = [
            _check(
                spec,
                _state(states.get(spec.name)),
                checks.history(tx, spec.name, since, _SAMPLES_MAX),
                since,
                visit.now,
            )
            for spec in visit.app.settings.checks
        ]
        jobs = _jobs(visit, tx)
        names = [f"reconcile {each.name}" for each in visit.app.settings.reconciliations]
        started = [StartedCard(name, job_runs.listing(tx, name, _RUNS_SHOWN)) for name in names]
    order = {Verdict.DOWN: 0, Verdict.DEGRADED: 1, Verdict.UNKNOWN: 2, Verdict.UP: 3}
    cards.sort(key=lambda each: order[each.state.verdict])
    return page(
        visit,
        "checks.html",
        "checks",
        cards=cards,
        jobs=jobs,
        started=started,
        hours=hours,
        spans=list(_SPANS),
    )


PAGES = (Page("GET", "/checks", AccessRole.VIEWER, _show),)
