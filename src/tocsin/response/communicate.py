"""Communicate: a draft for the people who wait, at once and when it is over. A person sends it (COM-04).

CookCam "Update status page", "Communication"; PrepChef step 3 and its Emergency Communication Template.
"""

from tocsin.comms import message, templates
from tocsin.incident.commands import Page
from tocsin.incident.events import Event, IncidentDeclared, PageQueued, Resolved, UpdateDrafted
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """Draft the first and the last update; tell everybody who was woken that it is over."""
    match event:
        case IncidentDeclared():
            _draft(turn)
        case Resolved():
            _draft(turn)
            _tell_everyone(turn, event)


def _draft(turn: Turn) -> None:
    text = templates.fill(turn.situation.book.policy, turn.incident, turn.situation.now)
    turn.record(UpdateDrafted("team", text))


def _tell_everyone(turn: Turn, resolved: Resolved) -> None:
    """Everybody who was paged is told, once each (RES-07)."""
    incident = turn.incident
    if incident.declared is None:
        return
    told: dict[str, int] = {}
    for page in incident.pages.values():
        told.setdefault(page.queued.person, page.queued.level)
    for person in turn.situation.roster.people:
        if person.id not in told:
            continue
        key = turn.incident.next_page()
        turn.record(PageQueued(key, told[person.id], person.id, "resolved", urgent=False))
        line, body = message.over(incident.declared, incident.severity, resolved)
        turn.command(
            Page(key, incident.id, person.id, told[person.id], "inform", line, body, incident.declared.drill)
        )
