"""The way back: asked for, judged, approved and run like any change; at once, or when its clock passes. Rules MIT-10, MIT-11.

What was changed last is taken back first. A way back that waited is asked for when its time comes, never done unasked.
"""

from dataclasses import replace

from tocsin.incident import events as ev
from tocsin.incident.commands import StepText
from tocsin.incident.incident import Incident
from tocsin.incident.place import by_itself, changing
from tocsin.incident.state import Run
from tocsin.incident.undone import later_changes, undone_by
from tocsin.kit.duration import spell
from tocsin.kit.ids import RunId
from tocsin.response import asking
from tocsin.response.turn import TOCSIN, Turn

CLOCK = "undo "  # the clock of a way back is named "undo INC-1.r3"


def react(turn: Turn, event: ev.Event) -> None:
    """Ask for ways back, now or when their time has come."""
    match event:
        case ev.UndoRequested(run, by, due) if due is None:
            _ask(turn, run, by)
        case ev.UndoRequested(run, _, due) if due is not None:
            wait = spell(due - turn.situation.now)
            turn.start_clock(ev.ClockStarted(f"{CLOCK}{run}", due, f"to be taken back in {wait}"))
        case ev.UndoCalledOff(run):
            turn.stop_clock(f"{CLOCK}{run}", "called off")
        case ev.ClockPassed(name) if name.startswith(CLOCK) and turn.incident.open:
            _due(turn, RunId(name.removeprefix(CLOCK)))
        case ev.AskExpired(ask) if turn.incident.open:
            made = turn.incident.asks[ask].made
            if made.undoes is not None and objection(turn.incident, made.undoes) is None:
                _ask(turn, made.undoes, made.proposed_by)
        case ev.Resolved():
            for run in tuple(turn.incident.doing.undo_due):
                turn.record(ev.UndoCalledOff(run, "the incident ended; it is an action item now"))


def objection(incident: Incident, identifier: RunId) -> str | None:
    """Why this change cannot be taken back now, or None."""
    run = incident.runs.get(identifier)
    if run is None:
        return f"There is no run {identifier}."
    if not run.changes:
        return f"{identifier} only looked; there is nothing to take back."
    if run.open:
        return f"{identifier} is {run.state.value}; what it did is not known yet."
    if not run.took_effect:
        return f"{identifier} did not take effect; there is nothing to take back."
    done = undone_by(incident).get(identifier)
    if done is not None:
        return f"{identifier} was taken back by {done} already."
    if run.finished is None or run.finished.undo is None or _texts(incident, run) is None:
        return f"There is no exact way back for {identifier} ({run.queued.text}): its old state was not captured."
    later = later_changes(incident, run)
    if later:
        return f"{later[-1].queued.run} ({later[-1].queued.text}) came after it: take that back first."
    return None


def _due(turn: Turn, run: RunId) -> None:
    """Its time has come: ask, unless it has become pointless or something is in the way."""
    request = turn.incident.doing.undo_due.get(run)
    if request is None:
        return
    if turn.incident.running_change is not None:
        due = turn.situation.now + turn.situation.settings.settle
        turn.start_clock(ev.ClockStarted(f"{CLOCK}{run}", due, "a change runs; one at a time"))
        return
    why_not = objection(turn.incident, run)
    if why_not is not None:
        turn.record(ev.UndoCalledOff(run, why_not))
        return
    _ask(turn, run, request.by)


def _ask(turn: Turn, identifier: RunId, by: str) -> None:
    incident = turn.incident
    run = incident.runs[identifier]
    texts = _texts(incident, run)
    if texts is None:
        return
    open_ask = incident.open_ask
    if open_ask is not None:
        turn.record(ev.AskWithdrawn(open_ask.made.ask, f"{identifier} is to be taken back first"))
    judged = by_itself(texts[0])
    asking.ask(
        turn,
        asking.Question(
            step=run.queued.step,
            number=f"undo {run.queued.number}",
            title=f"take back {run.queued.number}: {run.queued.title}",
            texts=texts,
            effect=judged.effect,
            flags=judged.flags,
            why=tuple(dict.fromkeys(reason.sentence for reason in judged.reasons)),
            undo=judged.undo,
            reasons=(f"the way back of {identifier}, from what was captured before it ran",),
            undoes=identifier,
        ),
        by or TOCSIN,
    )


def _texts(incident: Incident, run: Run) -> tuple[StepText, ...] | None:
    """The way back, in the very place where the change ran; None if that is not known."""
    ask = incident.asks.get(run.queued.ask) if run.queued.ask is not None else None
    if ask is None or not ask.made.texts or run.finished is None or run.finished.undo is None:
        return None
    return (replace(changing(ask.made.texts), text=run.finished.undo, read=()),)
