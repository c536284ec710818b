"""Document: the draft of the post-mortem exists the moment the incident closes, and its clock runs.

CookCam "Post-Mortem (Within 48 hours)"; PrepChef "Document - Write post-mortem (P0/P1 only)"; rules PM-01, PM-02, PM-05.
"""

from tocsin.incident.commands import DraftPostmortem
from tocsin.incident.events import (
    ActionClosed,
    ActionOpened,
    ClockNearing,
    ClockPassed,
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
from tocsin.response import promises, tell, warning
from tocsin.response.turn import Turn

POST_MORTEM = "post-mortem"
_ACTION = "action "  # the clock of an action item is named "action INC-1.t1"


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
        case ClockNearing(name, due) if name == POST_MORTEM:
            _remind_of_document(turn, f"the post-mortem is due at {due:%Y-%m-%d %H:%M} UTC")
        case ClockPassed(name) if name == POST_MORTEM:
            _remind_of_document(turn, "the post-mortem is overdue")
            for person in turn.situation.roster.at(3):
                if person.id != turn.incident.postmortem_owner:
                    tell.one(turn, person, "the post-mortem is overdue")
        case ClockNearing(name, due) if name.startswith(action_clock("")):
            _remind_of_action(turn, name, f"is due at {due:%Y-%m-%d %H:%M} UTC", also_leader=False)
        case ClockPassed(name) if name.startswith(action_clock("")):
            _remind_of_action(turn, name, "is overdue", also_leader=True)
        case PostmortemMoved(state) if state == PostmortemState.PUBLISHED.value:
            turn.stop_clock(POST_MORTEM, f"published by {event.by}")
        case ActionOpened(item, what, owner, due):
            turn.start_clock(ClockStarted(action_clock(item), due, f"{owner}: {what}"))
        case ActionClosed(item):
            turn.stop_clock(action_clock(item), "done" if event.done else f"dropped: {event.note}")


def action_clock(item: str) -> str:
    """The name of the clock that runs until an action item is due."""
    return f"{_ACTION}{item}"


def outlives_the_end(clock: str) -> bool:
    """Whether a clock runs on when the incident is over: what is owed afterwards, and what warns of it."""
    owed = warning.watched(clock) or clock
    return owed == POST_MORTEM or owed.startswith(action_clock(""))


def _remind_of_document(turn: Turn, what: str) -> None:
    """The owner, else whoever led (PM-01)."""
    owner = tell.person(turn, turn.incident.postmortem_owner)
    if owner is not None:
        tell.one(turn, owner, what)
    else:
        tell.leader(turn, what)


def _remind_of_action(turn: Turn, clock: str, what: str, *, also_leader: bool) -> None:
    """Whoever promised it; once it is late the commander as well (PM-10)."""
    item = turn.incident.actions.get(clock.removeprefix(action_clock("")))
    if item is None:
        return
    owner = tell.person(turn, item.opened.owner)
    if owner is not None:
        tell.one(turn, owner, f"{item.opened.item} {what}: {item.opened.what}")
    leader = tell.person(turn, turn.incident.commander)
    if also_leader and leader is not None and leader != owner:
        tell.one(turn, leader, f"{item.opened.item} of {item.opened.owner} {what}: {item.opened.what}")


def _name_owner(turn: Turn) -> None:
    """Whoever commanded answers for the document until somebody else is named (PM-03)."""
    incident = turn.incident
    commander = incident.commander
    if incident.postmortem_owner is None and commander is not None:
        turn.record(PostmortemOwned(commander, commander))
