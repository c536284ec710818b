"""The one place where a step is approved: everything about it, the safe choice first. A sheet with a script, a page without."""

from dataclasses import replace

from starlette.responses import Response

from tocsin.app.proofs import proven
from tocsin.errors import NotFound, TocsinError
from tocsin.incident import events as ev
from tocsin.incident.approval import objection
from tocsin.incident.incident import Incident
from tocsin.incident.preview import tried
from tocsin.incident.said import Update
from tocsin.incident.state import Ask, AskState
from tocsin.kit.ids import AskId, IncidentId
from tocsin.oncall.person import AccessRole
from tocsin.web.api.serve import status_of
from tocsin.web.pages import act
from tocsin.web.pages.page import Page, Visit
from tocsin.web.pages.render import done, page
from tocsin.web.pages.steps import badge


def _asked(visit: Visit) -> tuple[Incident, Ask]:
    identifier = IncidentId(act.incident_of(visit))
    with visit.app.database.read() as tx:
        incident = visit.live.rooms.room(tx, identifier).incident
    ask = incident.asks.get(AskId(visit.path["ask"]))
    if ask is None:
        raise NotFound(f"{identifier} asked nothing of that name.")
    return incident, ask


def _review(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    incident, ask = _asked(visit)
    made = ask.made
    waits = ask.state is AskState.OPEN and visit.now < made.expires
    return page(
        visit, "review.html", "incidents", status, incident=incident, ask=ask, made=made, waits=waits, wrong=wrong,
        badge=badge(made.effect, made.undoable), here=f"/incidents/{incident.id}", objection=_objection(visit, ask),
        drilled=_drilled(visit, incident), tried=tried(incident, ask, visit.now), reject=visit.query.get("reject") == "1",
    )  # fmt: skip


def _drilled(visit: Visit, incident: Incident) -> str:
    """What drills have proven of the incident's section, in a sentence."""
    declared = incident.declared
    if declared is None or declared.section is None:
        return "no section, no drill"
    with visit.app.database.read() as tx:
        book = visit.app.library.current
        library = proven(tx, visit.app.settings.runbook, book, visit.now)
    found = next((each for each in library.covered if each.anchor == declared.section), None)
    return found.because if found is not None else "no drill of this section is on record"


def _objection(visit: Visit, ask: Ask) -> str:
    """What the engine would say to a yes of the visitor, apart from what is still to be typed; "" for nothing."""
    if visit.me.person is None:
        return ""
    would = ev.Approved(ask.made.ask, visit.me.person, ask.made.digest, ask.made.target)
    return objection(ask, would, visit.now) or ""


def _approve(visit: Visit) -> Response:
    incident, ask = _asked(visit)
    operation = act.BY_NAME["approve"]
    form = {**visit.form, "path.ask": ask.made.ask}
    try:
        act.do(_with_form(visit, form), operation, incident.id)
    except TocsinError as problem:
        if visit.quiet:
            raise
        # An error never looks like a success: the review stays, and says what was wrong.
        return _review(visit, status_of(problem), f"{problem.message} {problem.hint or ''}".strip())
    return done(visit, f"Approved: step {ask.made.number}.", f"/incidents/{incident.id}")


def _with_form(visit: Visit, form: dict[str, str]) -> Visit:
    return replace(visit, form=form)


def _send(visit: Visit) -> Response:
    identifier = IncidentId(act.incident_of(visit))
    with visit.app.database.read() as tx:
        incident = visit.live.rooms.room(tx, identifier).incident
    update: Update | None = incident.said.updates.get(visit.path["update"])
    if update is None:
        raise NotFound(f"{identifier} has no update of that name.")
    return page(
        visit, "send.html", "incidents", incident=incident, update=update, here=f"/incidents/{identifier}"
    )


PAGES = (
    Page("GET", "/incidents/{incident}/asks/{ask}", AccessRole.VIEWER, _review),
    Page("POST", "/incidents/{incident}/asks/{ask}/approve", AccessRole.RESPONDER, _approve),
    Page("GET", "/incidents/{incident}/updates/{update}", AccessRole.VIEWER, _send),
)
