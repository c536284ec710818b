"""Fences without a label whose program nobody here knows: typed by a person, never dropped.

Source: docs/reference/runbook-language.md, section 6.1. What stays text is neither shown in a plan nor asked for.
"""

from __future__ import annotations

import re

from tocsin.runbook.book import Condition, ConditionKind, Note, Role, StepKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Block, Fence, ListBlock
from tocsin.runbook.shell.openers import may_open, opener
from tocsin.runbook.steps.ahead import asks_leave
from tocsin.runbook.steps.drafts import StepDraft, Unit
from tocsin.runbook.steps.items import SILENT
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.words.inline import plain

# A word that can be a program's name, and an option with its sign behind at most two more: no sentence and no output begins so.
_WITH_OPTION = re.compile(
    r"(?:sudo )?[a-z][a-z0-9_.+-]{1,30}(?: [^\s-]\S{0,80}){0,2} --?[A-Za-z][\w-]{0,40}(?:[ =]\S|$)"
)
# A client by its name and an address: "ldapvi admin@dir1".
_TO_SOMEBODY = re.compile(r"(?:sudo )?[a-z][a-z0-9_+-]{1,30} [\w.-]{1,40}@[\w.-]{1,80}$")


def typed_by_hand(units: list[Unit], draft: Draft) -> None:
    """Makes a step by hand of each fence without a label that begins like a command line and was left as text."""
    if draft.roles & (SILENT | {Role.TOOLBOX}):
        return
    fences = {span.start for span in _unlabelled(draft.blocks)}
    if not fences:
        return
    above: Note | None = None
    for unit in units:
        for at, node in enumerate(unit.nodes):
            if not isinstance(node, Note):
                above = None
                continue
            if node.kind == "text" and node.span.start in fences and _begins_as_command(node.text):
                unit.nodes[at] = _by_hand(node, above, unit)
                above = None
            else:
                above = node


def _unlabelled(blocks: list[Block] | tuple[Block, ...]) -> list[Span]:
    found: list[Span] = []
    for block in blocks:
        match block:
            case Fence(language="", span=span):
                found.append(span)
            case ListBlock(items=items):
                for item in items:
                    found.extend(_unlabelled(item.blocks))
            case _:
                pass
    return found


def _begins_as_command(text: str) -> bool:
    first = next((line.strip() for line in text.split("\n") if line.strip() and line.lstrip()[0] != "#"), "")
    if _WITH_OPTION.match(first) or _TO_SOMEBODY.match(first):
        return True
    return may_open(first) and " " in first and bool(opener(first))


def _by_hand(node: Note, above: Note | None, unit: Unit) -> StepDraft:
    said = " ".join(plain(above.text).split()) if above is not None else ""
    condition = None
    if above is not None and asks_leave(said):
        condition = Condition(ConditionKind.IF_SAFE, said, above.span)
    titled = said.endswith((":", "：")) and len(said) < 120
    first = next(line.strip() for line in node.text.split("\n") if line.strip())
    title = said.rstrip(":： ") if titled else unit.label or first[:60]
    return StepDraft(
        StepKind.MANUAL, title, "paragraph" if titled else "command", "text", [], (), node.span,
        text=node.text, condition=condition,
    )  # fmt: skip
