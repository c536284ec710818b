"""Insights: how long it took, who was woken, what came back, and which sections may be trusted. Numbers from the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import Response

from tocsin.app.proofs import proven
from tocsin.drill.coverage import Covered
from tocsin.engine.history import load, records
from tocsin.incident.incident import Incident
from tocsin.incident.measures import MEASURES, Measures, measure, summary
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents
from tocsin.store.tx import Tx
from tocsin.web.pages import runbooks
from tocsin.web.pages.charts import Spark, spark
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page

SPANS = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365)}
FEW = 5  # below that many a median says nothing
_MOST = 2_000
_LATEST = 20


@dataclass(frozen=True, slots=True)
class Trust:
    """How a section did when it was needed. changes, helped: of the incidents that went by it."""

    covered: Covered
    used: int
    changes: int
    helped: int

    @property
    def share(self) -> float | None:
        """How many of its changes helped, or None before any was made."""
        return self.helped / self.changes if self.changes else None


def _measured(tx: Tx, since: datetime, *, drills: bool) -> list[tuple[Incident, Measures]]:
    found = []
    for row in incidents.listing(tx, limit=_MOST):
        if row.opened_at < since or (row.drill and not drills):
            continue
        incident = load(tx, row.id)
        one = measure(incident, records(tx, row.id))
        if one is not None:
            found.append((incident, one))
    return found


def _zone(visit: Visit) -> tuple[tzinfo, str]:
    """Whose nights count: those asked for, else those of the first level, else UTC's."""
    asked = visit.query.get("zone", "")[:60]
    try:
        if asked:
            return ZoneInfo(asked), asked
    except (ZoneInfoNotFoundError, ValueError):
        pass  # not a zone: the plan's own is shown, and named
    zone = next((each.zone for each in visit.app.settings.oncall.levels if each.zone is not None), None)
    return (zone, str(zone)) if zone is not None else (UTC, "UTC")


def _trust(covered: Sequence[Covered], found: Sequence[tuple[Incident, Measures]]) -> list[Trust]:
    rows = []
    for each in covered:
        mine = [
            one
            for _, one in found
            if one.section is not None and one.section.casefold() == each.title.casefold()
        ]
        rows.append(Trust(each, len(mine), sum(one.changes for one in mine), sum(one.helped for one in mine)))
    return rows


def _line(found: Sequence[tuple[Incident, Measures]]) -> Spark | None:
    """The times to mitigate of the latest incidents, oldest first."""
    latest = sorted(found, key=lambda each: each[1].declared_at)[-_LATEST:]
    times = [one.times["mitigate"] for _, one in latest]
    return spark([each / timedelta(minutes=1) for each in times if each is not None])


def _show(visit: Visit) -> Response:
    days = visit.query.get("days", "90")
    days = days if days in SPANS else "90"
    drills = visit.query.get("drills") == "1"
    zone, zone_name = _zone(visit)
    app = visit.app
    with app.database.read() as tx:
        found = _measured(tx, visit.now - SPANS[days], drills=drills)
        library = proven(tx, app.settings.runbook, app.library.current, visit.now)
    whole = summary(found, visit.now, zone)
    return page(
        visit, "insights.html", "insights", whole=whole, days=days, spans=list(SPANS), drills=drills, measures=MEASURES,
        few=FEW, zone_name=zone_name, trust=_trust(library.covered, found), badge=runbooks.badge, line=_line(found),
        most=max((each.pages for each in whole.load), default=1), cut=_MOST if len(found) >= _MOST else 0,
        small=any(kept.count < FEW for by in whole.by_severity.values() for kept in by.values()),
    )  # fmt: skip


PAGES = (Page("GET", "/insights", AccessRole.VIEWER, _show),)
