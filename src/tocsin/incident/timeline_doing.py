"""Lines of the timeline about doing: values, ways back, work by hand, waiting, what was expected."""

from datetime import datetime

from tocsin.incident import events as ev
from tocsin.incident.line import Line


def doing(record: ev.Recorded, names: dict[str, str]) -> Line | None:
    """The line of an event about doing, or None if it is about something else.

    Args:
        names: what runs are called: number and text.
    """
    at = record.at
    match record.event:
        case ev.ParameterSet(name, value, by):
            return Line(at, "person", f"{by} set {name} = {value}")
        case ev.UndoRequested(run, by, due):
            when = f" at {due:%H:%M:%S}" if due else ""
            return Line(at, "ask", f"{by} wants taken back{when}: {names.get(run, run)}")
        case ev.UndoCalledOff(run, because, by):
            who = f" ({by})" if by else ""
            return Line(at, "ask", f"not taken back: {names.get(run, run)}: {because}{who}")
        case ev.ManualStepOpened(_, number, title, text, links):
            more = tuple(line for line in (text if text != title else "", *links) if line)
            return Line(at, "hand", f"by hand: {number} {title}", more)
        case ev.ManualStepDone(number, by, note):
            return Line(at, "hand", f"{by} did {number}" + (f": {note}" if note else ""))
        case ev.ChangesSeen():
            return _changes(at, record.event)
        case ev.StepWaiting(run, target, incident, holder):
            return Line(at, "run", f"{names.get(run, run)} waits: {holder} of {incident} has {target}")
        case ev.TargetPinned(target, identity, by):
            return Line(at, "person", f"{by} takes {target} to be {identity}")
        case _:
            return None


def _changes(at: datetime, seen: ev.ChangesSeen) -> Line:
    asked = f" (line {seen.line} asks for them)" if seen.line is not None else ""
    if not seen.changes:
        return Line(at, "look", f"recent changes{asked}: none since {seen.since:%Y-%m-%d %H:%M} UTC")
    fits = sum(each.fit == "same thing" for each in seen.changes)
    said = f"{len(seen.changes) + seen.more} recent changes{asked}, {fits or 'none'} about the same thing"
    lines = [
        f"{each.at:%H:%M} {each.title}{f' by {each.who}' if each.who else ''} [{each.source}]: {'; '.join(each.reasons)}"
        + (f" {each.link}" if each.link else "")
        for each in seen.changes
    ]
    return Line(at, "look", said, (*lines, *((f"and {seen.more} more",) if seen.more else ())))


def expected(ended: ev.StepFinished) -> tuple[str, ...]:
    """What should have been seen, one line each with its answer."""
    return tuple(
        f"expected: {each.text}: {each.state}" + (f" ({each.seen})" if each.seen else "")
        for each in ended.expectations
    )
