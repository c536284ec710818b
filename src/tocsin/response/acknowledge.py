"""Acknowledge: somebody has it. The first one to say so commands, and whoever answers when it came back (ROL-02).

CookCam "Step 1: Acknowledge the incident"; PrepChef step 1.
"""

from tocsin.incident.events import Acknowledged, Event, RoleTaken
from tocsin.incident.team import COMMANDER
from tocsin.kit.ids import PersonId
from tocsin.response import tell
from tocsin.response.turn import Turn


def react(turn: Turn, event: Event) -> None:
    """Give the command to who acknowledges: the first, and after a relapse the one who woke up for it."""
    match event:
        case Acknowledged(by):
            before = turn.incident.commander
            if before != by:
                turn.record(RoleTaken(COMMANDER, by))
            _somebody_elses_page(turn, by, before)
        case _:
            pass


def _somebody_elses_page(turn: Turn, by: PersonId, before: PersonId | None) -> None:
    """Whoever was called instead hears that it is taken, and by whom: else two people get up (PAG-10)."""
    paged = {page.queued.person for page in turn.incident.pages.values() if page.queued.urgent}
    if by in paged or not paged:
        return
    others = {*paged, *(() if before is None else (before,))} - {by}
    for person in turn.situation.roster.people:
        if person.id in others and person.methods:
            tell.one(turn, person, f"{by} acknowledged your page and commands now")
