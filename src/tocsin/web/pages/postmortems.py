"""Post-mortems: what is owed, and the editor: the draft from the log, its lint, its action items."""

from datetime import UTC
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from tocsin.engine.history import load
from tocsin.engine.publish import Reading, read
from tocsin.errors import NotFound, TocsinError
from tocsin.incident.incident import Incident
from tocsin.incident.state import ActionView, PostmortemState
from tocsin.kit.ids import IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.store import incidents
from tocsin.web.api.postmortems import Written
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, page

_LISTED = 100
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_block", "html_inline"])
)
# What may come next from each state, with the words on the button.
_NEXT = {
    PostmortemState.DRAFT: ((PostmortemState.IN_REVIEW, "Hand in for review"),),
    PostmortemState.IN_REVIEW: (
        (PostmortemState.REVIEWED, "It is reviewed"), (PostmortemState.DRAFT, "Back to draft"),
    ),
    PostmortemState.REVIEWED: (
        (PostmortemState.PUBLISHED, "Publish"), (PostmortemState.DRAFT, "Back to draft"),
    ),
    PostmortemState.PUBLISHED: (),
}  # fmt: skip


def _list(visit: Visit) -> Response:
    with visit.app.database.read() as tx:
        rows = [row for row in incidents.listing(tx, limit=_LISTED) if not row.drill]
        known = [load(tx, row.id) for row in rows]
    over = [each for each in known if each.resolved_at is not None]
    open_items: list[tuple[Incident, ActionView]] = [
        (incident, item) for incident in known for item in incident.actions.values() if item.closed is None
    ]
    open_items.sort(key=lambda each: each[1].opened.due)
    return page(visit, "postmortems.html", "postmortems", over=over, items=open_items)


def _found(visit: Visit) -> Incident:
    identifier = IncidentId(act.incident_of(visit))
    with visit.app.database.read() as tx:
        if not incidents.exists(tx, identifier):
            raise NotFound(f"There is no incident {identifier}.")
        return load(tx, identifier)


def _reading(visit: Visit, incident: Incident) -> Reading | None:
    """The text with its findings; None where there is none, or its file has gone."""
    if incident.postmortem is None:
        return None
    today = visit.now.astimezone(UTC).date()
    try:
        return read(Path(incident.postmortem.path), visit.app.settings.roster.people, today)
    except TocsinError:
        return None


def _edit(visit: Visit) -> Response:
    incident = _found(visit)
    reading = _reading(visit, incident)
    html = Markup(_MARKDOWN.render(reading.document.text)) if reading is not None else ""  # noqa: S704 -- escaped by the renderer
    return page(
        visit, "postmortem.html", "postmortems", incident=incident, reading=reading, html=html,
        people=visit.app.settings.roster.people, next_states=_NEXT[incident.postmortem_state],
        here=f"/postmortems/{incident.id}", show=visit.query.get("show", "edit"),
    )  # fmt: skip


def _save(visit: Visit) -> Response:
    identifier = act.incident_of(visit)
    written = act.do(visit, act.BY_NAME["write_postmortem"], identifier)
    assert isinstance(written, Written)
    if visit.quiet:
        return JSONResponse({"said": "Saved.", "fields": {"sha256": written.sha256}})
    return done(visit, "Saved.", f"/postmortems/{identifier}")


PAGES = (
    Page("GET", "/postmortems", AccessRole.VIEWER, _list),
    Page("GET", "/postmortems/{incident}", AccessRole.VIEWER, _edit),
    Page("POST", "/postmortems/{incident}/text", AccessRole.RESPONDER, _save),
)
