"""Numbers for people: "5.4", "1.3.2", "5.2a", unique in a runbook.

Source: docs/reference/runbook-language.md, section 3.4. Ids are for memory, see `ids`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, count

from tocsin.runbook.steps.drafts import ChoiceDraft, NodeDraft, StepDraft, Unit, steps_in
from tocsin.runbook.steps.outline import Draft

_WORD = re.compile(r"[^\W\d_]+|\d+")


def letter(index: int) -> str:
    """a, b, … z, aa, ab … of the option at this place (from 0)."""
    out = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        out = chr(97 + rest) + out
    return out


def prefixes(procedures: Iterable[Draft], incidents: frozenset[int]) -> dict[int, str]:
    """What the numbers of each procedure begin with: "5.", or "IRP 4." where an incident has the number, or "UC "."""
    drafts = list(procedures)
    used: set[str] = set()
    turns: dict[str, int] = {}  # how often initials were needed again
    ordinals = sibling_ordinals(drafts)
    out: dict[int, str] = {}
    ordered = [d for d in drafts if id(d) in incidents] + [d for d in drafts if id(d) not in incidents]
    for draft in ordered:
        if draft.parent is None:
            out[id(draft)] = "" if len(drafts) == 1 else "0."
            used.add("0.")
            continue
        number = draft.printed or (ordinals.get(id(draft)) if id(draft) in incidents else None)
        initials = _initials(
            draft.parent if number is not None and draft.parent.parent is not None else draft
        )
        candidates = [] if number is None else [f"{number}.", f"{initials} {number}."]
        base = candidates[-1] if candidates else f"{initials} "
        start = turns.get(base, 1)
        more = (
            f"{initials}{turn} {number}." if number else f"{initials}{turn} " for turn in count(start + 1)
        )
        choice = next(candidate for candidate in chain(candidates, [base], more) if candidate not in used)
        turns[base] = start + 1 if choice not in (*candidates, base) else start
        used.add(choice)
        out[id(draft)] = choice
    return out


def sibling_ordinals(drafts: Iterable[Draft]) -> dict[int, str]:
    """The place of each section among the headings beside it, from 1."""
    parents = {id(draft.parent): draft.parent for draft in drafts if draft.parent is not None}
    out: dict[int, str] = {}
    for parent in parents.values():
        headings = [child for child in parent.children if not child.is_label]
        out.update((id(child), str(position)) for position, child in enumerate(headings, 1))
    return out


def _initials(draft: Draft) -> str:
    words = _WORD.findall(draft.title)[:6]
    return "".join(word[0].upper() for word in words) or "S"


class Counter:
    """Gives the units of one procedure their numbers, in order."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.used: set[int] = set()
        self.last = 0

    def place(self, wanted: int | None) -> int:
        """The next number; the printed one if it is free and goes on."""
        number = (
            wanted
            if wanted is not None and wanted > self.last and wanted < self.last + 1000
            else self.last + 1
        )
        self.last = number
        return number

    def units(self, units: list[Unit]) -> None:
        """Numbers units one by one."""
        for unit in units:
            self.nodes(unit.nodes, unit.item)

    def nodes(self, nodes: list[NodeDraft], wanted: int | None) -> None:
        """Numbers nodes that share one place: "5.4" alone, "5.4.1", "5.4.2" together."""
        counted = [node for node in nodes if isinstance(node, StepDraft | ChoiceDraft)]
        if not counted:
            return
        base = f"{self.prefix}{self.place(wanted)}"
        for position, node in enumerate(counted, 1):
            _number(node, base if len(counted) == 1 else f"{base}.{position}")


def _number(node: StepDraft | ChoiceDraft, number: str) -> None:
    node.number = number
    if isinstance(node, StepDraft):
        return
    for index, option in enumerate(node.options):
        base = f"{number}{letter(index)}"
        counted = [inner for inner in option.body if isinstance(inner, StepDraft | ChoiceDraft)]
        for position, inner in enumerate(counted, 1):
            alone = len(counted) == 1 and isinstance(inner, StepDraft)
            _number(inner, base if alone else f"{base}.{position}")


def number_all(root: Draft, units: Mapping[int, list[Unit]], incidents: frozenset[int]) -> None:
    """Numbers every step and choice of a document."""
    drafts = root.walk()
    acting = {id(d.procedure) for d in drafts if any(steps_in(unit.nodes) for unit in units.get(id(d), []))}
    heads = [draft for draft in drafts if draft.procedure is draft and id(draft) in acting]
    names = prefixes(heads, incidents)
    counters = {id(draft): Counter(names[id(draft)]) for draft in heads}
    for draft in drafts:
        found = units.get(id(draft), [])
        if not found or id(draft.procedure) not in counters:
            continue
        counter = counters[id(draft.procedure)]
        printed = draft.printed if draft.procedure is not draft else None
        if printed is not None and printed.isdigit():
            counter.nodes([node for unit in found for node in unit.nodes], int(printed))
        else:
            counter.units(found)
    _unique([node for draft in drafts for unit in units.get(id(draft), []) for node in unit.nodes])


def _unique(nodes: list[NodeDraft]) -> None:
    """Numbers that two odd outlines share all the same get "-2", "-3"."""
    seen: dict[str, int] = {}
    for step in steps_in(nodes):
        count = seen[step.number] = seen.get(step.number, 0) + 1
        if count > 1:
            step.number = f"{step.number}-{count}"
