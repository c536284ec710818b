"""Specialists: whose case it is hears of it at once, beside the levels (ESC-04).

PrepChef "Emergency Contacts" (security team, database team, CEO for major incidents); CookCam "Escalation", where
database operations are a duty of level 2. A special contact of tocsin.toml comes first; without one, the level whose
duties name the case. They are paged as level 0: being called as a specialist moves no escalation and stops none.
"""

from tocsin.comms import message
from tocsin.incident.events import Event, IncidentDeclared, MajorDeclared, SeverityChanged
from tocsin.oncall.contacts import CASES, called_for, duty_of
from tocsin.oncall.person import Person
from tocsin.oncall.schedule import SpecialContact
from tocsin.response import escalate, tell
from tocsin.response.turn import Turn

LEVEL = 0


def react(turn: Turn, event: Event) -> None:
    """Wake whose case it is; tell those who hear of every major incident."""
    match event:
        case IncidentDeclared():
            _wake_specialists(turn)
            if turn.incident.rank == 0:
                _tell_major(turn, f"{turn.incident.severity} declared")
        case SeverityChanged() if event.rank == 0 < turn.incident.rank_before:
            _tell_major(turn, f"raised to {event.severity}")
        case MajorDeclared(by, because):
            _tell_major(turn, f"{by} declares it major: {because}")


def _wake_specialists(turn: Turn) -> None:
    roster = turn.situation.roster
    words = _words(turn)
    for contact, because in called_for(roster.contacts, words):
        for person in roster.contact(contact):
            _wake(turn, person, because)
    bound = {contact.name for contact in roster.contacts}
    unbound = [SpecialContact(name, (), cases) for name, cases in CASES.items() if name not in bound]
    for contact, because in called_for(unbound, words):
        level = duty_of(turn.situation.book.policy, contact.name)
        for person in roster.at(level) if level is not None else ():
            _wake(turn, person, f"{because}, a duty of level {level}")


def _words(turn: Turn) -> tuple[str, ...]:
    """What the incident says of itself."""
    declared = turn.incident.declared
    if declared is None:
        return ()
    claims = [text for alert in turn.incident.alerts.values() for text in (alert.title, alert.impact) if text]
    return (declared.title, declared.section_title or "", *claims)


def _wake(turn: Turn, person: Person, why: str) -> None:
    """Nobody is woken twice in the same breath."""
    if all(
        page.queued.person != person.id or not page.queued.urgent for page in turn.incident.pages.values()
    ):
        escalate.wake(turn, person, LEVEL, why)


def _tell_major(turn: Turn, what: str) -> None:
    """Whoever hears of major incidents is told once, without being woken; what level 3 was told is not told again."""
    roster = turn.situation.roster
    for contact in roster.contacts:
        for person in roster.contact(contact) if contact.major else ():
            if all(page.queued.person != person.id for page in turn.incident.pages.values()):
                line, body = message.information(turn.incident, what)
                tell.send(turn, person, LEVEL, what, line, body)
