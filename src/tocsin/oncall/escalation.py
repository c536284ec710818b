"""Whom to wake next. The order of levels comes from the runbook, the people from tocsin.toml and its amendments.

What an incident keeps is the policy: its runbook text, with levels, clocks and contacts. Who stands on a level is asked
anew whenever that level is called (PAG-01): `roster_at`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.person import Person
from tocsin.oncall.schedule import OnCall, SpecialContact, on_call


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is who, and who stands on which level, at one moment.

    Attributes:
        people: everyone, by id.
        levels: for level 1, 2, 3 …: the people of that level in the order they are paged.
        contacts: who is called as well in certain cases; those who are absent left out while somebody else is there.
        named: for level 1, 2, 3 …: everyone the plan could ever name there; empty where there is no plan behind it.
    """

    people: tuple[Person, ...] = ()
    levels: tuple[tuple[PersonId, ...], ...] = ()
    contacts: tuple[SpecialContact, ...] = ()
    named: tuple[tuple[PersonId, ...], ...] = ()

    def person(self, person: PersonId) -> Person | None:
        """The person with this id, or None."""
        return next((candidate for candidate in self.people if candidate.id == person), None)

    def at(self, level: int) -> tuple[Person, ...]:
        """The people of a level who can be reached; empty if there is no such level."""
        if not 1 <= level <= len(self.levels):
            return ()
        found = (self.person(person) for person in self.levels[level - 1])
        return tuple(person for person in found if person is not None and person.methods)

    @property
    def last_level(self) -> int:
        """The number of the highest level with somebody reachable on it; 0 if there is nobody at all."""
        return max((level for level in range(1, len(self.levels) + 1) if self.at(level)), default=0)

    def next_level(self, after: int) -> int | None:
        """The next level above `after` with somebody reachable on it, or None."""
        return next((level for level in range(after + 1, len(self.levels) + 1) if self.at(level)), None)

    def contact(self, contact: SpecialContact) -> tuple[Person, ...]:
        """The people of a special contact who can be reached."""
        found = (self.person(person) for person in contact.people)
        return tuple(person for person in found if person is not None and person.methods)

    @property
    def order(self) -> tuple[tuple[PersonId, ...], ...]:
        """The levels by everyone they could ever name: by this a level is known again after the plan was edited."""
        return self.named or self.levels

    def arranged(self, kept: tuple[tuple[PersonId, ...], ...]) -> "Roster":
        """The same people with the levels in the order an incident keeps.

        A level that stands elsewhere now is found by its people; one that was edited where it stood is as it is now;
        one that is gone keeps its people, all of whom are called. What was added since is not there.
        """
        order = self.order
        if order == kept:
            return self
        where = {place: place for place, people in enumerate(kept) if order[place : place + 1] == (people,)}
        for place, people in enumerate(kept):
            found = (now for now, names in enumerate(order) if names == people and now not in where.values())
            if place not in where and (moved := next(found, None)) is not None:
                where[place] = moved
        for place in range(min(len(kept), len(order))):
            if place not in where and place not in where.values():
                where[place] = place
        levels = tuple(
            self.levels[where[place]] if place in where else people for place, people in enumerate(kept)
        )
        named = tuple(order[where[place]] if place in where else people for place, people in enumerate(kept))
        return replace(self, levels=levels, named=named)


def roster_at(plan: OnCall, amendments: Iterable[Amendment], now: datetime) -> Roster:
    """Who stands on which level at this moment.

    Args:
        plan: the people and schedules of tocsin.toml.
        amendments: overrides, swaps and absences; those that do not hold now change nothing.
    """
    held = [each for each in amendments if each.holds(now)]
    away = {each.person for each in held if each.kind is Kind.ABSENCE}
    return Roster(
        plan.people,
        tuple(on_call(plan, held, level, now).people for level in range(1, len(plan.levels) + 1)),
        tuple(_present(contact, away) for contact in plan.contacts),
        tuple(level.everybody for level in plan.levels),
    )


def _present(contact: SpecialContact, away: set[PersonId]) -> SpecialContact:
    there = tuple(person for person in contact.people if person not in away)
    # With nobody of them there, an absent security lead is still better than none.
    return contact if not there else replace(contact, people=there)
