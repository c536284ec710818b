"""Steps and choices while they are being read: values without numbers and ids yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.effects.effect import Judgement
from tocsin.runbook.book import (
    ChoiceKind,
    Condition,
    Context,
    Expectation,
    Note,
    Placeholder,
    Role,
    StepKind,
    Wait,
)
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.steps.comments import Says


@dataclass(slots=True)
class ActionDraft:
    """One statement, judged."""

    text: str
    language: str
    span: Span
    context: Context
    judgement: Judgement


@dataclass(slots=True)
class StepDraft:
    """A step; see `book.Step` for the fields. `span` covers its comments, too."""

    kind: StepKind
    title: str
    title_from: str
    language: str
    actions: list[ActionDraft]
    context: Context
    span: Span
    text: str = ""
    condition: Condition | None = None
    expects: list[Expectation] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    warned: bool = False
    horizon: str | None = None
    sample: str | None = None
    links: tuple[str, ...] = ()
    role: Role | None = None
    under: str = ""
    number: str = ""
    id: str = ""
    path: tuple[str, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    body_hash: str = ""
    undone_by: tuple[StepDraft, ...] = ()


@dataclass(slots=True)
class OptionDraft:
    """One way of a choice."""

    label: str
    condition: Condition | None
    recommended: bool
    warned: bool
    body: list[NodeDraft]
    span: Span


@dataclass(slots=True)
class ChoiceDraft:
    """A choice; at least two options, or one with a condition."""

    kind: ChoiceKind
    question: str
    options: list[OptionDraft]
    span: Span
    number: str = ""
    id: str = ""


NodeDraft = StepDraft | ChoiceDraft | Note | Wait


@dataclass(slots=True)
class Unit:
    """What one comment, list item or paragraph introduces: nodes that belong together.

    Attributes:
        link: OR or FALLBACK if it is another way of what stands above, CONDITION if it is a case.
        number: printed in its comment. scope: its condition speaks for the numbered units after it.
        gap: whether a blank line stands before it.
        item: the printed number of the list item it is, or None.
        chosen: whether its only node is a choice made by "or" or "if that fails", which can grow.
    """

    nodes: list[NodeDraft]
    span: Span
    label: str = ""
    link: Says | None = None
    condition: Condition | None = None
    number: str | None = None
    scope: bool = False
    recommended: bool = False
    warned: bool = False
    gap: bool = True
    item: int | None = None
    chosen: bool = False


def steps_in(nodes: list[NodeDraft]) -> list[StepDraft]:
    """Every step among nodes, those inside choices included, in order."""
    out: list[StepDraft] = []
    if len(nodes) == 1 and isinstance(nodes[0], StepDraft):
        out.append(nodes[0])
        return out
    todo = nodes[::-1]
    while todo:
        node = todo.pop()
        match node:
            case StepDraft():
                out.append(node)
            case ChoiceDraft():
                for option in reversed(node.options):
                    todo.extend(reversed(option.body))
            case _:
                pass
    return out


def last_step(units: list[Unit]) -> StepDraft | None:
    """The step just above, if there is one near enough to be spoken of."""
    for unit in reversed(units[-6:]):
        if steps := steps_in(unit.nodes):
            return steps[-1]
    return None
