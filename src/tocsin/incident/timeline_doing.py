"""Lines of the timeline about doing: values, ways back, work by hand, waiting, what was expected."""

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
        case ev.StepWaiting(run, target, incident, holder):
            return Line(at, "run", f"{names.get(run, run)} waits: {holder} of {incident} has {target}")
        case ev.TargetPinned(target, identity, by):
            return Line(at, "person", f"{by} takes {target} to be {identity}")
        case _:
            return None


def expected(ended: ev.StepFinished) -> tuple[str, ...]:
    """What should have been seen, one line each with its answer."""
    return tuple(
        f"expected: {each.text}: {each.state}" + (f" ({each.seen})" if each.seen else "")
        for each in ended.expectations
    )
