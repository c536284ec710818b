"""The words of stories for the time after the end: the post-mortem's way to publication, and action items.

09:00 >> bo owns the post-mortem
10:00 >> bo moves the post-mortem to in review
11:00 >> bo promises "alert on restarts" by ana until 2025-10-20
"""

import re
from datetime import UTC, datetime, timedelta

from tocsin.incident import events as ev
from tocsin.kit.ids import PersonId, sha256
from tocsin.testing.world import World

_PROMISE = re.compile(
    r'^"(?P<what>[^"]*)" by (?P<owner>[a-z]+) until (?P<due>\d{4}-\d\d-\d\d)(?: (?P<priority>[a-z]+))?$'
)


def word(who: PersonId, verb: str, rest: str, world: World) -> ev.Event | None:
    """The event that a person's word about the time after the end means, or None if it is no such word."""
    match verb:
        case "owns" if rest == "the post-mortem":
            return ev.PostmortemOwned(who, who)
        case "moves":
            state = rest.removeprefix("the post-mortem to ")
            return ev.PostmortemMoved(state, who, "INC-1.md", sha256("INC-1"))
        case "promises":
            found = _PROMISE.match(rest)
            if found is None:
                return None
            due = datetime.fromisoformat(found["due"]).replace(tzinfo=UTC) + timedelta(days=1)
            item = world.incident.next_action()
            return ev.ActionOpened(
                item, found["what"], PersonId(found["owner"]), due, found["priority"] or "medium", who
            )
        case "finishes":
            return ev.ActionClosed(rest, who, True)
        case "drops":
            item, _, reason = rest.partition(" because ")
            return ev.ActionClosed(item, who, False, reason or None)
        case _:
            return None


def line(event: ev.Event) -> str | None:
    """What a story shows of an event after the end, or None if it shows nothing."""
    match event:
        case ev.PostmortemOwned(owner):
            return f"{owner} owns the post-mortem"
        case ev.PostmortemMoved(state):
            return f"post-mortem {state}"
        case ev.ActionOpened(item, what, owner, due):
            return f"{item} for {owner} until {due - timedelta(days=1):%Y-%m-%d}: {what}"
        case ev.ActionClosed(item, _, done):
            return f"{item} {'done' if done else 'dropped'}"
        case ev.ClockPassed(name) if name.startswith(("action ", "post-mortem")):
            return f"overdue: {name}"
        case _:
            return None
