"""Whether everybody a runbook wants to wake can really be reached, checked before it matters (PAG-19 to PAG-22, ONC-03).

What is found to be an error is a promise that cannot be kept: somebody would not be woken. A warning is a habit that
goes wrong one night. Without errors every level that the runbook names reaches somebody, at every instant looked at.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.kit.ids import PersonId
from tocsin.oncall import contacts
from tocsin.oncall.amendment import Amendment
from tocsin.oncall.finding import Finding
from tocsin.oncall.person import Person
from tocsin.oncall.readiness_time import over_time
from tocsin.oncall.schedule import OnCall
from tocsin.runbook.policy.terms import Policy

DAYS = 14


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a plan.

    Attributes:
        levels: how many escalation levels there have to be. contacts: the special contacts there have to be.
        pagers: names of the pagers that are set up; None: whatever is named is.
        start, end: the time looked at.
    """

    levels: int
    contacts: tuple[contacts.Wanted, ...]
    pagers: frozenset[str] | None
    start: datetime
    end: datetime


def question(
    policy: Policy, now: datetime, days: int = DAYS, pagers: Collection[str] | None = None
) -> Question:
    """What a runbook asks of the people, from now on for some days."""
    return Question(
        max(1, *(level.level for level in policy.escalation)) if policy.escalation else 1,
        contacts.wanted(policy),
        None if pagers is None else frozenset(pagers),
        now,
        now + timedelta(days=days),
    )


def check(plan: OnCall, amendments: Iterable[Amendment], asked: Question) -> tuple[Finding, ...]:
    """Everything that stands between a page and a person; errors first, each group in the order of levels."""
    about = tuple(each for each in amendments if each.overlaps(asked.start, asked.end))
    found = [
        *_levels(plan, asked.levels),
        *_people(plan, about, asked),
        *_contacts(plan, asked.contacts),
        *_channels(plan),
        *over_time(plan, about, asked.start, asked.end),
    ]
    return tuple(sorted(found, key=lambda each: not each.error))


def _levels(plan: OnCall, wanted: int) -> Iterator[Finding]:
    """Levels with nobody, or with one person whom nobody can stand in for."""
    for number in range(1, max(wanted, len(plan.levels)) + 1):
        level = plan.level(number)
        if level is None or not level.everybody:
            yield Finding(
                "nobody",
                True,
                f"level {number} has nobody",
                f"set oncall.level{number} in tocsin.toml",
                number,
            )
            continue
        fit = [person for person in level.everybody if _fit(plan.person(person))]
        if len(fit) == 1:
            yield Finding(
                "alone", True, f"level {number} is {fit[0]} alone: nobody stands in on a night off",
                f"name a second person in oncall.level{number}", number, fit[0],
            )  # fmt: skip


def _fit(person: Person | None) -> bool:
    return person is not None and bool(person.methods) and person.access.may_act


def _people(plan: OnCall, about: Sequence[Amendment], asked: Question) -> Iterator[Finding]:
    """Everybody named anywhere is known, has a way to be reached that exists, and may act on a page."""
    for person, level, where in _named(plan, about):
        known = plan.person(person)
        if known is None:
            yield Finding(
                "unknown-person", True, f'{where} names "{person}", who is not among the people',
                f"add [people.{person}], or take the name out", level, person,
            )  # fmt: skip
            continue
        if not known.methods:
            yield Finding(
                "unreachable", True, f'"{person}" ({where}) has no way to be reached', f"set people.{person}.page",
                level, person,
            )  # fmt: skip
        if not known.access.may_act:
            yield Finding(
                "viewer", True, f'"{person}" ({where}) is a viewer and could not act on a page',
                f'set people.{person}.role = "responder"', level, person,
            )  # fmt: skip
        for method in known.methods:
            if asked.pagers is not None and method.pager not in asked.pagers:
                yield Finding(
                    "no-pager", True, f'"{person}" is paged by "{method.pager}", and there is no such pager',
                    f"add [pagers.{method.pager}]", level, person,
                )  # fmt: skip


def _named(plan: OnCall, about: Sequence[Amendment]) -> Iterator[tuple[PersonId, int | None, str]]:
    """Everybody who may be called, once, with where the name stands first."""
    seen: set[PersonId] = set()
    named: list[tuple[PersonId, int | None, str]] = [
        *((person, n, f"level {n}") for n, level in enumerate(plan.levels, 1) for person in level.everybody),
        *((person, None, f"contact {each.name}") for each in plan.contacts for person in each.people),
        *((person, each.level, f"{each.kind.value} {each.id}") for each in about for person in each.people),
    ]
    for person, level, where in named:
        if person not in seen:
            seen.add(person)
            yield person, level, where


def _contacts(plan: OnCall, wanted: tuple[contacts.Wanted, ...]) -> Iterator[Finding]:
    """Every special contact the runbook names is somebody."""
    bound = {each.name: each for each in plan.contacts}
    for each in wanted:
        found = bound.get(each.name)
        if found is None or not found.people:
            yield Finding(
                "contact-missing", True,
                f'the runbook names "{each.role}" (line {each.line}), and nobody is called for it',
                f'set oncall.contacts.{each.name} = ["…"] in tocsin.toml',
            )  # fmt: skip


def _channels(plan: OnCall) -> Iterator[Finding]:
    """Levels that hang on one channel, and addresses that two people share (PAG-22)."""
    for number, level in enumerate(plan.levels, start=1):
        people = [known for person in level.everybody if (known := plan.person(person)) and known.methods]
        pagers = {method.pager for person in people for method in person.methods}
        if len(pagers) == 1:
            yield Finding(
                "one-channel", False, f'level {number} is reached by "{next(iter(pagers))}" alone',
                "give its people a second method of another pager", number,
            )  # fmt: skip
    owners: dict[str, PersonId] = {}
    for person in plan.people:
        for method in person.methods:
            address = f"{method.pager}:{method.address}"
            first = owners.setdefault(address, person.id)
            if first != person.id:
                yield Finding(
                    "shared-address", False, f'"{first}" and "{person.id}" are both reached at {address}',
                    "give each their own address", None, person.id,
                )  # fmt: skip
