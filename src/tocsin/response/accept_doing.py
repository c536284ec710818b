"""Whether a value, a way back or a ticked-off task is accepted. A refusal is one sentence, and nothing is recorded."""

from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.response import parameters, undo

DoingEvent = ev.ParameterSet | ev.UndoRequested | ev.UndoCalledOff | ev.ManualStepDone


def objection(incident: Incident, event: DoingEvent, situation: Situation) -> str | None:
    """Why this is refused, or None. That the person may act has been seen to."""
    match event:
        case ev.ParameterSet(name, value):
            return _closed(incident) or parameters.objection(name, value, incident, situation)
        case ev.UndoRequested(run):
            return _closed(incident) or _undo(incident, event, situation) or undo.objection(incident, run)
        case ev.UndoCalledOff(run):
            if run not in incident.doing.undo_due:
                return f"No way back of {run} waits for its time."
            return None
        case ev.ManualStepDone(number):
            return _ticked(incident, number)


def _closed(incident: Incident) -> str | None:
    if incident.declared is None:
        return f"There is no incident {incident.id}."
    return None if incident.open else f"{incident.id} is resolved."


def _undo(incident: Incident, event: ev.UndoRequested, situation: Situation) -> str | None:
    if event.due is not None:
        return None if event.due > situation.now else f"{event.due:%H:%M:%S} UTC has passed already."
    change = incident.running_change
    if change is not None and change.queued.run != event.run:
        return f"{change.queued.run} ({change.queued.text}) is {change.state.value}; one change at a time."
    return None


def _ticked(incident: Incident, number: str) -> str | None:
    task = incident.doing.manual.get(number)
    if task is None:
        known = ", ".join(incident.doing.manual) or "none"
        return f"{incident.id} has no step {number} to be done by hand ({known})."
    if task.done is not None and task.done_at is not None:
        return f"{number} was done by {task.done.by} at {task.done_at:%H:%M:%S} UTC already."
    return None
