"""The incident room: one page, one stream; the page and the stream show the same blocks of one template."""

from functools import partial

from starlette.responses import Response

from tocsin.errors import NotFound, TocsinError
from tocsin.incident.incident import Incident
from tocsin.incident.line import Line
from tocsin.incident.said import AUDIENCES, PUBLIC
from tocsin.incident.team import ROLES
from tocsin.kit.ids import EvidenceId, IncidentId, PersonId
from tocsin.oncall.person import AccessRole
from tocsin.runbook.book import Runbook
from tocsin.runbook.defaults import default_levels
from tocsin.store import evidence
from tocsin.store.tx import Tx
from tocsin.web.pages import room_view
from tocsin.web.pages.act import incident_of
from tocsin.web.pages.live import MEASURED, Live, Snapshot
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import page, text
from tocsin.web.pages.rooms import Room
from tocsin.web.pages.steps import steps
from tocsin.web.pages.streams import streamed

_ROWS_FIRST = 150
_REGIONS = ("head", "phases", "clocks", "decision", "runbook", "people", "updates", "tabs")  # and "nearby"
_ICONS = {
    "alert": "siren", "page": "bell-ring", "person": "user", "look": "eye", "result": "circle-check", "ask": "timer",
    "run": "zap", "hand": "hand", "refuse": "lock", "check": "activity", "verify": "shield-check", "clock": "clock",
    "note": "message-square", "doubt": "circle-help", "update": "megaphone", "mind": "triangle-alert", "task": "square-check", "role": "user", "team": "users", "end": "circle-check",
}  # fmt: skip


def book_of(live: Live, tx: Tx, incident: Incident) -> Runbook | None:
    """The runbook an incident is pinned to; None where its text is gone."""
    declared = incident.declared
    if declared is None:
        return None
    try:
        return live.app.library.book(tx, declared.runbook_sha256, declared.runbook_path)
    except TocsinError:
        return None


def values(live: Live, tx: Tx, room: Room, token: str) -> dict[str, object]:
    """Everything the blocks of a room read. Nothing in it is about who looks."""
    incident = room.incident
    roster = live.app.settings.roster

    def named(person: PersonId | str | None) -> str:
        known = roster.person(PersonId(person)) if person is not None else None
        return known.name if known is not None else str(person or "")

    plan = steps(incident, book_of(live, tx, incident))
    cards = (*plan.cards, *plan.others)
    return {
        "incident": incident,
        "declared": incident.declared,
        "named": named,
        "plan": plan,
        "cards": cards,
        "phases": room_view.phases(incident),
        **measured(live, tx, incident),
        "decision": room_view.decision(incident, cards),
        "people": room_view.people(incident, named),
        "firing": room_view.stated(incident),
        "updates": list(incident.said.updates.values())[::-1],
        "outdated": room_view.outdated(incident),
        "icons": _ICONS,
        "csrf": token,
        "here": f"/incidents/{incident.id}",
    }


def measured(live: Live, tx: Tx, incident: Incident) -> dict[str, object]:
    """What the block of the clocks reads: it goes on though nothing happens."""
    now = live.app.clock.now()
    return {
        "clocks": room_view.clocks(incident, now),
        "measures": room_view.measures(tx, incident, now),
        "now": now,
    }


def _nearby(live: Live, tx: Tx, incident: Incident) -> tuple[room_view.Nearby, ...]:
    return room_view.nearby(tx, incident, lambda inner, other: live.rooms.room(inner, other).incident)


def row(line: Line) -> str:
    """One line of the timeline as the page shows it."""
    return text("room/row.html", line=line, icons=_ICONS)


def source(live: Live, tx: Tx, name: str, before: Snapshot | None) -> Snapshot | None:
    """The room of a topic "room INC-12", rendered once for everybody who looks.

    What happens beside the incident comes with none of its events, so it is read by the clock: an event of the incident
    itself finds it as it was a few seconds ago.
    """
    identifier = IncidentId(name.partition(" ")[2])
    try:
        room = live.rooms.room(tx, identifier)
    except NotFound:
        return None
    incident, moment = room.incident, live.app.clock.monotonic()
    news = before is None or before.position != incident.position
    stale = before is None or moment - before.aside >= MEASURED.total_seconds()
    if before is not None and not news and not (incident.open and stale):
        return before
    found = values(live, tx, room, live.mark) if news else measured(live, tx, incident)
    regions = dict(before.regions) if before is not None else {}
    for region in _REGIONS if news else ("clocks",):
        regions[region] = text(f"room/{region}.html", **found)
    if stale:
        regions["nearby"] = text("room/nearby.html", nearby=_nearby(live, tx, incident))
    aside = moment if stale or before is None else before.aside
    return Snapshot(incident.position, regions, partial(_rows, room.lines), aside=aside)


def _rows(lines: tuple[Line, ...], after: int) -> tuple[str, ...]:
    return tuple(row(line) for line in lines[-_ROWS_FIRST:] if line.position > after)


def _show(visit: Visit) -> Response:
    identifier = IncidentId(incident_of(visit))
    whole = visit.query.get("lines") == "all"
    with visit.app.database.read() as tx:
        room = visit.live.rooms.room(tx, identifier)
        found = values(visit.live, tx, room, visit.csrf) | {"nearby": _nearby(visit.live, tx, room.incident)}
    lines = room.lines if whole else room.lines[-_ROWS_FIRST:]
    draft = room.incident.said.draft(PUBLIC)
    policy = visit.app.library.current.policy
    return page(
        visit, "room.html", "incidents", lines=lines[::-1], hidden=len(room.lines) - len(lines), draft=draft,
        position=room.incident.position, audiences=AUDIENCES, roster=visit.app.settings.roster.people,
        roles=ROLES, severities=[each.name for each in policy.severities] or list(default_levels()),
        me_id=visit.me.person, **{key: each for key, each in found.items() if key not in ("now", "csrf")},
    )  # fmt: skip


def _stream(visit: Visit) -> Response:
    identifier = incident_of(visit)
    return streamed(visit, source, f"room {identifier}")


def _evidence(visit: Visit) -> Response:
    identifier = IncidentId(incident_of(visit))
    with visit.app.database.read() as tx:
        found = evidence.get(tx, EvidenceId(visit.path["evidence"]))
        if found is None or found.incident != identifier:
            raise NotFound(f"{identifier} has no evidence of that name.")
        run = next(
            (
                r
                for r in visit.live.rooms.room(tx, identifier).incident.runs.values()
                if r.queued.run == found.run
            ),
            None,
        )
    return page(visit, "evidence.html", "incidents", found=found, run=run, here=f"/incidents/{identifier}")


PAGES = (
    Page("GET", "/incidents/{incident}", AccessRole.VIEWER, _show),
    Page("GET", "/incidents/{incident}/stream", AccessRole.VIEWER, _stream),
    Page("GET", "/incidents/{incident}/evidence/{evidence}", AccessRole.VIEWER, _evidence),
)
