"""A deadline comes near: said once, so that each phase can tell whoever can still keep it."""

from tocsin.incident.events import ClockNearing, ClockPassed, Event
from tocsin.response import warning
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """Say that a deadline comes near, if its clock still runs."""
    match event:
        case ClockPassed(name):
            watched = warning.watched(name)
            clock = turn.incident.clocks.get(watched) if watched is not None else None
            if watched is not None and clock is not None and clock.state == "running":
                turn.record(ClockNearing(watched, clock.started.due))
        case _:
            pass
