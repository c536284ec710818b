"""Document: the draft of the post-mortem exists the moment the incident closes, and its clock runs.

CookCam "Post-Mortem (Within 48 hours)"; PrepChef "Document - Write post-mortem (P0/P1 only)"; rules PM-01, PM-02, PM-05.
"""

from tocsin.incident.commands import DraftPostmortem
from tocsin.incident.events import (
    ActionClosed,
    ActionOpened,
    ClockStarted,
    Event,
    PostmortemDrafted,
    PostmortemMoved,
    PostmortemOwned,
    PostmortemWanted,
    Resolved,
)
from tocsin.incident.state import PostmortemState
from tocsin.kit import duration
from tocsin.response import promises
from tocsin.response.turn import Turn

POST_MORTEM = "post-mortem"


def react(turn: Turn, event: Event) -> None:
    """Ask for the draft at the end; start the clock when it exists."""
    match event:
        case Resolved() if event.false_alarm or turn.incident.kin.merged_into is not None:
            pass  # there is nothing of its own to learn from; whoever wants one all the same asks for it
        case Resolved() | PostmortemWanted():
            turn.command(DraftPostmortem(turn.incident.id))
        case PostmortemDrafted():
            due = promises.post_mortem_within(turn.incident, turn.situation)
            if due is None:
                return
            ended = turn.incident.resolved_at or turn.situation.now
            turn.start_clock(
                ClockStarted(POST_MORTEM, ended + due, f"published within {duration.spell(due)}")
            )
            _name_owner(turn)
        case PostmortemMoved(state) if state == PostmortemState.PUBLISHED.value:
            turn.stop_clock(POST_MORTEM, f"published by {event.by}")
        case ActionOpened(item, what, owner, due):
            turn.start_clock(ClockStarted(action_clock(item), due, f"{owner}: {what}"))
        case ActionClosed(item):
            turn.stop_clock(action_clock(item), "done" if event.done else f"dropped: {event.note}")


def action_clock(item: str) -> str:
    """The name of the clock that runs until an action item is due."""
    return f"action {item}"


def outlives_the_end(clock: str) -> bool:
    """Whether a clock runs on when the incident is over: what is owed afterwards."""
    return clock == POST_MORTEM or clock.startswith(action_clock(""))


def _name_owner(turn: Turn) -> None:
    """Whoever commanded answers for the document until somebody else is named (PM-03)."""
    incident = turn.incident
    commander = incident.commander
    if incident.postmortem_owner is None and commander is not None:
        turn.record(PostmortemOwned(commander, commander))
