"""The first five minutes of a major incident: what must exist by then, or be said to be missing (INI-02).

CookCam "Initial Response (< 5 minutes)": acknowledged, status page, health check, recent deployments, resources.
"""

from tocsin.incident.events import (
    ClockNearing,
    ClockPassed,
    ClockStarted,
    Event,
    IncidentDeclared,
    Reopened,
    WarningGiven,
)
from tocsin.incident.incident import Incident
from tocsin.incident.said import PUBLIC
from tocsin.kit import duration
from tocsin.response import investigate, promises, tell
from tocsin.response.turn import Turn

INITIAL = "initial response"


def react(turn: Turn, event: Event) -> None:
    """Start with the declaration, warn of what is missing, say at the end what was."""
    match event:
        case IncidentDeclared() | Reopened():
            limit = promises.initial_response_within(turn.incident, turn.situation)
            if limit is not None:
                due = turn.situation.now + limit
                turn.start_clock(
                    ClockStarted(INITIAL, due, f"initial response within {duration.spell(limit)}")
                )
        case ClockNearing(name, due) if name == INITIAL and turn.incident.open:
            lacking = missing(turn.incident)
            if lacking and turn.incident.acknowledged:
                tell.leader(turn, f"still missing for {due:%H:%M} UTC: {', '.join(lacking)}")
        case ClockPassed(name) if name == INITIAL and turn.incident.open:
            lacking = missing(turn.incident)
            if lacking:
                turn.record(WarningGiven("INI-02", f"missing after the first minutes: {', '.join(lacking)}"))
        case _:
            pass


def missing(incident: Incident) -> tuple[str, ...]:
    """What of the first things does not exist yet, in the words of the seeds."""
    found = []
    if not incident.acknowledged:
        found.append("acknowledgement")
    told = incident.said.sent_to(PUBLIC)
    begun = incident.begun_at
    if incident.security is None and not any(u.sent_at and begun and u.sent_at >= begun for u in told):
        found.append("first update of the status page")
    runs = [run for run in incident.runs_for("investigate") if begun is None or run.at >= begun]
    if runs and investigate.still_looking(incident):
        found.append("the end of the first look")
    return tuple(found)
