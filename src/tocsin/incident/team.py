"""Who does what in an incident, since when, and when anybody was last heard of. Part of the fold; see `incident.incident`."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.incident import events as ev
from tocsin.kit.ids import PersonId

COMMANDER, DEPUTY, SCRIBE, COMMUNICATIONS = "commander", "deputy", "scribe", "communications"
ROLES = (COMMANDER, DEPUTY, SCRIBE, COMMUNICATIONS)

# What other houses call them (ROL-01).
_SYNONYMS = {
    "incident commander": COMMANDER, "incident manager": COMMANDER, "ic": COMMANDER, "lead": COMMANDER,
    "incident lead": COMMANDER, "major incident manager": COMMANDER,
    "second": DEPUTY, "backup": DEPUTY, "deputy commander": DEPUTY, "tech lead": DEPUTY, "operations lead": DEPUTY,
    "ops lead": DEPUTY,
    "recorder": SCRIBE, "note taker": SCRIBE, "documentation": SCRIBE,
    "comms": COMMUNICATIONS, "communication": COMMUNICATIONS, "communications lead": COMMUNICATIONS,
    "communications manager": COMMUNICATIONS, "customer liaison": COMMUNICATIONS,
    "internal liaison": COMMUNICATIONS, "liaison": COMMUNICATIONS, "external liaison": COMMUNICATIONS,
}  # fmt: skip


def role_named(word: str) -> str | None:
    """The role a word means, or None.

    >>> role_named("Customer Liaison"), role_named("IC"), role_named("cook")
    ('communications', 'commander', None)
    """
    plain = " ".join(word.replace("-", " ").replace("_", " ").split()).casefold()
    return plain if plain in ROLES else _SYNONYMS.get(plain)


@dataclass(frozen=True, slots=True)
class Tenure:
    """Who had a role from when to when; `until` is None while they have it."""

    role: str
    person: PersonId
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task and how it stands."""

    given: ev.TaskGiven
    at: datetime
    taken_at: datetime | None = None
    closed: ev.TaskClosed | None = None

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.closed is None


@dataclass(frozen=True, slots=True)
class Team:
    """Who does what.

    Attributes:
        tenures: every time somebody took a role, in order. offers: roles offered and not yet taken.
        released: people who are not paged any more. warned: (rule, person) of the warnings given.
        active_at: when a person last did something. acted: everybody who did.
        snoozed_until: when paging goes on, or None. postponed: whether the escalation was put off already.
        cause: the last answer to the question of the investigation clock.
    """

    tenures: tuple[Tenure, ...] = ()
    offers: dict[str, ev.RoleOffered] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    released: frozenset[PersonId] = frozenset()
    warned: frozenset[tuple[str, PersonId | None]] = frozenset()
    active_at: datetime | None = None
    acted: frozenset[PersonId] = frozenset()
    snoozed_until: datetime | None = None
    postponed: bool = False
    cause: ev.CauseNamed | None = None

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """The tasks that are still to be done."""
        return tuple(task for task in self.tasks.values() if task.open)


def after(team: Team, event: ev.Event, at: datetime) -> Team:
    """The team after one more event; the same object if it says nothing about it."""
    team = _heard(team, event, at)
    match event:
        case ev.RoleTaken():
            others = {role: offer for role, offer in team.offers.items() if role != event.role}
            ended = _ended(team.tenures, event.role, at)
            return replace(
                team, tenures=(*ended, Tenure(event.role, event.person, at)), offers=others,
                released=team.released - {event.person},
            )  # fmt: skip
        case ev.RoleOffered():
            return replace(team, offers={**team.offers, event.role: event})
        case ev.OfferDeclined() | ev.OfferLapsed():
            others = {role: offer for role, offer in team.offers.items() if role != event.role}
            return replace(team, offers=others)
        case ev.TaskGiven() | ev.TaskTaken() | ev.TaskClosed():
            return _task(team, event, at)
        case ev.ResponderReleased():
            return replace(team, released=team.released | {event.person})
        case ev.ResponderCalled():
            return replace(team, released=team.released - {event.person})
        case ev.WarningGiven():
            return replace(team, warned=team.warned | {(event.rule, event.to)})
        case ev.CauseNamed():
            return replace(team, cause=event)
        case ev.EscalationPostponed():
            return replace(team, postponed=True)
        case ev.Snoozed():
            return replace(team, snoozed_until=event.until)
        case ev.Acknowledged():
            return replace(team, snoozed_until=None, released=team.released - {event.by})
        case ev.Relapsed():
            return replace(team, released=frozenset(), snoozed_until=None)
        case ev.Reopened():
            # Who had it yesterday may sleep now: everybody can be called, and no cause is known for what is new.
            fresh = Team(
                _ended(team.tenures, COMMANDER, at), {}, team.tasks, warned=team.warned, acted=team.acted
            )
            return replace(fresh, active_at=team.active_at)
        case _:
            return team


def _ended(tenures: tuple[Tenure, ...], role: str, at: datetime) -> tuple[Tenure, ...]:
    return tuple(
        replace(tenure, until=at) if tenure.role == role and tenure.until is None else tenure
        for tenure in tenures
    )


def _task(team: Team, event: ev.TaskGiven | ev.TaskTaken | ev.TaskClosed, at: datetime) -> Team:
    match event:
        case ev.TaskGiven():
            return replace(team, tasks={**team.tasks, event.task: Task(event, at)})
        case ev.TaskTaken() if event.task in team.tasks:
            known = replace(team.tasks[event.task], taken_at=at)
        case ev.TaskClosed() if event.task in team.tasks:
            known = replace(team.tasks[event.task], closed=event)
        case _:
            return team
    return replace(team, tasks={**team.tasks, event.task: known})


def _heard(team: Team, event: ev.Event, at: datetime) -> Team:
    """A sign of life of a person (PAG-07). Being given something is none; doing something is."""
    match event:
        case (
            ev.Acknowledged(by=by) | ev.NoteAdded(by=by) | ev.Approved(by=by) | ev.Rejected(by=by)
            | ev.StepRequested(by=by) | ev.DoubtSettled(by=by) | ev.SeverityChanged(by=by)
            | ev.RoleOffered(by=by) | ev.RoleWanted(by=by) | ev.OfferDeclined(by=by) | ev.TaskTaken(by=by)
            | ev.TaskClosed(by=by) | ev.ResponderReleased(by=by) | ev.ResponderCalled(by=by) | ev.CauseNamed(by=by)
            | ev.EscalationWanted(by=by) | ev.EscalationPostponed(by=by) | ev.UpdateApproved(by=by)
            | ev.UpdateSent(by=by) | ev.UpdateWithdrawn(by=by) | ev.CadenceSet(by=by) | ev.MajorDeclared(by=by)
            | ev.SecurityDeclared(by=by) | ev.Linked(by=by)
        ):  # fmt: skip
            return replace(team, active_at=at, acted=team.acted | {by})
        case ev.UpdateDrafted(by=by) | ev.ChecklistTicked(by=by) if by is not None:
            return replace(team, active_at=at, acted=team.acted | {by})
        case _:
            return team
