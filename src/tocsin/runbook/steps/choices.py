"""Units put together: "or" makes alternatives, "if that fails" a fallback, "if X … if Y" cases.

Source: docs/reference/runbook-language.md, sections 6.4 and 6.7. Alternatives never run together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from tocsin.effects.effect import Effect
from tocsin.runbook.book import ChoiceKind, Condition, Note
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.steps.comments import Says
from tocsin.runbook.steps.drafts import ChoiceDraft, NodeDraft, OptionDraft, StepDraft, Unit, steps_in
from tocsin.runbook.words.roles import option_mark

_QUESTIONS = {
    ChoiceKind.ALTERNATIVES: "Which of these ways?",
    ChoiceKind.FALLBACK: "Did it help? If not, the next way.",
    ChoiceKind.CASES: "Which of these is the case?",
}


@dataclass(slots=True)
class _Case:
    """A condition and the units it speaks for."""

    unit: Unit
    inner: list[Unit]


def combine(units: list[Unit]) -> list[Unit]:
    """Units in order, those that are ways of one choice put together."""
    for unit in units:
        if unit.link is not None:
            break
    else:
        return units
    return _linked(_cased(units))


def _cased(units: list[Unit]) -> list[Unit]:
    folded: list[Unit | _Case] = []
    for position, unit in enumerate(units):
        last = folded[-1] if folded else None
        if isinstance(last, _Case) and last.inner and not _has_steps(unit) and _case_follows(units, position):
            last.inner.append(unit)  # a remark between two cases
            continue
        if unit.link is Says.CONDITION:
            folded.append(_Case(unit, [] if unit.scope else [unit]))
        elif isinstance(last, _Case) and _belongs(unit, last):
            last.inner.append(unit)
        else:
            folded.append(unit)
    out: list[Unit] = []
    for is_case, members in groupby(folded, key=lambda member: isinstance(member, _Case)):
        if not is_case:
            out.extend(member for member in members if isinstance(member, Unit))
            continue
        cases = [member for member in members if isinstance(member, _Case)]
        out.append(_choice_of_cases(cases) if len(cases) > 1 else _single_case(cases[0]))
    return out


def _case_follows(units: list[Unit], position: int) -> bool:
    """Whether the next unit with steps is a case, too."""
    if units[position].link is not None:
        return False
    following = next((unit for unit in units[position + 1 : position + 5] if _has_steps(unit)), None)
    return following is not None and following.link is Says.CONDITION


def _belongs(unit: Unit, case: _Case) -> bool:
    if unit.link in (Says.OR, Says.FALLBACK):
        return bool(case.inner)
    if not case.unit.scope:
        return False
    return not case.inner or (unit.number is not None and case.inner[0].number is not None)


def _single_case(case: _Case) -> Unit:
    """A condition without a counterpart: it is asked of each step it speaks for."""
    if not case.inner:
        text = case.unit.condition.text if case.unit.condition is not None else ""
        case.unit.nodes = [*case.unit.nodes, Note("prose", text, case.unit.span)]
        case.unit.link = None
        return case.unit
    condition = case.unit.condition
    merged = _merged([case.unit, *case.inner] if case.unit.scope else case.inner)
    inner = _linked([_plain(unit) for unit in case.inner])
    merged.nodes = [node for unit in inner for node in unit.nodes]
    for step in steps_in(merged.nodes):
        step.condition = both(condition, step.condition)
    merged.link, merged.number = None, case.inner[0].number
    return merged


def both(outer: Condition | None, inner: Condition | None) -> Condition | None:
    """Two conditions of one step as one: it is run only where both hold, and a person reads the words of both."""
    if outer is None or inner is None or outer.text in inner.text:
        return inner or outer
    if inner.text in outer.text:
        return outer
    return Condition(inner.kind, f"{outer.text}; {inner.text}", inner.span)


def _plain(unit: Unit) -> Unit:
    if unit.link is Says.CONDITION:
        unit.link, unit.condition = None, None  # it is the choice's or the steps' now
    return unit


def _choice_of_cases(cases: list[_Case]) -> Unit:
    options: list[OptionDraft] = []
    for case in cases:
        condition = case.unit.condition
        whole = _merged([case.unit, *case.inner] if case.unit.scope else case.inner)
        inner = _linked([_plain(unit) for unit in case.inner])
        body = [node for unit in inner for node in unit.nodes]
        label = condition.text if condition is not None else case.unit.label
        options.append(OptionDraft(label, condition, False, whole.warned, body, whole.span))
    span = _around([option.span for option in options])
    choice = ChoiceDraft(ChoiceKind.CASES, _QUESTIONS[ChoiceKind.CASES], options, span)
    return Unit([choice], span, gap=cases[0].unit.gap)


def _linked(units: list[Unit]) -> list[Unit]:
    out: list[Unit] = []
    for unit in units:
        if unit.link not in (Says.OR, Says.FALLBACK):
            out.append(unit)
            continue
        if not _has_steps(unit):
            unit.link = None
            out.append(unit)
            continue
        before = _marked(out, unit) or _above(out, unit.link)
        if not before:
            # The other way stands in a fence or item further up; whoever holds both puts them together.
            out.append(unit)
            continue
        del out[len(out) - len(before) :]
        out.append(_chosen(before, unit))
    return out


def one_of(units: list[Unit]) -> list[Unit]:
    """The items of a list of which one is to be taken as the ways of one choice; what only tells stays before it."""
    ways = [unit for unit in units if _has_steps(unit)]
    if len(ways) < 2:
        return combine(units)
    choice = alternatives(ChoiceKind.ALTERNATIVES, [option_of(unit, unit.condition) for unit in ways])
    choice.chosen = True
    return [*[unit for unit in units if not _has_steps(unit)], choice]


def settle(units: list[Unit]) -> list[Unit]:
    """Units whose "or" has nothing above it stand alone; a fallback keeps its condition."""
    for unit in units:
        if unit.link is not None:
            for step in steps_in(unit.nodes):
                step.condition = step.condition or unit.condition
            unit.link = None
    return units


def _marked(units: list[Unit], unit: Unit) -> list[Unit]:
    """From "Option 1" on, for "Option 2": remarks and checks between them belong to the first way."""
    if unit.link is not Says.OR or option_mark(unit.label) is None:
        return []
    for index in range(len(units) - 1, max(len(units) - 8, -1), -1):
        mark = option_mark(units[index].label)
        if units[index].chosen:
            return []
        if mark is not None and _has_steps(units[index]):
            return units[index:]
    return []


def _above(units: list[Unit], link: Says) -> list[Unit]:
    """The units another way replaces: the last with steps; for a fallback the last change with its checks."""
    index = len(units) - 1
    while index >= 0 and not _has_steps(units[index]):
        index -= 1
    if index < 0:
        return []
    if link is Says.FALLBACK and not units[index].chosen:
        start = index
        while start > 0 and index - start < 2 and _only_looks(units[start]):
            start -= 1
        if not _only_looks(units[start]) and units[start].link is None:
            return units[start:]
    return units[index:]


def _has_steps(unit: Unit) -> bool:
    return any(isinstance(node, StepDraft | ChoiceDraft) for node in unit.nodes)


def _only_looks(unit: Unit) -> bool:
    steps = steps_in(unit.nodes)
    return bool(steps) and all(
        step.actions and all(action.judgement.effect is Effect.OBSERVE for action in step.actions)
        for step in steps
    )


def _chosen(before: list[Unit], unit: Unit) -> Unit:
    kind = ChoiceKind.ALTERNATIVES if unit.link is Says.OR else ChoiceKind.FALLBACK
    new = option_of(unit, unit.condition)
    first = before[0]
    grown = first.nodes[0] if len(before) == 1 and first.chosen and len(first.nodes) == 1 else None
    if isinstance(grown, ChoiceDraft) and grown.kind is kind:
        grown.options.append(new)
        grown.span = _around([grown.span, unit.span])
        first.span = _around([first.span, unit.span])
        return first
    old = option_of(_merged(before), None if first.link is not None else first.condition)
    old.body = [node for member in before for node in member.nodes]
    span = _around([*(member.span for member in before), unit.span])
    choice = ChoiceDraft(kind, _QUESTIONS[kind], [old, new], span)
    result = Unit([choice], span, first.label, first.link, first.condition, first.number, gap=first.gap)
    result.item, result.chosen = first.item, True
    return result


def option_of(unit: Unit, condition: Condition | None) -> OptionDraft:
    """A unit as one way of a choice."""
    steps = steps_in(unit.nodes)
    label = unit.label or (steps[0].title if steps else "")
    warned = unit.warned or any(step.warned for step in steps)
    return OptionDraft(label, condition, unit.recommended, warned, unit.nodes, unit.span)


def alternatives(kind: ChoiceKind, options: list[OptionDraft], question: str = "") -> Unit:
    """A choice made by headings or list items: "Option A", "Scenario 2"."""
    span = _around([option.span for option in options])
    choice = ChoiceDraft(kind, question or _QUESTIONS[kind], options, span)
    return Unit([choice], span)


def _merged(units: list[Unit]) -> Unit:
    first = units[0]
    nodes: list[NodeDraft] = [node for unit in units for node in unit.nodes]
    merged = Unit(
        nodes, _around([unit.span for unit in units]), first.label, first.link, first.condition, first.number
    )
    merged.warned = any(unit.warned for unit in units)
    merged.recommended = any(unit.recommended for unit in units)
    merged.item, merged.gap = first.item, first.gap
    return merged


def _around(spans: list[Span]) -> Span:
    first = min(spans, key=lambda span: span.start)
    last = max(spans, key=lambda span: span.end)
    return Span(first.start, last.end, first.first_line, last.last_line)
