"""Whether a word about people, time or the course of an incident is accepted. A refusal is one sentence."""

from datetime import timedelta

from tocsin.incident import events as ev
from tocsin.incident.incident import Incident
from tocsin.incident.situation import Situation
from tocsin.incident.team import ROLES
from tocsin.kit import duration
from tocsin.kit.ids import PersonId
from tocsin.response import promises

_POSTPONE = timedelta(minutes=30)
_SNOOZE_MILD = timedelta(hours=4)

Word = (
    ev.RoleOffered | ev.RoleWanted | ev.OfferDeclined | ev.TaskGiven | ev.TaskTaken | ev.TaskClosed
    | ev.ResponderReleased | ev.ResponderCalled | ev.CauseNamed | ev.EscalationWanted | ev.EscalationPostponed
    | ev.Snoozed | ev.MajorDeclared | ev.SecurityDeclared | ev.Linked | ev.Merged
)  # fmt: skip


def objection(incident: Incident, event: Word, situation: Situation) -> str | None:
    """Why this word is refused, or None if it is accepted. The caller has checked that the incident is open."""
    match event:
        case ev.RoleOffered() | ev.RoleWanted() | ev.OfferDeclined():
            return _role(incident, event, situation)
        case ev.TaskGiven() | ev.TaskTaken() | ev.TaskClosed():
            return _task(incident, event, situation)
        case ev.ResponderReleased() | ev.ResponderCalled():
            return _responder(incident, event, situation)
        case ev.CauseNamed():
            return None if event.cause.strip() else "A cause without words says nothing."
        case ev.EscalationWanted():
            return None if situation.roster.last_level else "There is nobody to escalate to."
        case ev.EscalationPostponed():
            return _postponed(incident, event, situation)
        case ev.Snoozed():
            return _snoozed(incident, event, situation)
        case _:
            return _kin(incident, event)


def unknown(person: PersonId, situation: Situation) -> str | None:
    """Why this person cannot be given anything, or None."""
    if not situation.roster.people:
        return None
    known = situation.roster.person(person)
    if known is None:
        return f'"{person}" is not among the people of tocsin.toml.'
    return None if known.access.may_act else f'"{person}" is a viewer and may not act.'


def _role(
    incident: Incident, event: ev.RoleOffered | ev.RoleWanted | ev.OfferDeclined, situation: Situation
) -> str | None:
    if event.role not in ROLES:
        return f'"{event.role}" is no role; they are {", ".join(ROLES)}.'
    holder = incident.roles.get(event.role)
    match event:
        case ev.RoleOffered():
            if event.to == holder:
                return f"{event.to} is {event.role} already."
            if holder is not None and event.by not in (holder, incident.commander):
                return f"{holder} is {event.role}; only {holder} or the commander hands it over."
            return unknown(event.to, situation)
        case ev.RoleWanted():
            return f"{event.by} is {event.role} already." if event.by == holder else None
        case ev.OfferDeclined():
            offer = incident.team.offers.get(event.role)
            if offer is None or offer.to != event.by:
                return f"Nobody offered {event.by} the role of {event.role}."
            return None


def _task(
    incident: Incident, event: ev.TaskGiven | ev.TaskTaken | ev.TaskClosed, situation: Situation
) -> str | None:
    task = incident.team.tasks.get(event.task)
    match event:
        case ev.TaskGiven():
            if task is not None:
                return f"There is a task {event.task} already."
            if not event.what.strip():
                return "A task without words says nothing."
            if event.due is not None and event.due <= situation.now:
                return "The time for a task ends in the future."
            return unknown(event.to, situation)
        case _ if task is None:
            known = ", ".join(incident.team.tasks) or "none"
            return f"There is no task {event.task}; there are: {known}."
        case _ if not task.open:
            return f"{event.task} is closed already."
        case ev.TaskTaken():
            if task.given.to != event.by:
                return f"{event.task} is {task.given.to}'s; a task moves by being given anew."
            return f"{event.by} has {event.task} already." if task.taken_at else None
        case ev.TaskClosed():
            return None if event.said.strip() else f"Say what was seen: that is what {event.task} was for."


def _responder(
    incident: Incident, event: ev.ResponderReleased | ev.ResponderCalled, situation: Situation
) -> str | None:
    refused = unknown(event.person, situation)
    if refused:
        return refused
    match event:
        case ev.ResponderReleased():
            if event.person == incident.commander:
                return f"{event.person} commands; hand the command over first."
            if event.person in incident.team.released:
                return f"{event.person} is released already."
            if incident.commander is not None and event.by not in (incident.commander, event.person):
                return f"{incident.commander} commands and releases people."
            return None
        case ev.ResponderCalled():
            person = situation.roster.person(event.person)
            if person is not None and not person.methods:
                return f"{event.person} has no way to be reached: set people.{event.person}.page."
            return None if event.why.strip() else f"Say what {event.person} is needed for."


def _postponed(incident: Incident, event: ev.EscalationPostponed, situation: Situation) -> str | None:
    clock = incident.clocks.get("escalate")
    if clock is None or clock.state != "running":
        return "No escalation is due."
    if event.by != incident.commander:
        return f"Only the commander puts the escalation off; that is {incident.commander or 'nobody yet'}."
    if incident.team.postponed:
        return "It was put off once already; somebody higher should know by now."
    if not event.reason.strip():
        return "Putting the escalation off needs a reason."
    if event.until <= clock.started.due or event.until > situation.now + clock_limit(incident, situation):
        return f"It can be put off by at most {duration.spell(clock_limit(incident, situation))} from now."
    return None


def clock_limit(incident: Incident, situation: Situation) -> timedelta:
    """How far an escalation may be put off: once more the time it had."""
    return promises.escalate_after(incident, situation) or _POSTPONE


def _snoozed(incident: Incident, event: ev.Snoozed, situation: Situation) -> str | None:
    if incident.acknowledged:
        return f"{incident.acknowledged_by} has it; nothing is paging."
    limit = promises.stale_after(incident) or _SNOOZE_MILD
    if event.until <= situation.now or event.until > situation.now + limit:
        return f"{incident.severity} can be put off by at most {duration.spell(limit)}."
    return None


def _kin(
    incident: Incident, event: ev.MajorDeclared | ev.SecurityDeclared | ev.Linked | ev.Merged
) -> str | None:
    match event:
        case ev.MajorDeclared():
            if incident.major:
                return f"{incident.id} is major already."
            if incident.commander not in (None, event.by):
                return f"{incident.commander} commands and declares it major."
            return None if event.because.strip() else "Say what makes it major."
        case ev.SecurityDeclared():
            return "It is a security incident already." if incident.security is not None else None
        case ev.Linked():
            if event.other == incident.id:
                return "An incident cannot be linked with itself."
            return f"{event.other} is linked already." if event.other in incident.kin.linked else None
        case ev.Merged():
            return _merge(incident, event)


def _merge(incident: Incident, event: ev.Merged) -> str | None:
    if event.into == incident.id:
        return "An incident cannot be merged with itself."
    if incident.running_change is not None:
        run = incident.running_change
        return f"{run.queued.run} is {run.state.value} here; settle it before this ends."
    return None
