"""Escalate: whom to wake, whom next, after how long, until somebody answers.

CookCam "Escalation" (levels 1 to 3, 30 minutes for P0/P1) and "Severity Levels" (response clocks); PrepChef
"Emergency Contacts" and its last line; rules ESC-01 to ESC-06, SEV-03, SEV-06, PAG-06.
"""

from datetime import timedelta

from tocsin.comms import message
from tocsin.incident.commands import CancelPages, Page
from tocsin.incident.events import (
    Acknowledged,
    ClockPassed,
    ClockStarted,
    Escalated,
    EscalationExhausted,
    Event,
    IncidentDeclared,
    OptionsExhausted,
    PageQueued,
    Relapsed,
    Reopened,
    SeverityChanged,
)
from tocsin.kit import duration
from tocsin.oncall.person import Person
from tocsin.response import promises
from tocsin.response.turn import Turn

RESPOND = "respond"
ESCALATE = "escalate"


def react(turn: Turn, event: Event) -> None:
    """Page at the declaration, page on when nobody answers, stop when somebody does."""
    match event:
        case IncidentDeclared():
            _begin(turn, "you are on call")
            if turn.incident.rank == 0:
                _tell_management(turn)
        case Reopened(because):
            _begin(turn, f"it came back: {because}")
        case Relapsed(because):
            _call_back(turn, f"it came back: {because}")
        case SeverityChanged() if _raised(turn, event):
            _begin(turn, f"raised to {event.severity}")
        case Acknowledged():
            turn.stop_clock(RESPOND, f"acknowledged by {event.by}")
            turn.command(CancelPages(turn.incident.id))
        case ClockPassed(name) if name == RESPOND and turn.incident.open and not turn.incident.acknowledged:
            _next(turn, "nobody acknowledged in time")
        case ClockPassed(name) if name == ESCALATE and turn.incident.open:
            _call_next_level(turn, "not resolved in time")
        case OptionsExhausted(section) if turn.incident.open and section is not None:
            _call_next_level(turn, "the runbook section has nothing more to offer")


def _begin(turn: Turn, why: str) -> None:
    """Page level 1 and start the clocks of this severity."""
    incident = turn.incident
    level = turn.situation.roster.next_level(0) or 1
    _page_level(turn, level, why)
    limit = promises.acknowledge_within(incident, turn.situation)
    if not incident.acknowledged and not _stricter_runs(turn, limit):
        _start(turn, RESPOND, limit, f"{incident.severity} wants an answer within {duration.spell(limit)}")
    unresolved = promises.escalate_after(incident, turn.situation)
    if unresolved is not None and not incident.clock_running(ESCALATE):
        _start(turn, ESCALATE, unresolved, f"level 2 if not resolved in {duration.spell(unresolved)}")


def _start(turn: Turn, name: str, after: timedelta, why: str) -> None:
    turn.start_clock(ClockStarted(name, turn.situation.now + after, why))


def _stricter_runs(turn: Turn, limit: timedelta) -> bool:
    """Whether the answer is due sooner already: a change of severity never loosens a running clock (SEV-06)."""
    clock = turn.incident.clocks.get(RESPOND)
    running = clock is not None and clock.state == "running"
    return running and clock is not None and clock.started.due <= turn.situation.now + limit


def _call_back(turn: Turn, why: str) -> None:
    """Wake whoever commands, else the level that was called last."""
    roster = turn.situation.roster
    commander = roster.person(turn.incident.commander) if turn.incident.commander else None
    if commander is not None and commander.methods:
        wake(turn, commander, max(turn.incident.level, 1), why)
    else:
        _page_level(turn, max(turn.incident.level, 1), why)


def _raised(turn: Turn, event: SeverityChanged) -> bool:
    """Whether this change made it worse than it was when it was declared (a raise pages again, SEV-06)."""
    declared = turn.incident.declared
    return declared is not None and event.rank < declared.rank


def _next(turn: Turn, because: str) -> None:
    """The next level; at the last one again, as often as the policy says; then say that it is exhausted."""
    incident, roster, settings = turn.incident, turn.situation.roster, turn.situation.settings
    level = roster.next_level(incident.level)
    if level is None:
        if incident.rounds + 1 >= settings.rounds:
            if not incident.exhausted:
                turn.record(EscalationExhausted(settings.rounds))
            return
        level = max(roster.last_level, 1)
    turn.record(Escalated(level, because))
    _page_level(turn, level, because)
    hop = settings.hop if incident.rank <= 1 else promises.acknowledge_within(incident, turn.situation)
    _start(turn, RESPOND, hop, f"level {level} has {duration.spell(hop)}")


def _call_next_level(turn: Turn, because: str) -> None:
    """Page one level higher, acknowledged or not; at the top there is nobody higher to call."""
    level = turn.situation.roster.next_level(turn.incident.level)
    if level is None:
        return
    turn.record(Escalated(level, because))
    _page_level(turn, level, because)


def _tell_management(turn: Turn) -> None:
    """Level 3 is told of every incident of the worst severity, without being woken (ESC-03)."""
    incident = turn.incident
    if incident.declared is None:
        return
    for person in turn.situation.roster.at(3):
        key = incident.next_page()
        turn.record(PageQueued(key, 3, person.id, f"{incident.severity} declared", urgent=False))
        line, body = message.information(incident.declared, incident.severity, f"{incident.severity} declared")
        turn.command(Page(key, incident.id, person.id, 3, "inform", line, body, incident.declared.drill))
        incident = turn.incident


def _page_level(turn: Turn, level: int, why: str) -> None:
    for person in turn.situation.roster.at(level):
        wake(turn, person, level, why)


def wake(turn: Turn, person: Person, level: int, why: str) -> None:
    """Page one person. Nobody is paged for an incident that is over."""
    incident = turn.incident
    if incident.declared is None or not incident.open:
        return
    since = incident.declared_at or turn.situation.now
    key = incident.next_page()
    turn.record(PageQueued(key, level, person.id, why))
    line, body = message.page(incident.declared, incident.severity, since, why)
    turn.command(Page(key, incident.id, person.id, level, "page", line, body, incident.declared.drill))
