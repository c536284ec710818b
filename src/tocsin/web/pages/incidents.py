"""The list of incidents: what is open first, each with what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.oncall.schedule import on_call
from tocsin.store import amendments, incidents, log
from tocsin.store.incident_search import Which, search
from tocsin.store.incidents import IncidentRow
from tocsin.store.tx import Tx
from tocsin.web.pages.live import Live, Snapshot
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page, text
from tocsin.web.pages.streams import streamed

_SHOWN = 100
_WANTS_OF = 30
_SHOWS = {each.value: each for each in Which}


@dataclass(frozen=True, slots=True)
class Level:
    """Who is on call at a level now."""

    level: int
    names: tuple[str, ...]


def _rows(tx: Tx, which: Which, q: str) -> tuple[tuple[IncidentRow, ...], int]:
    """The incidents of a list, and how many more there are."""
    found, total = search(tx, which, q.split(), _SHOWN)
    if which is Which.OPEN:
        # Whoever has nobody comes first, then the worst.
        found = tuple(
            sorted(found, key=lambda row: (row.stage != "detected", row.severity or "~", -row.number))
        )
    return found, total - len(found)


def _wants(live: Live, tx: Tx, rows: tuple[IncidentRow, ...]) -> Mapping[IncidentId, str]:
    """What each of these incidents needs from a person, in a phrase."""
    found: dict[IncidentId, str] = {row.id: "" for row in rows}
    for row in [each for each in rows if each.resolved_at is None][:_WANTS_OF]:
        incident = live.rooms.room(tx, row.id).incident
        if incident.in_doubt:
            found[row.id] = f"in doubt: step {incident.in_doubt[0].queued.number}"
        elif (ask := incident.open_ask) is not None:
            found[row.id] = f"needs a decision: step {ask.made.number}"
        elif not incident.acknowledged:
            found[row.id] = "nobody has it yet"
    return found


def _clear_since(tx: Tx) -> datetime | None:
    ended = [row.resolved_at for row in incidents.listing(tx, limit=50) if row.resolved_at is not None]
    return max(ended, default=None)


def _values(live: Live, tx: Tx, show: str, q: str, now: datetime) -> dict[str, object]:
    rows, more = _rows(tx, _SHOWS[show], q)
    return {
        "rows": rows, "more": more, "wants": _wants(live, tx, rows), "show": show, "q": q, "now": now,
        "clear_since": _clear_since(tx) if not rows else None,
    }  # fmt: skip


def _show(visit: Visit) -> Response:
    show = visit.query.get("show", "open")
    show = show if show in _SHOWS else "open"
    plan = visit.app.settings.oncall
    with visit.app.database.read() as tx:
        found = _values(visit.live, tx, show, visit.query.get("q", "")[:200], visit.now)
        held = amendments.holding(tx, visit.now)
    levels = [
        Level(number, tuple(visit.name(each) for each in on_call(plan, held, number, visit.now).people))
        for number in range(1, len(plan.levels) + 1)
    ]
    return page(
        visit, "incidents.html", "incidents", levels=levels,
        **{key: value for key, value in found.items() if key != "now"},
    )  # fmt: skip


def source(live: Live, tx: Tx, name: str, before: Snapshot | None) -> Snapshot | None:
    """The open incidents, rendered once for everybody who looks at the list."""
    position = log.last_seq(tx)
    if before is not None and before.position == position:
        return before  # a clock in a row counts by itself; only an event is news
    found = _values(live, tx, "open", "", live.app.clock.now())
    return Snapshot(position, {"list": text("list.html", **found)})


def _stream(visit: Visit) -> Response:
    return streamed(visit, source, "incidents")


def _home(visit: Visit) -> Response:
    return RedirectResponse("/incidents", 303)


PAGES = (
    Page("GET", "/", AccessRole.VIEWER, _home),
    Page("GET", "/incidents", AccessRole.VIEWER, _show),
    Page("GET", "/incidents/stream", AccessRole.VIEWER, _stream),
)
