"""After a fix everything has to be good again within a stated time; else the clock is missed and the next way is looked at.

CookCam "Should return to baseline within 15 minutes"; rule RES-03.
"""

from tocsin.incident.events import (
    ClockNearing,
    ClockPassed,
    ClockStarted,
    DoubtSettled,
    Event,
    StepFinished,
    VerificationFailed,
    WatchStarted,
)
from tocsin.kit import duration
from tocsin.response import promises, tell
from tocsin.response.turn import Turn

BASELINE = "baseline"


def react(turn: Turn, event: Event) -> None:
    """Start with the first change that took effect; stop when all is good; say so when it is not."""
    match event:
        case StepFinished() | DoubtSettled() if turn.incident.open:
            run = turn.incident.runs[event.run]
            if run.changes and run.took_effect and not turn.incident.clock_running(BASELINE):
                _start(turn)
        case WatchStarted():
            turn.stop_clock(BASELINE, "all is good")
        case ClockNearing(name, due) if name == BASELINE and _missing(turn):
            tell.leader(turn, f"it should be good by {due:%H:%M} UTC and is not yet")
        case ClockPassed(name) if name == BASELINE and _missing(turn):
            limit = promises.baseline_within(turn.incident, turn.situation)
            within = f" within {duration.spell(limit)}" if limit else ""
            turn.record(VerificationFailed(turn.incident.last_change, f"not good again{within}"))
        case _:
            pass


def _start(turn: Turn) -> None:
    limit = promises.baseline_within(turn.incident, turn.situation)
    if limit is not None and turn.incident.watching_until is None:
        due = turn.situation.now + limit
        turn.start_clock(ClockStarted(BASELINE, due, f"good again within {duration.spell(limit)} of the fix"))


def _missing(turn: Turn) -> bool:
    return turn.incident.open and turn.incident.watching_until is None
