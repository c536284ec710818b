"""Acknowledge: somebody has it. The first one to say so commands, and whoever answers when it came back (ROL-02).

CookCam "Step 1: Acknowledge the incident"; PrepChef step 1.
"""

from tocsin.incident.events import Acknowledged, Event, RoleTaken
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """Give the command to who acknowledges: the first, and after a relapse the one who woke up for it."""
    match event:
        case Acknowledged(by) if turn.incident.commander != by:
            turn.record(RoleTaken("commander", by))
