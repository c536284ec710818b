"""Document: the draft of the post-mortem exists the moment the incident closes, and its clock runs.

CookCam "Post-Mortem (Within 48 hours)"; PrepChef "Document - Write post-mortem (P0/P1 only)"; rules PM-01, PM-02, PM-05.
"""

from tocsin.incident.commands import DraftPostmortem
from tocsin.incident.events import ClockStarted, Event, PostmortemDrafted, Resolved
from tocsin.kit import duration
from tocsin.response import promises
from tocsin.response.turn import Turn

POST_MORTEM = "post-mortem"


def react(turn: Turn, event: Event) -> None:
    """Ask for the draft at the end; start the clock when it exists."""
    match event:
        case Resolved():
            turn.command(DraftPostmortem(turn.incident.id))
        case PostmortemDrafted():
            due = promises.post_mortem_within(turn.incident, turn.situation)
            if due is None:
                return
            ended = turn.incident.resolved_at or turn.situation.now
            turn.start_clock(
                ClockStarted(POST_MORTEM, ended + due, f"published within {duration.spell(due)}")
            )
