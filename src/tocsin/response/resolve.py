"""Resolve: over when it has stayed good long enough, or when a person says so and why. Every clock stops.

CookCam "Resolution Confirmation"; PrepChef step 5; rules RES-04, RES-06, RES-07.
"""

from tocsin.incident.commands import CancelPages
from tocsin.incident.events import AskWithdrawn, ClockNearing, ClockPassed, Event, Resolved
from tocsin.kit import duration
from tocsin.response import document, promises, tell, verify
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """End the incident with the watch window; clean up behind every end."""
    match event:
        case ClockPassed(name) if name == verify.WATCH and _stayed_good(turn):
            window = duration.spell(promises.watch_window(turn.situation, turn.incident))
            turn.record(Resolved(None, f"good for {window}"))
        case ClockNearing(name, due) if name == verify.WATCH and _stayed_good(turn):
            tell.leader(turn, f"over at {due:%H:%M} UTC if it stays good; the last update is to be sent then")
        case Resolved():
            for clock in tuple(turn.incident.clocks):
                if not document.outlives_the_end(clock):
                    turn.stop_clock(clock, "resolved")
            open_ask = turn.incident.open_ask
            if open_ask is not None:
                turn.record(AskWithdrawn(open_ask.made.ask, "resolved"))
            turn.command(CancelPages(turn.incident.id))


def _stayed_good(turn: Turn) -> bool:
    """Whether the window was good to its end. A change that runs or is in doubt begins a new one when it is settled."""
    incident = turn.incident
    return incident.watching_until is not None and not incident.firing and incident.running_change is None
