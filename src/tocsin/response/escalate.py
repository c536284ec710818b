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
    PageFailed,
    PageQueued,
    Relapsed,
    Reopened,
    SeverityChanged,
)
from tocsin.incident.state import PageView
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
            if _passed(turn, ESCALATE):
                _call_next_level(turn, "it came back after the time it had to be over in")
        case SeverityChanged() if event.rank < turn.incident.rank_before:
            _begin(turn, f"raised to {event.severity}")
            if event.rank == 0:
                _tell_management(turn)
        case PageFailed(key, _, _, True) if turn.incident.open and not turn.incident.acknowledged:
            _unreachable(turn, turn.incident.pages[key])
        case Acknowledged():
            turn.stop_clock(RESPOND, f"acknowledged by {event.by}")
            turn.command(CancelPages(turn.incident.id))
        case ClockPassed(name) if name == RESPOND and turn.incident.open and not turn.incident.acknowledged:
            _next(turn, "nobody acknowledged in time")
        case ClockPassed(name) if (
            name == ESCALATE and turn.incident.open and turn.incident.watching_until is None
        ):
            # While everything is good nobody else is woken for it; should it come back, they are.
            _call_next_level(turn, "not resolved in time")
            if turn.incident.rank == 0:
                _until_next_level(turn)
        case OptionsExhausted(section) if turn.incident.open and section is not None:
            _call_next_level(turn, "the runbook section has nothing more to offer")


def _begin(turn: Turn, why: str) -> None:
    """Page level 1 and start the clocks of this severity."""
    level = turn.situation.roster.next_level(0)
    if level is None:
        turn.record(
            EscalationExhausted(0)
        )  # nobody can be reached at all: say so now, not after the last round
    else:
        _page_level(turn, level, why)
    _start_clocks(turn)


def _start_clocks(turn: Turn) -> None:
    """Somebody has to answer, and somebody higher is called when it is not over in time."""
    incident = turn.incident
    limit = promises.acknowledge_within(incident, turn.situation)
    if not incident.acknowledged and not incident.exhausted and not _stricter_runs(turn, limit):
        _start(turn, RESPOND, limit, f"{incident.severity} wants an answer within {duration.spell(limit)}")
    if not incident.clock_running(ESCALATE):
        _until_next_level(turn)


def _until_next_level(turn: Turn) -> None:
    """Start the clock after which the level above is called, acknowledged or not; for the worst severity level by level."""
    unresolved = promises.escalate_after(turn.incident, turn.situation)
    level = turn.situation.roster.next_level(max(turn.incident.level, 1))
    if unresolved is not None and level is not None:
        _start(turn, ESCALATE, unresolved, f"level {level} if not resolved in {duration.spell(unresolved)}")


def _start(turn: Turn, name: str, after: timedelta, why: str) -> None:
    turn.start_clock(ClockStarted(name, turn.situation.now + after, why))


def _stricter_runs(turn: Turn, limit: timedelta) -> bool:
    """Whether the answer is due sooner already: a change of severity never loosens a running clock (SEV-06)."""
    clock = turn.incident.clocks.get(RESPOND)
    running = clock is not None and clock.state == "running"
    return running and clock is not None and clock.started.due <= turn.situation.now + limit


def _passed(turn: Turn, name: str) -> bool:
    clock = turn.incident.clocks.get(name)
    return clock is not None and clock.state == "passed"


def _call_back(turn: Turn, why: str) -> None:
    """Wake whoever commands, else the level that was called last."""
    roster = turn.situation.roster
    commander = roster.person(turn.incident.commander) if turn.incident.commander else None
    if commander is not None and commander.methods:
        wake(turn, commander, max(turn.incident.level, 1), why)
    else:
        _page_level(turn, max(turn.incident.level, 1), why)
    _start_clocks(turn)


def _unreachable(turn: Turn, page: PageView) -> None:
    """No channel took the page. If that is so of everybody on this level, the next one is called now and not at the clock."""
    level = page.queued.level
    of_level = [
        each for each in turn.incident.pages.values() if each.queued.urgent and each.queued.level == level
    ]
    higher = turn.situation.roster.next_level(turn.incident.level)
    if (
        level == turn.incident.level
        and higher is not None
        and all(each.state == "failed" for each in of_level)
    ):
        _next(turn, f"no channel reaches level {level}")


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
        line, body = message.information(
            incident.declared, incident.severity, f"{incident.severity} declared"
        )
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
