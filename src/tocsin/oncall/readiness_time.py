"""The part of the readiness check that looks along the calendar: gaps, doubles, absences, nights, ends."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.finding import Finding
from tocsin.oncall.layer import Layer
from tocsin.oncall.schedule import OnCall, Shift, shifts, spell
from tocsin.oncall.walltime import instant, local

# Night as the measures count it (MET-03): a hand-over in it wakes two people, or nobody.
_NIGHT_BEGINS, _NIGHT_ENDS = time(22), time(7)
_SECOND = timedelta(seconds=1)


def over_time(plan: OnCall, about: Sequence[Amendment], start: datetime, end: datetime) -> Iterator[Finding]:
    """What goes wrong at some time between `start` and `end`."""
    known = {number: shifts(plan, about, number, start, end) for number in range(1, len(plan.levels) + 1)}
    for number, of_level in known.items():
        yield from _gaps(plan, number, of_level)
    yield from _twice(plan, known)
    yield from _overrides(plan, about)
    for absence in (each for each in about if each.kind is Kind.ABSENCE):
        yield from _absence(plan, about, absence, start, end)
    for number, level in enumerate(plan.levels, start=1):
        for layer in level.layers:
            yield from _nights(number, layer, start, end)
            yield from _end(number, layer, start, end)
    yield from _calendars(plan, about, start, end)


def _gaps(plan: OnCall, number: int, of_level: tuple[Shift, ...]) -> Iterator[Finding]:
    """Stretches in which nobody of a level is on call. A level with nobody at all is told as that."""
    level = plan.level(number)
    if level is None or not level.everybody:
        return
    for gap in of_level:
        if not gap.people:
            yield Finding(
                "gap", True,
                f"level {number} has nobody from {spell(gap.start, level.zone)} to {spell(gap.end, level.zone)}: "
                f"{'; '.join(gap.because)}",
                f"tocsin oncall override PERSON --level {number} --from … --to …, or another layer",
                number, None, gap.start, gap.end,
            )  # fmt: skip


def _twice(plan: OnCall, known: dict[int, tuple[Shift, ...]]) -> Iterator[Finding]:
    """A person on two levels at once: escalating would wake whom it woke before. Told once for each person and pair."""
    for low in known:
        for high in range(low + 1, len(known) + 1):
            met: dict[PersonId, tuple[datetime, datetime, int]] = {}
            for start, end, people in _together(known[low], known[high]):
                for person in people:
                    first = met.get(person)
                    met[person] = (start, end, 1) if first is None else (first[0], first[1], first[2] + 1)
            for person, (start, end, count) in met.items():
                level = plan.level(low)
                zone = level.zone if level else None
                more = f", and {count - 1} more times" if count > 1 else ""
                yield Finding(
                    "two-levels", True,
                    f'"{person}" is on level {low} and on level {high} from {spell(start, zone)} to {spell(end, zone)}'
                    f"{more}: escalating would wake the same person",
                    "give one of the two levels to somebody else at that time", low, person, start, end,
                )  # fmt: skip


def _together(
    low: tuple[Shift, ...], high: tuple[Shift, ...]
) -> Iterator[tuple[datetime, datetime, list[PersonId]]]:
    """The stretches in which two levels have people in common."""
    one = other = 0
    while one < len(low) and other < len(high):
        first, second = low[one], high[other]
        common = [person for person in first.people if person in second.people]
        start, end = max(first.start, second.start), min(first.end, second.end)
        if common and start < end:
            yield start, end, common
        if first.end <= second.end:
            one += 1
        else:
            other += 1


def _overrides(plan: OnCall, about: Sequence[Amendment]) -> Iterator[Finding]:
    """Overrides by somebody who is absent at that time: the plan takes over again, which nobody may expect."""
    for override in (each for each in about if each.kind is Kind.OVERRIDE):
        for absence in (each for each in about if each.kind is Kind.ABSENCE):
            if absence.person == override.person and absence.overlaps(override.start, override.end):
                yield Finding(
                    "absent-override", True,
                    f'override {override.id} names "{override.person}", who is absent then (absence {absence.id})',
                    f"tocsin oncall withdraw {override.id}, or {absence.id}",
                    override.level, override.person, max(override.start, absence.start), min(override.end, absence.end),
                )  # fmt: skip


def _absence(
    plan: OnCall, about: Sequence[Amendment], absence: Amendment, start: datetime, end: datetime
) -> Iterator[Finding]:
    """Turns of somebody absent that nobody has taken: the next of the order stands in, and may not know it."""
    others = [each for each in about if each is not absence]
    first, last = max(start, absence.start), min(end, absence.end)
    for number, level in enumerate(plan.levels, start=1):
        if not level.layers:
            continue  # everybody of a list is called; a list that is empty without the person is a gap
        for missed in shifts(plan, others, number, first, last):
            if absence.person not in missed.people:
                continue
            for instead in shifts(plan, about, number, missed.start, missed.end):
                if instead.people and not instead.source.startswith("override"):
                    yield Finding(
                        "absence", False,
                        f'"{absence.person}" is absent while on call at level {number} from '
                        f"{spell(instead.start, level.zone)} to {spell(instead.end, level.zone)}; "
                        f'"{instead.people[0]}" stands in without having been asked',
                        f"tocsin oncall override {instead.people[0]} --level {number} --from … --to …, once they agreed",
                        number, absence.person, instead.start, instead.end,
                    )  # fmt: skip


def _nights(number: int, layer: Layer, start: datetime, end: datetime) -> Iterator[Finding]:
    """The first hand-over at night, where the layer speaks before and after it and the person changes."""
    if len(set(layer.people)) < 2:
        return
    turn = layer.turn(layer.number_at(start) + 1)
    while turn.start < end:
        at = local(turn.start, layer.zone).time()
        awake = _NIGHT_ENDS <= at < _NIGHT_BEGINS
        if not awake and layer.speaks(turn.start) and layer.speaks(turn.start - _SECOND):
            yield Finding(
                "night-handover", False,
                f'layer "{layer.name}" of level {number} hands over at night: {spell(turn.start, layer.zone)}',
                "hand over in working hours, when both can talk", number, turn.person, turn.start,
            )  # fmt: skip
            return
        turn = layer.turn(turn.number + 1)


def _end(number: int, layer: Layer, start: datetime, end: datetime) -> Iterator[Finding]:
    """A layer that ends soon, or has ended and was forgotten."""
    if layer.ends is None:
        return
    ends = instant(layer.ends, layer.zone)
    if ends <= start:
        yield Finding(
            "schedule-ends", False,
            f'layer "{layer.name}" of level {number} ended at {spell(ends, layer.zone)} and says nothing any more',
            "take it out, or move its until", number, None, ends,
        )  # fmt: skip
    elif ends < end:
        yield Finding(
            "schedule-ends", False, f'layer "{layer.name}" of level {number} ends at {spell(ends, layer.zone)}',
            "move its until, or plan what follows", number, None, ends,
        )  # fmt: skip


def _calendars(plan: OnCall, about: Sequence[Amendment], start: datetime, end: datetime) -> Iterator[Finding]:
    """An imported calendar whose last shift ends in the time looked at: it was not exported for long enough."""
    last: dict[tuple[str, int | None], Amendment] = {}
    for each in about:
        if each.origin is not None and each.kind is Kind.OVERRIDE:
            key = (each.origin.partition("#")[0], each.level)
            if key not in last or each.end > last[key].end:
                last[key] = each
    for (calendar, number), each in last.items():
        level = plan.level(number) if number is not None else None
        if start <= each.end < end:
            yield Finding(
                "schedule-ends", False,
                f'the calendar "{calendar}" ends at {spell(each.end, level.zone if level else None)}',
                f"import a newer one: tocsin oncall import FILE --name {calendar}", number, None, each.end,
            )  # fmt: skip
