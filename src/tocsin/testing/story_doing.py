"""The words of stories about doing: values, ways back, work by hand, breaking the glass, waiting.

03:04 >> ana sets previous_stable_commit = 4f2a91c
03:10 >> ana undoes the last change in 15 min
03:11 >> ana did 4.2: no pattern to be seen
"""

import re

from tocsin.incident import events as ev
from tocsin.incident.undone import standing
from tocsin.kit import duration
from tocsin.kit.ids import PersonId, RunId
from tocsin.testing.world import World


def word(who: PersonId, verb: str, rest: str, world: World) -> ev.Event | None:
    """The event that a person's word about doing means, or None if it is no such word."""
    ask = world.incident.open_ask
    match verb:
        case "sets":
            name, _, value = rest.partition(" = ")
            return ev.ParameterSet(name, value, who)
        case "undoes":
            return _undo(who, rest, world)
        case "keeps":
            run, _, because = rest.partition(" because ")
            return ev.UndoCalledOff(_run(run, world), because, who)
        case "did":
            number, _, note = rest.partition(": ")
            return ev.ManualStepDone(number, who, note or None)
        case "breaks" if ask is not None:
            found = re.match(r"the glass(?: typing (?P<target>\S+))?(?: because (?P<why>.*))?$", rest)
            if found is None:
                return None
            return ev.Approved(ask.made.ask, who, ask.made.digest, found["target"], found["why"] or "")
        case _:
            return None


def line(event: ev.Event) -> str | None:
    """What a story shows of an event about doing, or None if it shows nothing."""
    match event:
        case ev.ParameterSet(name, value):
            return f"{name} is {value}"
        case ev.UndoRequested(run, _, due) if due is not None:
            return f"to be taken back at {due:%H:%M}: {run}"
        case ev.UndoCalledOff(run, because):
            return f"not taken back: {run}: {because}"
        case ev.ChangesSeen(_, changes):
            return (
                "; ".join(f"changed lately: {each.title} ({each.fit})" for each in changes)
                or "changed lately: nothing"
            )
        case ev.ManualStepOpened(_, number, title):
            return f"by hand: {number} {title}"
        case ev.ManualStepDone(number):
            return f"{number} is done"
        case ev.StepWaiting(run, target, incident, holder):
            return f"{run} waits: {holder} of {incident} has {target}"
        case ev.TargetPinned(target, identity):
            return f"{target} is {identity} from now on"
        case ev.ClockStarted(name, due, why) if name.startswith("wait "):
            return f"wait until {due:%H:%M}: {why}"
        case _:
            return None


def _undo(who: PersonId, rest: str, world: World) -> ev.Event:
    what, _, later = rest.partition(" in ")
    wait = duration.parse(later) if later else None
    return ev.UndoRequested(_run(what, world), who, world.now + wait if wait is not None else None)


def _run(text: str, world: World) -> RunId:
    """A run by its name, or "the last change"."""
    changes = standing(world.incident)
    if text == "the last change" and changes:
        return changes[-1].queued.run
    return RunId(text if "." in text else f"{world.incident.id}.{text}")
