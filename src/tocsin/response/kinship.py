"""Incidents that are more than themselves: a break-in, the same trouble twice.

Rules SEC-01, SEC-02, SEC-04, DEC-06; PrepChef "Emergency Contacts" (security team) and "2. Stripe Key Compromise".
"""

from tocsin.detection.alert import Alert
from tocsin.incident.events import Absorbed, Event, Merged, Relapsed, Resolved, SecurityDeclared, TaskGiven
from tocsin.response import escalate, mitigate, tell, verify
from tocsin.response.turn import TOCSIN, Turn

# In this order; each is a task with an owner and a state (SEC-02).
BREAK_IN = (
    "stop the attack",
    "cut the way in",
    "assemble those who are needed",
    "isolate what is affected; delete nothing",
    "write down the timeline",
    "find out what was taken",
    "look at the other systems",
    "be ready for the next attack",
    "watch what was changed",
    "secure evidence for forensics",
    "tell those inside who must know",
    "decide about law enforcement",
    "tell third parties",
    "tell customers",
)


def react(turn: Turn, event: Event) -> None:
    """Call those who decide about a break-in and give out its tasks; end what goes on elsewhere."""
    match event:
        case SecurityDeclared(by, _, codename):
            _call_security(turn, codename)
            owner = turn.incident.commander or by
            first = len(turn.incident.team.tasks) + 1
            for number, what in enumerate(BREAK_IN, start=first):
                turn.record(TaskGiven(f"{turn.incident.id}.k{number}", what, owner, TOCSIN))
        case Merged(into, by):
            turn.record(Resolved(by, f"the same as {into}", f"goes on as {into}"))
        case Absorbed(other, alerts, by):
            tell.everybody(turn, f"{other} is the same and goes on here, says {by}")
            _worse(turn, alerts)
        case _:
            pass


def _worse(turn: Turn, alerts: tuple[Alert, ...]) -> None:
    """What came with it may be bad while everything here was good: then it is not over."""
    came = {alert.fingerprint for alert in alerts}
    bad = [alert.title for alert in turn.incident.firing if alert.fingerprint in came]
    if not bad or not turn.incident.open:
        return
    if turn.incident.watching_until is not None:
        turn.stop_clock(verify.WATCH, "another incident came to it")
        turn.record(Relapsed(", ".join(bad)))
    else:
        mitigate.propose(turn)


def _call_security(turn: Turn, codename: str) -> None:
    """The security contacts and the management are woken, whatever the severity (SEC-04)."""
    roster = turn.situation.roster
    wanted = {person.id: person for person in roster.at(3)}
    for contact in roster.contacts:
        if "security" in {contact.name.casefold(), *(word.casefold() for word in contact.cases)}:
            wanted.update((person.id, person) for person in roster.contact(contact))
    for person in wanted.values():
        escalate.wake(turn, person, max(turn.incident.level, 1), f"security incident {codename}")
