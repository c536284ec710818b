"""Words about people and the course: roles, tasks, calling and releasing, time, cause, kin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from tocsin.errors import InputError
from tocsin.incident import events as ev
from tocsin.incident.team import ROLES, role_named
from tocsin.kit.ids import IncidentId, PersonId
from tocsin.web.api.operation import Call
from tocsin.web.api.words import Answered, Empty, Name, Words, body, hidden, incident_of, say, speaker, word

Minutes = Annotated[int, msgspec.Meta(ge=1, le=10_080)]


class Role(msgspec.Struct, forbid_unknown_fields=True):
    """A role: commander, deputy, scribe, communications, or what other houses call them."""

    role: Name


class Handover(msgspec.Struct, forbid_unknown_fields=True):
    """Who is to have a role; it stays where it is until they take it."""

    to: Name
    role: Name = "commander"


class Declined(msgspec.Struct, forbid_unknown_fields=True):
    """An offered role is not taken."""

    role: Name
    reason: Words | None = None


class Given(msgspec.Struct, forbid_unknown_fields=True):
    """One thing for one named person, within a time box if one is given."""

    to: Name
    what: Words
    minutes: Minutes | None = None


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    """A task is done, or was given up, and what was seen."""

    said: Words
    done: bool = True


class Called(msgspec.Struct, forbid_unknown_fields=True):
    """Who is paged by name, and what for."""

    person: Name
    why: Words


class Released(msgspec.Struct, forbid_unknown_fields=True):
    """Who is no longer needed."""

    person: Name


class Reason(msgspec.Struct, forbid_unknown_fields=True):
    """Why."""

    because: Words


class Postponed(msgspec.Struct, forbid_unknown_fields=True):
    """For how long the escalation is put off, once, and why."""

    minutes: Minutes
    because: Words


class Snooze(msgspec.Struct, forbid_unknown_fields=True):
    """For how long paging stops."""

    minutes: Minutes


class Cause(msgspec.Struct, forbid_unknown_fields=True):
    """The cause, or the best guess."""

    cause: Words
    certain: bool = True


class Security(msgspec.Struct, forbid_unknown_fields=True):
    """Why somebody may have broken in, and what everybody else reads."""

    because: Words
    codename: Name | None = None


class Other(msgspec.Struct, forbid_unknown_fields=True):
    """Another incident, and what both have in common."""

    other: Name
    because: Words | None = None


def _named(role: str) -> str:
    found = role_named(role)
    if found is None:
        raise InputError(f'"{role}" is no role.', hint=f"They are {', '.join(ROLES)}.")
    return found


def _written(call: Call, text: str | None) -> str:
    return hidden(call, text) or ""


def _after(call: Call, minutes: int) -> datetime:
    return call.now.astimezone(UTC) + timedelta(minutes=minutes)


def _role(call: Call) -> Answered:
    return say(call, ev.RoleWanted(_named(body(call, Role).role), speaker(call)))


def _handover(call: Call) -> Answered:
    given = body(call, Handover)
    return say(call, ev.RoleOffered(_named(given.role), PersonId(given.to), speaker(call)))


def _decline(call: Call) -> Answered:
    given = body(call, Declined)
    return say(call, ev.OfferDeclined(_named(given.role), speaker(call), hidden(call, given.reason)))


def _give(call: Call) -> Answered:
    given, incident = body(call, Given), incident_of(call)
    key = f"{incident.id}.k{len(incident.team.tasks) + 1}"
    due = _after(call, given.minutes) if given.minutes is not None else None
    return say(call, ev.TaskGiven(key, _written(call, given.what), PersonId(given.to), speaker(call), due))


def _take(call: Call) -> Answered:
    return say(call, ev.TaskTaken(call.path["task"], speaker(call)))


def _close(call: Call) -> Answered:
    given = body(call, Closed)
    return say(call, ev.TaskClosed(call.path["task"], speaker(call), given.done, _written(call, given.said)))


def _call(call: Call) -> Answered:
    given = body(call, Called)
    return say(call, ev.ResponderCalled(PersonId(given.person), speaker(call), _written(call, given.why)))


def _release(call: Call) -> Answered:
    return say(call, ev.ResponderReleased(PersonId(body(call, Released).person), speaker(call)))


def _escalate(call: Call) -> Answered:
    return say(call, ev.EscalationWanted(speaker(call), _written(call, body(call, Reason).because)))


def _postpone(call: Call) -> Answered:
    given = body(call, Postponed)
    until = _after(call, given.minutes)
    return say(call, ev.EscalationPostponed(speaker(call), until, _written(call, given.because)))


def _snooze(call: Call) -> Answered:
    return say(call, ev.Snoozed(speaker(call), _after(call, body(call, Snooze).minutes)))


def _cause(call: Call) -> Answered:
    given = body(call, Cause)
    return say(call, ev.CauseNamed(speaker(call), _written(call, given.cause), given.certain))


def _major(call: Call) -> Answered:
    return say(call, ev.MajorDeclared(speaker(call), _written(call, body(call, Reason).because)))


def _security(call: Call) -> Answered:
    given = body(call, Security)
    codename = given.codename or f"security {call.path['incident']}"
    return say(call, ev.SecurityDeclared(speaker(call), _written(call, given.because), codename))


def _drop(call: Call) -> Answered:
    because = _written(call, body(call, Reason).because)
    return say(call, ev.Resolved(speaker(call), because, because, false_alarm=True))


def _kin(make: type[ev.Linked] | type[ev.Merged]) -> Callable[[Call], Answered]:
    def handle(call: Call) -> Answered:
        given = body(call, Other)
        return say(call, make(IncidentId(given.other), speaker(call), _written(call, given.because)))

    return handle


OPERATIONS = (
    word("/roles", "take_role", "Take a role: accepts an offer, or asks whoever holds it.", Role, _role),
    word("/roles/offer", "hand_over", "Hand a role over; it moves when the other person takes it.", Handover, _handover),
    word("/roles/decline", "decline_role", "Do not take a role that was offered.", Declined, _decline),
    word("/tasks", "give_task", "One thing for one named person.", Given, _give),
    word("/tasks/{task}/take", "take_task", "I do it.", Empty, _take),
    word("/tasks/{task}/close", "close_task", "A task is done or given up, and what was seen.", Closed, _close),
    word("/responders/call", "call_responder", "Page one person by name.", Called, _call),
    word("/responders/release", "release_responder", "Somebody is not paged for this any more.", Released, _release),
    word("/escalate", "escalate", "Call the next level now.", Reason, _escalate),
    word("/escalation/postpone", "postpone_escalation", "The commander puts the escalation off, once.", Postponed, _postpone),
    word("/snooze", "snooze", "Paging goes on after this time, where it stood.", Snooze, _snooze),
    word("/cause", "name_cause", "The cause, or the best guess.", Cause, _cause),
    word("/major", "declare_major", "Treat a lesser incident as major.", Reason, _major),
    word("/security", "declare_security", "Somebody may have broken in: restricted from now on.", Security, _security),
    word("/false-alarm", "false_alarm", "It was none; it stays counted and listed.", Reason, _drop),
    word("/links", "link", "Two incidents have to do with each other.", Other, _kin(ev.Linked)),
    word("/merge", "merge", "The same as another incident: this one ends, the other goes on.", Other, _kin(ev.Merged)),
)  # fmt: skip
