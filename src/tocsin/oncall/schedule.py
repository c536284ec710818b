"""Who is on call at an instant, and why: a pure function of the plan and its amendments, equal for past and future.

The order, the first that names somebody who can be called wins: the override written last; the layers from the last to
the first, each with its swaps applied and, where its person is absent or cannot be reached, the next of its order who
is not. A level that is a plain list names all of its people, at all times (ONC-01, ONC-02).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind, holding
from tocsin.oncall.layer import Layer, Turn
from tocsin.oncall.person import Person
from tocsin.oncall.walltime import instant, local

# No turn is longer than that; what has gone on for longer has no beginning worth naming.
LOOK_BACK = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the escalation: a plain list of people, or layers of which a later one overrides an earlier one.

    Attributes:
        people: all of them are called, in this order. layers: one of their people is called.
        zone: where its times are read and shown; None: UTC.
    """

    people: tuple[PersonId, ...] = ()
    layers: tuple[Layer, ...] = ()
    zone: tzinfo | None = None

    @property
    def everybody(self) -> tuple[PersonId, ...]:
        """Everyone the plan can ever name here, each once."""
        named = (*self.people, *(person for layer in self.layers for person in layer.people))
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class SpecialContact:
    """Who is called as well when an incident is a certain case: security, database, executive, legal, or a team's own.

    Attributes:
        cases: words of an incident that make it this case. major: the worst severity makes it this case too.
    """

    name: str
    people: tuple[PersonId, ...]
    cases: tuple[str, ...] = ()
    major: bool = False


@dataclass(frozen=True, slots=True)
class OnCall:
    """The whole plan of tocsin.toml: people, levels (level 1 first), special contacts."""

    people: tuple[Person, ...] = ()
    levels: tuple[Level, ...] = ()
    contacts: tuple[SpecialContact, ...] = ()

    def person(self, person: PersonId) -> Person | None:
        """The person with this id, or None."""
        return next((candidate for candidate in self.people if candidate.id == person), None)

    def level(self, number: int) -> Level | None:
        """The level of this number, or None."""
        return self.levels[number - 1] if 1 <= number <= len(self.levels) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is on call at a level.

    Attributes:
        people: in the order they are called; nobody in a gap.
        source: what decided, the same for the same turn: two answers of one turn are one shift.
        because: sentences a person can check, the deciding one first.
    """

    people: tuple[PersonId, ...]
    source: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch in which one answer holds: from `start` up to, not including, `end`. Without people it is a gap."""

    level: int
    people: tuple[PersonId, ...]
    start: datetime
    end: datetime
    because: tuple[str, ...]
    source: str


def on_call(plan: OnCall, amendments: Iterable[Amendment], level: int, at: datetime) -> Answer:
    """Who is on call for a level at an instant, and why. A level that does not exist has nobody."""
    found = plan.level(level)
    if found is None:
        return Answer((), "nothing", (f"there is no level {level}",))
    return _answer(plan, found, level, holding(amendments, at), at)


def shifts(
    plan: OnCall, amendments: Iterable[Amendment], level: int, start: datetime, end: datetime
) -> tuple[Shift, ...]:
    """The stretches of one answer each that make up the time from `start` to `end`, gaps included, without overlap.

    Takes time in proportion to the hand-overs in between, wherever in time that is.
    """
    found = plan.level(level)
    if found is None or start >= end:
        return ()
    about = sorted(
        (each for each in amendments if each.overlaps(start, end) and each.touches(level)),
        key=lambda each: each.start,
    )
    cuts = {start, *(edge for layer in found.layers for edge in layer.edges(start, end))}
    cuts.update(edge for each in about for edge in (each.start, each.end) if start < edge < end)
    return tuple(_merged(plan, found, level, about, sorted(cuts), end))


def whole_shifts(
    plan: OnCall, amendments: Iterable[Amendment], level: int, start: datetime, end: datetime
) -> tuple[Shift, ...]:
    """The same, with the shift that runs at `start` from its own beginning, and what has none from the day `start` is in.

    Asked again a minute later the same shifts begin at the same instants. The amendments must reach `LOOK_BACK` back.
    """
    found = plan.level(level)
    if found is None:
        return ()
    zone = found.zone or UTC
    today = instant(local(start, zone).replace(hour=0, minute=0, second=0, microsecond=0), zone)
    known = shifts(plan, amendments, level, start - LOOK_BACK, end)
    return tuple(
        replace(shift, start=today) if shift.start == start - LOOK_BACK else shift
        for shift in known
        if shift.end > start
    )


def _merged(
    plan: OnCall, found: Level, level: int, about: list[Amendment], cuts: list[datetime], end: datetime
) -> Iterator[Shift]:
    """One shift for each run of cuts with the same answer; amendments come and go as time passes them."""
    held: list[Amendment] = []
    coming = 0
    open_shift: tuple[datetime, Answer] | None = None
    for cut in cuts:
        while coming < len(about) and about[coming].start <= cut:
            held.append(about[coming])
            coming += 1
        held = [each for each in held if each.end > cut]
        answer = _answer(plan, found, level, sorted(held, key=lambda each: each.id), cut)
        if open_shift is not None:
            since, before = open_shift
            if (before.people, before.source) == (answer.people, answer.source):
                continue
            yield Shift(level, before.people, since, cut, before.because, before.source)
        open_shift = (cut, answer)
    if open_shift is not None:
        since, answer = open_shift
        yield Shift(level, answer.people, since, end, answer.because, answer.source)


def _answer(plan: OnCall, found: Level, level: int, held: Iterable[Amendment], at: datetime) -> Answer:
    about = [each for each in held if each.touches(level)]
    away = _away(plan, about)
    passed: list[str] = []
    for each in reversed(about):
        if each.kind is Kind.OVERRIDE:
            if each.person not in away:
                because = (
                    f"override {each.id} by {each.by}{_reason(each)}, until {spell(each.end, found.zone)}"
                )
                return Answer((each.person,), f"override {each.id}", (because,))
            passed.append(f"override {each.id} names {each.person}, who {away[each.person]}")
    swaps = [each for each in about if each.kind is Kind.SWAP]
    if found.people:
        return _list(found, swaps, away, passed)
    for layer in reversed(found.layers):
        turn = layer.turn_at(at)
        if turn is None:
            passed.append(f'layer "{layer.name}" says nothing at this time')
            continue
        answer = _turn(layer, turn, swaps, away)
        if answer.people:
            return Answer(answer.people, answer.source, (*answer.because, *passed))
        passed.extend(answer.because)
    return Answer((), "gap", tuple(passed) or (f"level {level} has neither people nor layers",))


def _list(found: Level, swaps: list[Amendment], away: Mapping[PersonId, str], passed: list[str]) -> Answer:
    """Everybody of a plain list who can be called."""
    notes = list(passed)
    people: list[PersonId] = []
    for planned in found.people:
        person, because = _swapped(planned, swaps)
        notes.extend(because)
        if person in away:
            notes.append(f"{person} {away[person]}")
        else:
            people.append(person)
    if not people:
        return Answer((), "gap", tuple(notes))
    return Answer(tuple(dict.fromkeys(people)), "list", ("named in the list of this level", *notes))


def _turn(layer: Layer, turn: Turn, swaps: list[Amendment], away: Mapping[PersonId, str]) -> Answer:
    """The person of a turn after swaps; else the next of the order who can be called; else nobody."""
    start, end = spell(turn.start, layer.zone), spell(turn.end, layer.zone)
    said = f'layer "{layer.name}": turn of {turn.person} from {start} to {end}'
    source = f"{layer.name} {turn.number}"
    person, notes = _swapped(turn.person, swaps)
    if person not in away:
        return Answer((person,), source, (said, *notes))
    notes = (*notes, f"{person} {away[person]}")
    # The whole round: whoever gave the turn away in a swap is still better than nobody.
    for step in range(1, len(layer.people) + 1):
        standing_in = layer.people[(turn.number + step) % len(layer.people)]
        if standing_in not in away:
            return Answer(
                (standing_in,), source, (f"{standing_in} stands in, next in the order", said, *notes)
            )
    return Answer((), source, (said, *notes, f'nobody else of layer "{layer.name}" can be called'))


def _swapped(person: PersonId, swaps: list[Amendment]) -> tuple[PersonId, tuple[str, ...]]:
    notes: list[str] = []
    for swap in swaps:
        if swap.other is not None and person in swap.people:
            instead = swap.other if person == swap.person else swap.person
            notes.append(f"swap {swap.id} by {swap.by}{_reason(swap)}: {instead} instead of {person}")
            person = instead
    return person, tuple(notes)


def _away(plan: OnCall, about: Iterable[Amendment]) -> dict[PersonId, str]:
    """Who cannot be called now, and why: a page to them would reach nobody."""
    away = {each.id: "has no way to be reached" for each in plan.people if not each.methods}
    known = {each.id for each in plan.people}
    for level in plan.levels:
        away.update((person, "is not among the people") for person in level.everybody if person not in known)
    for each in about:
        away.update((person, "is not among the people") for person in each.people if person not in known)
        if each.kind is Kind.ABSENCE:
            away[each.person] = f"is absent (absence {each.id}{_reason(each)})"
    return away


def _reason(amendment: Amendment) -> str:
    return f" ({amendment.reason})" if amendment.reason else ""


def spell(at: datetime, zone: tzinfo | None) -> str:
    """A moment as the people of that place read it, with the name of the time, which tells the two 02:30 apart."""
    return f"{at.astimezone(zone or UTC):%a %Y-%m-%d %H:%M %Z}"
