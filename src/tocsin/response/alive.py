"""Whether whoever acknowledged is still there: silence is asked about once, then it is paged again (PAG-07)."""

from datetime import datetime, timedelta

from tocsin.incident.events import (
    Acknowledged,
    AcknowledgementLapsed,
    ClockNearing,
    ClockPassed,
    ClockStarted,
    Event,
    Relapsed,
    SeverityChanged,
    WatchStarted,
)
from tocsin.incident.state import RunState
from tocsin.kit import duration
from tocsin.response import promises, tell, warning
from tocsin.response.turn import Turn

STALE = "stale"


def react(turn: Turn, event: Event) -> None:
    """Start with the acknowledgement, go on while there are signs of life, page again when there are none."""
    match event:
        case Acknowledged():
            _wait(turn)
        case SeverityChanged() if turn.incident.acknowledged:
            _wait(turn)
        case WatchStarted():
            turn.stop_clock(STALE, "all is good")
        case Relapsed():
            turn.stop_clock(STALE, "it came back")
        case ClockNearing(name, due) if name == STALE:
            _ask(turn, due)
        case ClockPassed(name) if name == STALE and _watched(turn):
            _lapse_or_wait(turn)
        case _:
            pass


def _watched(turn: Turn) -> bool:
    incident = turn.incident
    return incident.open and incident.acknowledged and incident.watching_until is None


def _wait(turn: Turn) -> None:
    """From the last sign of life on, as long as this severity allows."""
    limit = promises.stale_after(turn.incident)
    if limit is None or not _watched(turn):
        turn.stop_clock(STALE, "nobody has to be heard of")
        return
    due = _last_sign(turn) + limit
    why = f"silent for {duration.spell(limit)}: paged again"
    turn.start_clock(ClockStarted(STALE, max(due, turn.situation.now + timedelta(seconds=1)), why))


def _lapse_or_wait(turn: Turn) -> None:
    limit = promises.stale_after(turn.incident)
    holder = turn.incident.acknowledged_by
    if limit is None or holder is None:
        return
    if _last_sign(turn) + limit > turn.situation.now:
        _wait(turn)
        return
    turn.record(AcknowledgementLapsed(holder, f"no word from {holder} for {duration.spell(limit)}"))


def _ask(turn: Turn, due: datetime) -> None:
    """One warning, if there really was no sign of life up to now."""
    limit = promises.stale_after(turn.incident)
    holder = tell.person(turn, turn.incident.acknowledged_by)
    if limit is None or holder is None or not _watched(turn):
        return
    lead = max(warning.before(STALE, limit), default=timedelta(0))
    if _last_sign(turn) + limit - lead <= turn.situation.now:
        tell.one(turn, holder, f"are you still there? paged again at {due:%H:%M} UTC; any word will do")


def _last_sign(turn: Turn) -> datetime:
    """When a person last did something, or a change they said yes to last ran."""
    incident, now = turn.incident, turn.situation.now
    if any(run.changes and run.state is RunState.RUNNING for run in incident.runs.values()):
        return now
    signs = [incident.team.active_at, incident.acknowledged_at]
    signs.extend(
        run.finished.started_at + run.finished.took
        for run in incident.runs.values()
        if run.changes and run.finished is not None
    )
    return max((sign for sign in signs if sign is not None), default=now)
