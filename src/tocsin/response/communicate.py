"""Communicate: drafts for the people who wait, when they are owed a word and when something changed. A person sends.

CookCam "Update status page", "Communication"; PrepChef step 3 and its Emergency Communication Template; rules COM-01 to
COM-06, COM-09, COM-14, COM-16, RES-07, RES-09.
"""

from datetime import datetime, timedelta

from tocsin.comms import cadence, checklist, drafts, message
from tocsin.incident.commands import SendUpdate
from tocsin.incident.events import (
    CadenceSet,
    ChecklistTicked,
    ClockNearing,
    ClockPassed,
    ClockStarted,
    Event,
    IncidentDeclared,
    MajorDeclared,
    Relapsed,
    Reopened,
    Resolved,
    RoleTaken,
    SecurityDeclared,
    SeverityChanged,
    StepQueued,
    UpdateDrafted,
    UpdateOverdue,
    UpdateSent,
    WatchStarted,
)
from tocsin.incident.said import AUDIENCES, CUSTOMERS, EXECUTIVES, LOG, OUTSIDE, PUBLIC, TEAM
from tocsin.incident.team import COMMANDER, COMMUNICATIONS, DEPUTY
from tocsin.kit import duration
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import Person
from tocsin.response import tell
from tocsin.response.turn import Turn

PUBLIC_UPDATE = "public update"  # cadence.CLOCK: what the drafts count from
INTERNAL_UPDATE = "internal update"
_DEPUTY = "deputy reminder"  # the deputy is reminded a while after the commander
_DEPUTY_AFTER = timedelta(minutes=5)


def react(turn: Turn, event: Event) -> None:
    """Draft when something changed or is due, remind of what is overdue, hand over what a person sent."""
    match event:
        case IncidentDeclared() | Reopened():
            _draft_for_all(turn)
            _start_clocks(turn)
        case MajorDeclared() | SeverityChanged():
            _draft_for_all(turn)
            _start_clocks(turn)
            if not turn.incident.major:
                _stop_clocks(turn, "no longer major")
        case WatchStarted() | Relapsed():
            _draft_for_all(turn)
        case SecurityDeclared():
            _draft_for_all(turn)
            for name in (PUBLIC_UPDATE, _DEPUTY):
                turn.stop_clock(name, "it may be a break-in")
        case StepQueued() if event.ask is not None and turn.incident.open:
            _draft_for_all(turn)  # from looking to doing
        case RoleTaken(role) if role == COMMANDER and turn.incident.open:
            _draft(turn, TEAM)
            if turn.incident.major:
                _draft(turn, EXECUTIVES)
        case Resolved():
            _stop_clocks(turn, "resolved")
            _last_drafts(turn, event)
            _log_entry(turn)
            _tell_everyone(turn, event)
        case UpdateSent():
            _sent(turn, event)
        case CadenceSet(_, every) if turn.incident.clock_running(PUBLIC_UPDATE):
            _start(turn, turn.situation.now + every)
        case ClockNearing(name, due) if name == PUBLIC_UPDATE:
            _draft(turn, PUBLIC)
            _remind(turn, _speaker(turn), f"the public update is due at {due:%H:%M} UTC; its draft is ready")
        case ClockPassed(name, due) if name == PUBLIC_UPDATE and turn.incident.open:
            _overdue(turn, due)
        case ClockPassed(name, due) if name == _DEPUTY and turn.incident.open:
            _still_overdue(turn, due)
        case ClockPassed(name) if name == INTERNAL_UPDATE and turn.incident.open:
            for audience in (TEAM, EXECUTIVES):
                _draft(turn, audience)
            _remind(turn, _speaker(turn), "the drafts for the team and the executives are ready")
            _start_internal(turn)
        case _:
            pass


# -- drafts -----------------------------------------------------------------------------------------


def _draft_for_all(turn: Turn) -> None:
    """The team always; the public and the executives where it is major, or where they have heard of it before."""
    incident = turn.incident
    _draft(turn, TEAM)
    for audience in (PUBLIC, EXECUTIVES):
        if incident.major or incident.said.for_audience(audience):
            _draft(turn, audience)
    if incident.said.sent_to(CUSTOMERS):
        _draft(turn, CUSTOMERS)


def _last_drafts(turn: Turn, resolved: Resolved) -> None:
    """The last word, for whoever is owed one: what goes on elsewhere is not over, and a false alarm ends what was said."""
    if turn.incident.kin.merged_into is not None:
        return
    if not resolved.false_alarm:
        _draft_for_all(turn)
        return
    for audience in AUDIENCES:
        if turn.incident.said.sent_to(audience):
            _draft(turn, audience)


def _draft(turn: Turn, audience: str) -> None:
    """A new draft, unless the one that waits says the same or a person wrote it."""
    incident = turn.incident
    if audience in OUTSIDE and incident.security is not None:
        return  # nothing is prepared for outsiders while it may be a break-in (SEC-04)
    waiting = incident.said.draft(audience)
    if waiting is not None and waiting.drafted.by is not None and incident.open:
        return
    text = drafts.draft(audience, incident, turn.situation)
    if waiting is None or waiting.drafted.text != text:
        due = cadence.promised(incident, turn.situation.now)
        turn.record(UpdateDrafted(audience, text, next_update(turn), drafts.state(incident), next_by=due))


def next_update(turn: Turn) -> str:
    """The name of the next update."""
    return f"{turn.incident.id}.u{len(turn.incident.said.updates) + 1}"


def _log_entry(turn: Turn) -> None:
    """The entry of the incident log exists at the end (RES-09)."""
    text = drafts.draft(LOG, turn.incident, turn.situation)
    turn.record(UpdateDrafted(LOG, text, next_update(turn), drafts.state(turn.incident)))
    turn.record(ChecklistTicked(checklist.INCIDENT_LOG, None, "written by tocsin"))


# -- clocks -----------------------------------------------------------------------------------------


def _start_clocks(turn: Turn) -> None:
    """The first word to the public is due at once where it is major; a running clock is never loosened."""
    due = cadence.first_public(turn.incident)
    if due is None:
        return
    if not turn.incident.clock_running(PUBLIC_UPDATE) and not turn.incident.clock_running(_DEPUTY):
        _start(turn, max(due, turn.situation.now + cadence.FIRST))
    if not turn.incident.clock_running(INTERNAL_UPDATE):
        _start_internal(turn)


def _start(turn: Turn, due: datetime) -> None:
    turn.stop_clock(_DEPUTY, "the next update has its time")
    within = duration.spell(due - turn.situation.now)
    turn.start_clock(ClockStarted(PUBLIC_UPDATE, due, f"the public hears within {within}"))


def _start_internal(turn: Turn) -> None:
    due = turn.situation.now + cadence.INTERNAL
    why = f"the team and the executives hear every {duration.spell(cadence.INTERNAL)}"
    turn.start_clock(ClockStarted(INTERNAL_UPDATE, due, why))


def _stop_clocks(turn: Turn, because: str) -> None:
    for name in (PUBLIC_UPDATE, _DEPUTY, INTERNAL_UPDATE):
        turn.stop_clock(name, because)


# -- sending ----------------------------------------------------------------------------------------


def _sent(turn: Turn, event: UpdateSent) -> None:
    """Hand it to the channels of its audience, tick the list, and start the clock of the next one."""
    incident = turn.incident
    update = incident.said.updates[event.update]
    audience = update.drafted.audience
    drill = incident.declared is not None and incident.declared.drill
    head = f"{incident.severity} {incident.shown_title}" if audience not in OUTSIDE else update.drafted.state
    turn.command(
        SendUpdate(
            event.update,
            incident.id,
            audience,
            message.line(head, drill),
            _marked(update.drafted.text, drill),
            drill,
        )
    )
    item = checklist.BY_AUDIENCE.get(audience)
    if item is not None:
        turn.record(ChecklistTicked(item, event.by, f"{event.update} ({update.drafted.state})"))
    if not incident.open or not incident.major:
        return
    if audience == PUBLIC and incident.security is None:
        now = turn.situation.now
        due = now + cadence.every(turn.incident, now, len(cadence.told_since_begun(turn.incident)))
        promised = update.drafted.next_by
        _start(turn, min(due, promised) if promised is not None and promised > now else due)
    if audience == TEAM:
        _start_internal(turn)


def _marked(text: str, drill: bool) -> str:
    return f"DRILL: this is a rehearsal.\n\n{text}" if drill else text


# -- reminders --------------------------------------------------------------------------------------


def _speaker(turn: Turn) -> Person | None:
    """Who speaks for us: the communications lead, else the commander, else the level that was called."""
    return _awake(turn, turn.incident.roles.get(COMMUNICATIONS), turn.incident.commander)


def _awake(turn: Turn, *wanted: PersonId | None) -> Person | None:
    """The first of these who can be told. Nobody is reminded of words while nobody has it: they are being woken."""
    if not turn.incident.acknowledged:
        return None
    found = (tell.person(turn, person) for person in wanted)
    return next((person for person in found if person is not None), None) or tell.on_call(turn)


def _overdue(turn: Turn, due: datetime) -> None:
    """The commander first, a while later the deputy (COM-03)."""
    commander = _awake(turn, turn.incident.commander)
    turn.record(UpdateOverdue(due, commander.id if commander else None))
    _draft(turn, PUBLIC)
    _remind(turn, commander, f"the public update of {due:%H:%M} UTC is overdue")
    later = turn.situation.now + _DEPUTY_AFTER
    turn.start_clock(ClockStarted(_DEPUTY, later, "then the deputy is reminded"))


def _still_overdue(turn: Turn, due: datetime) -> None:
    whom = _awake(turn, turn.incident.roles.get(DEPUTY), turn.incident.commander)
    turn.record(UpdateOverdue(due, whom.id if whom else None))
    _remind(turn, whom, "the public update is still overdue")
    _start(turn, turn.situation.now + (turn.incident.said.every or cadence.USUAL))
    _draft(turn, PUBLIC)


def _remind(turn: Turn, whom: Person | None, what: str) -> None:
    if whom is not None:
        tell.one(turn, whom, what)


def _tell_everyone(turn: Turn, resolved: Resolved) -> None:
    """Everybody who was paged is told, once each (RES-07)."""
    incident = turn.incident
    if incident.declared is None:
        return
    told: dict[PersonId, int] = {}
    for page in incident.pages.values():
        told.setdefault(page.queued.person, page.queued.level)
    line, body = message.over(incident, resolved)
    word = "false alarm" if resolved.false_alarm else "resolved"
    for found in turn.situation.roster.people:
        if found.id in told:
            tell.send(turn, found, told[found.id], word, line, body)
