"""Acknowledge: somebody has it. The first one to say so commands until it is handed over (ROL-02).

CookCam "Step 1: Acknowledge the incident"; PrepChef step 1.
"""

from tocsin.incident.events import Acknowledged, Event, RoleTaken
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """Give the command to the first who acknowledges."""
    match event:
        case Acknowledged(by) if turn.incident.commander is None:
            turn.record(RoleTaken("commander", by))
