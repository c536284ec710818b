"""The question of the investigation clock: known cause, best guess, or escalate? (INV-01)

CookCam "Investigation (P0/P1: < 15 minutes)".
"""

from tocsin.incident.events import CauseNamed, ClockNearing, ClockPassed, Event, SeverityChanged, WatchStarted
from tocsin.response import investigate, promises, tell
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """Ask whoever leads when the time for investigating is over; stop asking when somebody answered."""
    match event:
        case CauseNamed(by):
            turn.stop_clock(investigate.INVESTIGATE, f"{by} named it")
        case SeverityChanged() if promises.investigate_within(turn.incident, turn.situation) is None:
            turn.stop_clock(investigate.INVESTIGATE, f"{turn.incident.severity} sets no time for it")
        case WatchStarted():
            turn.stop_clock(investigate.INVESTIGATE, "all is good")
        case ClockNearing(name, due) if name == investigate.INVESTIGATE and _wanted(turn):
            tell.leader(turn, f"cause wanted by {due:%H:%M} UTC: known, a best guess, or escalate")
        case ClockPassed(name) if name == investigate.INVESTIGATE and _wanted(turn):
            tell.leader(turn, "what is the cause: known, a best guess, or escalate?")
        case _:
            pass


def _wanted(turn: Turn) -> bool:
    """Nobody is asked while nobody has it (they are being paged), and nobody twice."""
    incident = turn.incident
    return incident.open and incident.acknowledged and incident.team.cause is None
