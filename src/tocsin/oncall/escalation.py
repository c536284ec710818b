"""Whom to wake next. The order of levels comes from the runbook, the people from tocsin.toml."""

from dataclasses import dataclass

from tocsin.kit.ids import PersonId
from tocsin.oncall.person import Person


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is who, and who stands on which level.

    Attributes:
        people: everyone, by id.
        levels: for level 1, 2, 3 …: the people of that level in the order they are paged.
    """

    people: tuple[Person, ...] = ()
    levels: tuple[tuple[PersonId, ...], ...] = ()

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
