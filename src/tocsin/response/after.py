"""Whether a word about the time after the end is accepted: the post-mortem's states and its action items.

CookCam "Post-Mortem"; PrepChef "Post-Incident Review"; rules PM-03, PM-10, PM-12.
"""

from datetime import timedelta

from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.state import PostmortemState
from tocsin.kit.ids import PersonId
from tocsin.oncall.person import AccessRole

PRIORITIES = ("high", "medium", "low")

# From each state, where the document may go next.
NEXT = {
    PostmortemState.DRAFT: (PostmortemState.IN_REVIEW,),
    PostmortemState.IN_REVIEW: (PostmortemState.REVIEWED, PostmortemState.DRAFT),
    PostmortemState.REVIEWED: (PostmortemState.PUBLISHED, PostmortemState.IN_REVIEW, PostmortemState.DRAFT),
    PostmortemState.PUBLISHED: (),
}
_MAY_REVIEW = (AccessRole.COMMANDER, AccessRole.ADMIN)
_LONGEST = timedelta(days=366)

Word = ev.PostmortemWanted | ev.PostmortemOwned | ev.PostmortemMoved | ev.ActionOpened | ev.ActionClosed


def objection(incident: Incident, event: Word, situation: Situation) -> str | None:
    """Why this word is refused, in one sentence, or None if it is accepted."""
    if incident.declared is None:
        return f"There is no incident {incident.id}."
    return _stranger(event.by, situation) or _word(incident, event, situation)


def _word(incident: Incident, event: Word, situation: Situation) -> str | None:
    match event:
        case ev.PostmortemWanted():
            return _again(incident)
        case ev.PostmortemOwned():
            return _unknown(event.owner, situation)
        case ev.PostmortemMoved():
            return _step(incident, event, situation)
        case ev.ActionOpened():
            return _opened(incident, event, situation)
        case ev.ActionClosed():
            return _closed(incident, event)


def _again(incident: Incident) -> str | None:
    if incident.resolved_at is None:
        return f"{incident.id} is not over."
    if incident.postmortem_state is PostmortemState.PUBLISHED:
        return f"The post-mortem of {incident.id} is published; what is learned later goes into the next one."
    return None


def _step(incident: Incident, event: ev.PostmortemMoved, situation: Situation) -> str | None:
    if incident.resolved_at is None:
        return f"{incident.id} is not over; its post-mortem comes afterwards."
    now = incident.postmortem_state
    known = {state.value: state for state in PostmortemState}
    if event.state not in known:
        return f'"{event.state}" is no state of a post-mortem; they are {", ".join(known)}.'
    wanted = known[event.state]
    if wanted not in NEXT[now]:
        ways = ", ".join(state.value for state in NEXT[now]) or "nothing: it stays published"
        return f"The post-mortem of {incident.id} is {now.value}; what comes next is {ways}."
    if wanted is PostmortemState.REVIEWED:
        person = situation.roster.person(event.by)
        if person is not None and person.access not in _MAY_REVIEW:
            return f"A post-mortem is approved by a commander or an admin; {event.by} is a {person.access.value}."
    if wanted is PostmortemState.PUBLISHED and incident.postmortem_owner is None:
        return "Nobody owns this post-mortem: name one person first."
    return None


def _opened(incident: Incident, event: ev.ActionOpened, situation: Situation) -> str | None:
    if event.item in incident.actions:
        return f"There is an action item {event.item} already."
    if not event.what.strip():
        return "An action item without words says nothing."
    if event.priority not in PRIORITIES:
        return f'"{event.priority}" is no priority; they are {", ".join(PRIORITIES)}.'
    if event.due > situation.now + _LONGEST:
        return "An action item that is due in more than a year will not be done: choose a nearer day."
    return _unknown(event.owner, situation)


def _closed(incident: Incident, event: ev.ActionClosed) -> str | None:
    item = incident.actions.get(event.item)
    if item is None:
        known = ", ".join(incident.actions) or "none"
        return f"There is no action item {event.item}; there are: {known}."
    if item.closed is not None:
        return f"{event.item} is closed already, by {item.closed.by}."
    if not event.done and not (event.note or "").strip():
        return f"Dropping {event.item} needs a reason."
    return None


def _stranger(person: PersonId, situation: Situation) -> str | None:
    known = situation.roster.person(person)
    if known is None:
        return _unknown(person, situation)
    return None if known.access.may_act else f'"{person}" is a viewer and may not act.'


def _unknown(person: PersonId, situation: Situation) -> str | None:
    if not situation.roster.people or situation.roster.person(person) is not None:
        return None
    return f'"{person}" is not among the people of tocsin.toml.'
