"""Whether an amendment may be written down. A refusal is one sentence, and nothing is kept."""

from collections.abc import Iterable

from tocsin.kit.ids import PersonId
from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.schedule import OnCall, shifts, spell


def objection(plan: OnCall, standing: Iterable[Amendment], wanted: Amendment) -> str | None:
    """Why an amendment is refused, or None if it is accepted.

    Args:
        standing: what holds already at some time of it.
    """
    if wanted.end <= wanted.start:
        return "It ends before it begins."
    if wanted.end <= wanted.at:
        return "It is over already."
    if wanted.level is not None and plan.level(wanted.level) is None:
        return f"There is no level {wanted.level}; tocsin.toml has {len(plan.levels)}."
    known = list(standing)
    match wanted.kind:
        case Kind.ABSENCE:
            return _unknown(plan, wanted.person)
        case Kind.OVERRIDE:
            return _cannot_answer(plan, wanted.person) or _absent(plan, known, wanted)
        case Kind.SWAP:
            return _swap(plan, known, wanted)


def _unknown(plan: OnCall, person: PersonId) -> str | None:
    return None if plan.person(person) is not None else f'"{person}" is not among the people of tocsin.toml.'


def _cannot_answer(plan: OnCall, person: PersonId) -> str | None:
    known = plan.person(person)
    if known is None:
        return _unknown(plan, person)
    if not known.methods:
        return f'"{person}" has no way to be reached: set people.{person}.page.'
    return None if known.access.may_act else f'"{person}" is a viewer and could not act on a page.'


def _absent(plan: OnCall, standing: Iterable[Amendment], wanted: Amendment) -> str | None:
    level = plan.level(wanted.level) if wanted.level is not None else None
    for each in standing:
        if (
            each.kind is Kind.ABSENCE
            and each.person == wanted.person
            and each.overlaps(wanted.start, wanted.end)
        ):
            zone = level.zone if level else None
            return (
                f'"{wanted.person}" is absent from {spell(each.start, zone)} to {spell(each.end, zone)} '
                f"(absence {each.id})."
            )
    return None


def _swap(plan: OnCall, standing: list[Amendment], wanted: Amendment) -> str | None:
    if wanted.other is None or wanted.other == wanted.person:
        return "A swap is between two people."
    for person in wanted.people:
        refused = _cannot_answer(plan, person)
        if refused is not None:
            return refused
    levels = range(1, len(plan.levels) + 1) if wanted.level is None else (wanted.level,)
    called = {
        person
        for level in levels
        for shift in shifts(plan, standing, level, wanted.start, wanted.end)
        for person in shift.people
    }
    if not called & set(wanted.people):
        return f'Neither "{wanted.person}" nor "{wanted.other}" is on call in that time: there is nothing to swap.'
    return None
