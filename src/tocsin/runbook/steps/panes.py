"""Panes beside each other (tabs, folds that are called ways): of these a reader takes one, so they are a choice.

Source: docs/reference/runbook-language.md, sections 4 and 6.7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tocsin.runbook.book import ChoiceKind, Condition, ConditionKind, Note
from tocsin.runbook.markdown.blocks import Block, Quote
from tocsin.runbook.steps.choices import alternatives, combine, option_of
from tocsin.runbook.steps.drafts import Unit, steps_in
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.items import one_unit
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.roles import condition_kind
from tocsin.runbook.words.told_only import SET_ASIDE, told_only

Read = Callable[[Sequence[Block], Lead], list[Unit]]


def pane_units(run: Sequence[Block], lead: Lead, read: Read) -> tuple[list[Unit], Unit | None]:
    """The units of panes and of what is hidden between them, in order; and the choice among them, if they are one.

    Args:
        lead: what introduces them. read: reads blocks under a lead; each pane begins where the choice stands.
    """
    out: list[Unit] = []
    ways: list[tuple[Unit, Condition | None]] = []
    for block in run:
        if isinstance(block, Quote):
            unit, condition = _pane(block, lead, read)
            name = plain(getattr(block.blocks[0], "text", ""))
            if steps_in(unit.nodes) and told_only(name) in SET_ASIDE:
                # "Old way (deprecated)", "Example from March": nobody goes it unless somebody asks for it.
                condition = Condition(ConditionKind.CASE, name, block.blocks[0].span)
                out.append(alternatives(ChoiceKind.CASES, [option_of(unit, condition)]))
            elif steps_in(unit.nodes):
                ways.append((unit, condition))
            else:
                out.append(unit)
        else:
            out.extend(read([block], lead))
    if len(ways) < 2:
        return sorted([*out, *(unit for unit, _ in ways)], key=lambda unit: unit.span.start), None
    # "If the disk is full" beside "If the network is down": the names say which one it is.
    cases = all(condition is not None for _, condition in ways[1:])
    kind = ChoiceKind.CASES if cases else ChoiceKind.ALTERNATIVES
    choice = alternatives(kind, [option_of(unit, condition) for unit, condition in ways])
    between = [unit for unit in out if choice.span.start < unit.span.start < choice.span.end]
    # What nobody sees between two panes belongs to the choice.
    out = [unit for unit in out if unit not in between]
    return sorted([*out, choice], key=lambda unit: unit.span.start), choice


def _pane(block: Quote, lead: Lead, read: Read) -> tuple[Unit, Condition | None]:
    """What stands in one pane, and the condition its name is."""
    named, *rest = block.blocks
    name = plain(getattr(named, "text", ""))
    units = read(rest, replace(lead, title=name or lead.title, title_from="label"))
    unit = one_unit(combine([Unit([Note("title", name, named.span)], named.span), *units]), name)
    unit.span = block.span
    kind = condition_kind(name)
    return unit, Condition(kind, name, named.span) if kind is not None else None
