"""Escalate: whom to wake, whom next, after how long, until somebody answers.

CookCam "Escalation" (levels 1 to 3, 30 minutes for P0/P1) and "Severity Levels" (response clocks); PrepChef
"Emergency Contacts" and its last line; rules ESC-01 to ESC-06, SEV-03, SEV-06, PAG-06.
"""

from datetime import timedelta

from tocsin.comms import message
from tocsin.incident.commands import CancelPages, Page
from tocsin.incident.events import (
    Acknowledged,
    AcknowledgementLapsed,
    ClockNearing,
    ClockPassed,
    ClockStarted,
    Escalated,
    EscalationExhausted,
    EscalationPostponed,
    EscalationWanted,
    Event,
    IncidentDeclared,
    OptionsExhausted,
    PageFailed,
    PageQueued,
    Relapsed,
    Reopened,
    ResponderCalled,
    SeverityChanged,
    Snoozed,
)
from tocsin.incident.state import PageView
from tocsin.kit import duration
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import Person
from tocsin.response import promises, tell
from tocsin.response.turn import Turn

RESPOND = "respond"
ESCALATE = "escalate"
SNOOZE = "snooze"


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
        case AcknowledgementLapsed(_, because):
            _call_back(turn, because)
        case PageFailed(key, _, _, True) if turn.incident.open and not turn.incident.acknowledged:
            _unreachable(turn, turn.incident.pages[key])
        case Acknowledged():
            turn.stop_clock(RESPOND, f"acknowledged by {event.by}")
            turn.command(CancelPages(turn.incident.id))
            turn.stop_clock(SNOOZE, "acknowledged")
        case Snoozed(by, until):
            turn.stop_clock(RESPOND, f"{by} heard it")
            turn.command(CancelPages(turn.incident.id))
            turn.start_clock(ClockStarted(SNOOZE, until, f"{by} is called again then"))
        case ClockPassed(name) if name == SNOOZE and turn.incident.open and not turn.incident.acknowledged:
            _wait_for_answer(turn)
            _page_level(turn, max(turn.incident.level, 1), "nobody has it yet, and it was put off until now")
            _until_over(turn)
        case ClockPassed(name) if name == RESPOND and turn.incident.open and not turn.incident.acknowledged:
            _next(turn, "nobody acknowledged in time")
        case ClockPassed(name) if (
            name == ESCALATE and turn.incident.open and turn.incident.watching_until is None
        ):
            # While everything is good nobody else is woken for it; should it come back, they are.
            _call_next_level(turn, "not resolved in time")
            if turn.incident.rank == 0:
                _until_next_level(turn)
        case SeverityChanged():
            _let_go(turn)
        case ClockNearing(name, due) if (
            name == ESCALATE and turn.incident.open and turn.incident.watching_until is None
        ):
            higher = turn.situation.roster.next_level(max(turn.incident.level, 1))
            if higher is not None:
                tell.leader(turn, f"level {higher} is called at {due:%H:%M} UTC unless it is over")
        case EscalationPostponed(by, until, _):
            turn.start_clock(ClockStarted(ESCALATE, until, f"put off by {by}, once"))
        case EscalationWanted(by, because):
            _by_hand(turn, f"{by} escalates: {because}")
        case ResponderCalled(person, by, why):
            _by_name(turn, person, f"{by} needs you: {why}")
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
        _wait_for_answer(turn)
        _page_level(turn, level, why)
    _until_over(turn)


def _wait_for_answer(turn: Turn) -> None:
    """Somebody has to answer. Started before the page it is about, which says until when."""
    incident = turn.incident
    limit = promises.acknowledge_within(incident, turn.situation)
    waiting = not incident.acknowledged and not incident.exhausted and not incident.clock_running(SNOOZE)
    if waiting and not _stricter_runs(turn, limit):
        _start(turn, RESPOND, limit, f"{incident.severity} wants an answer within {duration.spell(limit)}")


def _until_over(turn: Turn) -> None:
    """Somebody higher is called when it is not over in time."""
    if not turn.incident.clock_running(ESCALATE):
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
    _wait_for_answer(turn)
    if commander is not None and commander.methods:
        wake(turn, commander, max(turn.incident.level, 1), why)
    else:
        _page_level(turn, max(turn.incident.level, 1), why)
    _until_over(turn)


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
    hop = settings.hop if incident.rank <= 1 else promises.acknowledge_within(incident, turn.situation)
    _start(turn, RESPOND, hop, f"level {level} has {duration.spell(hop)}")
    _page_level(turn, level, because)


def _call_next_level(turn: Turn, because: str) -> None:
    """Page one level higher, acknowledged or not; at the top there is nobody higher to call."""
    level = turn.situation.roster.next_level(turn.incident.level)
    if level is None:
        return
    turn.record(Escalated(level, because))
    _page_level(turn, level, because)


def _let_go(turn: Turn) -> None:
    """A milder severity may promise no escalation; what it promises as well goes on as it was (SEV-06)."""
    if promises.escalate_after(turn.incident, turn.situation) is None:
        turn.stop_clock(ESCALATE, f"{turn.incident.severity} does not escalate by itself")


def _by_hand(turn: Turn, because: str) -> None:
    """Somebody wants more people: the next level, and at the top the top once more (ESC-05)."""
    roster = turn.situation.roster
    level = roster.next_level(turn.incident.level) or roster.last_level
    if level:
        turn.record(Escalated(level, because))
        _page_level(turn, level, because)


def _by_name(turn: Turn, wanted: PersonId, why: str) -> None:
    found = turn.situation.roster.person(wanted)
    if found is not None:
        wake(turn, found, max(turn.incident.level, 1), why)


def _tell_management(turn: Turn) -> None:
    """Level 3 is told of every incident of the worst severity, without being woken (ESC-03)."""
    what = f"{turn.incident.severity} declared"
    line, body = message.information(turn.incident, what)
    for person in turn.situation.roster.at(3):
        tell.send(turn, person, 3, what, line, body)


def _page_level(turn: Turn, level: int, why: str) -> None:
    """Page everybody on a level who was not released; all of them if nobody is left, for somebody has to hear it."""
    people = turn.situation.roster.at(level)
    wanted = tuple(person for person in people if person.id not in turn.incident.team.released)
    for person in wanted or people:
        wake(turn, person, level, why)


def wake(turn: Turn, person: Person, level: int, why: str) -> None:
    """Page one person. Nobody is paged for an incident that is over."""
    incident = turn.incident
    if incident.declared is None or not incident.open:
        return
    since = incident.declared_at or turn.situation.now
    key = incident.next_page()
    turn.record(PageQueued(key, level, person.id, why))
    codename = incident.security.codename if incident.security else None
    unless = _unless(turn, level)
    line, body = message.page(incident.declared, incident.severity, since, why, codename, unless)
    turn.command(Page(key, incident.id, person.id, level, "page", line, body, incident.declared.drill))


def _unless(turn: Turn, level: int) -> str | None:
    """What happens when nobody answers this page, and when; None if somebody has it or nobody is waited for."""
    incident, roster = turn.incident, turn.situation.roster
    clock = incident.clocks.get(RESPOND)
    if incident.acknowledged or clock is None or clock.state != "running":
        return None
    higher = roster.next_level(max(incident.level, level))
    if higher is not None:
        then = f"level {higher} is called"
    elif incident.rounds + 1 < turn.situation.settings.rounds:
        then = f"level {roster.last_level} is called again"
    else:
        then = "it is said that nobody answered"
    return f"nobody acknowledges by {clock.started.due:%H:%M:%S} UTC: then {then}"
