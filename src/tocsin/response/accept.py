"""Whether an event may happen to this incident at all. A refusal is one sentence, and nothing is recorded."""

from tocsin.detection.alert import AlertState
from tocsin.incident import approval
from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.state import AskState, RunState
from tocsin.kit.ids import PersonId
from tocsin.response import accept_doing, accept_team, accept_updates, after, permit


def objection(incident: Incident, event: ev.Event, situation: Situation) -> str | None:
    """Why this event is refused, or None if it is accepted.

    People are refused what they may not do; echoes of the world (a second report of the same run, a clock that
    was stopped meanwhile) are refused because they have been heard already.
    """
    match event:
        case ev.AlertReceived():
            if incident.declared is None and event.alert.state is AlertState.RESOLVED:
                return f"Nothing is open for {event.alert.fingerprint}; there is nothing to resolve."
            return None
        case ev.Acknowledged() | ev.Approved() | ev.Rejected() | ev.DoubtSettled() | ev.StepRequested():
            return (
                _not_allowed(event.by, situation)
                or _not_open(incident)
                or _person(incident, event, situation)
            )
        case ev.SeverityChanged():
            return _not_allowed(event.by, situation) or _not_open(incident) or _severity(incident, event)
        case ev.NoteAdded():
            if incident.declared is None:
                return f"There is no incident {incident.id}."
            return _not_allowed(event.by, situation) or (
                None if event.text.strip() else "An empty note says nothing."
            )
        case ev.Resolved():
            return _resolution(incident, event, situation)
        case (
            ev.PostmortemWanted()
            | ev.PostmortemOwned()
            | ev.PostmortemMoved()
            | ev.ActionOpened()
            | ev.ActionClosed()
        ):
            return after.objection(incident, event, situation)
        case _:
            return _word(incident, event, situation) or _heard(incident, event)


def _word(incident: Incident, event: ev.Event, situation: Situation) -> str | None:
    """What people say about doing, about each other, and what they tell others."""
    match event:
        case ev.ParameterSet() | ev.UndoRequested() | ev.UndoCalledOff() | ev.ManualStepDone():
            return _not_allowed(event.by, situation) or accept_doing.objection(incident, event, situation)
        case (
            ev.RoleOffered() | ev.RoleWanted() | ev.OfferDeclined() | ev.TaskTaken() | ev.TaskClosed()
            | ev.ResponderReleased() | ev.ResponderCalled() | ev.CauseNamed() | ev.EscalationWanted()
            | ev.EscalationPostponed() | ev.Snoozed() | ev.MajorDeclared() | ev.SecurityDeclared()
            | ev.Linked() | ev.Merged()
        ):  # fmt: skip
            return (
                _not_allowed(event.by, situation)
                or _not_open(incident)
                or accept_team.objection(incident, event, situation)
            )
        case ev.TaskGiven():
            return _not_open(incident) or accept_team.objection(incident, event, situation)
        case (
            ev.UpdateDrafted() | ev.UpdateApproved() | ev.UpdateSent() | ev.UpdateWithdrawn() | ev.CadenceSet()
            | ev.ChecklistTicked()
        ):  # fmt: skip
            if incident.declared is None:
                return f"There is no incident {incident.id}."
            return _not_allowed(event.by, situation) or accept_updates.objection(incident, event, situation)
        case _:
            return None


def _heard(incident: Incident, event: ev.Event) -> str | None:
    """What the world reports: whether it has been heard already."""
    match event:
        case ev.StepFinished() | ev.StepInterrupted():
            return _echo(incident, event)
        case ev.ClockPassed():
            clock = incident.clocks.get(event.name)
            if clock is None or clock.state != "running" or clock.started.due != event.due:
                return f"The clock {event.name} was stopped or moved meanwhile."
            return None
        case ev.StepWaiting():
            run = incident.runs.get(event.run)
            return None if run is not None and run.open else f"{event.run} does not wait any more."
        case ev.Absorbed():
            if event.other in incident.kin.absorbed:
                return f"{event.other} goes on here already."
            return _not_open(incident)
        case ev.RelationSuggested():
            return _not_open(incident)
        case ev.PageSent() | ev.PageFailed() | ev.PageCancelled():
            page = incident.pages.get(event.key)
            return None if page and page.state == "queued" else f"{event.key} is settled already."
        case _:
            return None


def _not_allowed(person: PersonId | None, situation: Situation) -> str | None:
    if person is None or not situation.roster.people:
        return None
    known = situation.roster.person(person)
    if known is None:
        return f'"{person}" is not among the people of tocsin.toml.'
    return None if known.access.may_act else f'"{person}" is a viewer and may not act.'


def _not_open(incident: Incident) -> str | None:
    if incident.declared is None:
        return f"There is no incident {incident.id}."
    return None if incident.open else f"{incident.id} is resolved."


def _person(
    incident: Incident,
    event: ev.Acknowledged | ev.Approved | ev.Rejected | ev.DoubtSettled | ev.StepRequested,
    situation: Situation,
) -> str | None:
    match event:
        case ev.Acknowledged():
            if incident.acknowledged:
                return f"{incident.id} is acknowledged by {incident.acknowledged_by} already."
            return None
        case ev.Approved():
            return approval.objection(incident.asks.get(event.ask), event, situation.now)
        case ev.Rejected():
            ask = incident.asks.get(event.ask)
            if ask is None:
                return f"There is no ask {event.ask}."
            return None if ask.state is AskState.OPEN else f"{event.ask} is {ask.state.value} already."
        case ev.DoubtSettled():
            run = incident.runs.get(event.run)
            if run is None:
                return f"There is no run {event.run}."
            return (
                None
                if run.state is RunState.IN_DOUBT
                else f"{event.run} is not in doubt; it is {run.state.value}."
            )
        case ev.StepRequested():
            return _request(incident, event, situation)


def _request(incident: Incident, event: ev.StepRequested, situation: Situation) -> str | None:
    step = permit.step_in_scope(incident, situation, event.number)
    if step is None:
        return f"The runbook has no step {event.number} for this incident."
    if incident.running_change is not None:
        run = incident.running_change
        return f"{run.queued.run} ({run.queued.text}) is {run.state.value}; one change at a time."
    reasons = permit.obstacles(step, situation)
    return f"Step {event.number} may not run as it stands: {'; '.join(reasons)}." if reasons else None


def _severity(incident: Incident, event: ev.SeverityChanged) -> str | None:
    if event.severity == incident.severity:
        return f"{incident.id} is {incident.severity} already."
    if event.rank > incident.rank and not (event.reason or "").strip():
        return f"Lowering {incident.severity} to {event.severity} needs a reason."
    return None


def _resolution(incident: Incident, event: ev.Resolved, situation: Situation) -> str | None:
    refused = _not_allowed(event.by, situation) or _not_open(incident)
    if refused:
        return refused
    change = incident.running_change
    if change is not None:
        return f"{change.queued.run} ({change.queued.text}) is {change.state.value}; settle it first."
    if incident.firing and not (event.anyway or "").strip():
        names = ", ".join(alert.title for alert in incident.firing)
        return f"Not proven well: {names}. To resolve all the same, give a reason."
    return None


def _echo(incident: Incident, event: ev.StepFinished | ev.StepInterrupted) -> str | None:
    run = incident.runs.get(event.run)
    if run is None:
        return f"There is no run {event.run}."
    return None if run.state is RunState.RUNNING else f"{event.run} is {run.state.value} already."
