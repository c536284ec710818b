"""Telling people something without waking them: one message, one entry in the log."""

from tocsin.comms import message
from tocsin.incident.commands import Page
from tocsin.incident.events import PageQueued
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import Person
from tocsin.response.turn import Turn


def person(turn: Turn, wanted: PersonId | None) -> Person | None:
    """The person, if there is one of that name who can be reached."""
    found = turn.situation.roster.person(wanted) if wanted is not None else None
    return found if found is not None and found.methods else None


def on_call(turn: Turn) -> Person | None:
    """The first person of the level that was called last."""
    people = turn.situation.roster.at(max(turn.incident.level, 1))
    return people[0] if people else None


def whoever_leads(turn: Turn) -> Person | None:
    """The commander, else the first person of the level that was called last."""
    return person(turn, turn.incident.commander) or on_call(turn)


def one(turn: Turn, whom: Person, what: str) -> None:
    """Tell one person one thing about this incident."""
    incident = turn.incident
    if incident.declared is None:
        return
    line, body = message.information(incident, what)
    send(turn, whom, max(incident.level, 1), what, line, body)


def leader(turn: Turn, what: str) -> None:
    """Tell whoever leads."""
    whom = whoever_leads(turn)
    if whom is not None:
        one(turn, whom, what)


def everybody(turn: Turn, what: str) -> None:
    """Tell everybody who was called or has a role, once each, and nobody who was released."""
    incident = turn.incident
    involved = {page.queued.person for page in incident.pages.values()} | set(incident.roles.values())
    for found in turn.situation.roster.people:
        if found.id in involved - incident.team.released and found.methods:
            one(turn, found, what)


def send(turn: Turn, whom: Person, level: int, why: str, line: str, body: str, kind: str = "inform") -> None:
    """Record and ask for one message that wakes nobody."""
    incident = turn.incident
    if incident.declared is None:
        return
    key = incident.next_page()
    turn.record(PageQueued(key, level, whom.id, why, urgent=False))
    turn.command(Page(key, incident.id, whom.id, level, kind, line, body, incident.declared.drill))
