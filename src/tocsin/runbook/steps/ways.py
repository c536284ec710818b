"""Headings that are ways of one choice: options, scenarios, "Alternative", "If that fails".

Source: docs/reference/runbook-language.md, section 6.7.
"""

from tocsin.runbook.book import ChoiceKind, ConditionKind, Role
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.words.roles import (
    case_mark,
    condition_kind,
    is_catalogue,
    option_mark,
    other_way,
    remarks,
)

_LOOKS_OR_TELLS = frozenset(
    {Role.INVESTIGATION, Role.SYMPTOMS, Role.OVERVIEW, Role.IMPACT, Role.VERIFICATION, Role.PREREQUISITES}
)


def option_groups(draft: Draft) -> list[tuple[ChoiceKind, list[Draft]]]:
    """Runs of at least two children that are ways of one choice, in document order."""
    out: list[tuple[ChoiceKind, list[Draft]]] = []
    run: list[Draft] = []
    current: ChoiceKind | None = None
    previous: Draft | None = None
    for child in (*draft.children, None):
        kind = _way(child) if child is not None else None
        joins = child is not None and kind is None and _further(child) is not None
        if child is not None and joins and _first_way(run, previous):
            further = _further(child)
            if current is None and previous is not None:
                run, current = [previous], further
            run.append(child)
            previous = child
            continue
        if kind is not current or kind is None:
            if current is not None and len(run) > 1:
                out.append((current, run))
            run, current = [], kind
        if child is not None and kind is not None:
            run.append(child)
        previous = child
    return [(kind, run) for kind, run in out if not _interrupted(draft, run)]


def _interrupted(draft: Draft, run: list[Draft]) -> bool:
    """Whether the section's own words stand between the ways: its title came after the first of them."""
    return any(run[0].start < block.span.start < run[-1].start for block in draft.blocks)


def _way(draft: Draft) -> ChoiceKind | None:
    if draft.recognised:
        return None
    if option_mark(draft.raw) is not None:
        return ChoiceKind.ALTERNATIVES
    if draft.parent is not None and is_catalogue(draft.parent.raw):
        return None
    if case_mark(draft.raw) is not None or condition_kind(draft.title) is ConditionKind.CASE:
        return ChoiceKind.CASES
    return None


def _further(draft: Draft) -> ChoiceKind | None:
    """The kind of choice a heading makes with the heading before it."""
    if draft.recognised:
        return None
    if other_way(draft.raw):
        return ChoiceKind.ALTERNATIVES
    said = remarks(draft.raw).condition
    if condition_kind(draft.title) is ConditionKind.IF_FAILED or (
        said is not None and said[0] is ConditionKind.IF_FAILED
    ):
        return ChoiceKind.FALLBACK
    return None


def _first_way(run: list[Draft], previous: Draft | None) -> bool:
    """Whether what stands before can be the first way: it acts, rather than looks or tells."""
    if run:
        return True
    return previous is not None and not previous.recognised and previous.own not in _LOOKS_OR_TELLS
