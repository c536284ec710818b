"""What a runbook, or one section of it, would do: every step with its effect, reasons, open parameters and way back.

Nothing runs here. The value is rendered by `plan_text`; its JSON form is versioned (docs/reference/plan-json.md).
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.effects.effect import Undo, Undoable
from tocsin.kit.ids import StepId
from tocsin.runbook.book import Choice, Hop, Node, Option, Role, Runbook, Section, Step, StepKind, Wait
from tocsin.runbook.diagnostic import Diagnostic

SCHEMA = 1
_HTTP = re.compile(r"^\s*(?:\w+=\S+\s+)*(?:curl|wget|http|https|httpie|xh)\s")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of the plan.

    Attributes:
        choice: id of the outermost choice it belongs to, or None; of one choice at most one option is carried out.
        option: label of its option in that choice, or None.
        kind: run, sql, manifest, http or manual.
        target: where it would run, as far as the text says; None means the operator's machine.
        blocked: the errors that stop it until they are fixed or waived.
    """

    step: Step
    choice: StepId | None
    option: str | None
    kind: str
    target: str | None
    blocked: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A section with its steps in reading order, and the waits and clocks its text states."""

    section: Section
    steps: tuple[PlannedStep, ...]
    waits: tuple[Wait, ...]
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, in reading order.

    Attributes:
        sections: only those with steps, unless one was asked for; a section's children come with it.
        diagnostics: of the whole runbook, or those within the section asked for.
    """

    book: Runbook
    sections: tuple[PlannedSection, ...]
    diagnostics: tuple[Diagnostic, ...]


def plan(book: Runbook, section: Section | None = None) -> Plan:
    """The plan of one section with everything below it, or of the whole runbook.

    Every heading is a section of the plan, also one without steps; what stands under its bold labels is its own. A
    step is listed once, under the heading nearest above it.
    """
    tops = book.sections if section is None else (section,)
    headings = [each for top in tops for each in top.walk() if not each.is_label or each is section]
    nodes = [node for top in tops for node in top.nodes()]
    steps = [planned for node in nodes for planned in _node(node, book, None, None)]
    lines = [heading.heading_line for heading in headings]
    own: list[list[PlannedStep]] = [[] for _ in headings]
    waits: list[list[Wait]] = [[] for _ in headings]
    for planned in steps:
        own[_nearest(lines, planned.step.span.first_line)].append(planned)
        for wait in planned.step.waits:
            waits[_nearest(lines, planned.step.span.first_line)].append(wait)
    for wait in _waits(nodes):
        waits[_nearest(lines, wait.span.first_line)].append(wait)
    sections = tuple(
        PlannedSection(heading, tuple(own[at]), tuple(waits[at]), _roles(heading))
        for at, heading in enumerate(headings)
        if heading.level or own[at] or heading.text.strip()
    )
    if section is None:
        return Plan(book, sections, book.diagnostics)
    inside = [section.span, *(inner.span for inner in section.walk()), *(s.span for s in section.steps())]
    last = max(span.last_line for span in inside)
    return Plan(
        book,
        sections,
        tuple(d for d in book.diagnostics if section.heading_line <= d.span.first_line <= last),
    )


def _nearest(lines: list[int], line: int) -> int:
    """The place of the last heading at or above a line."""
    return max(bisect_right(lines, line) - 1, 0)


def _roles(heading: Section) -> frozenset[Role]:
    """The roles of a heading with those of the labels under it."""
    roles = set(heading.roles)
    for child in heading.children:
        if child.is_label:
            roles |= _roles(child)
    return frozenset(roles - {Role.TEXT}) or heading.roles


def _waits(nodes: Iterable[Node]) -> Iterable[Wait]:
    for node in nodes:
        match node:
            case Wait():
                yield node
            case Choice(options=options):
                for option in options:
                    yield from _waits(option.body)
            case _:
                pass


def _node(node: Node, book: Runbook, choice: StepId | None, option: str | None) -> list[PlannedStep]:
    match node:
        case Step():
            return [
                PlannedStep(node, choice, option, step_kind(node), target_of(node), book.blocking(node.id))
            ]
        case Choice(options=options):
            return [
                planned
                for one in options
                for inner in one.body
                for planned in _node(inner, book, choice or node.id, option or option_label(node, one))
            ]
        case _:
            return []


def option_label(choice: Choice, option: Option) -> str:
    """The words that name an option: its label, else its place."""
    return option.label or f"{choice.number}{chr(ord('a') + choice.options.index(option) % 26)}"


def _word(kind: StepKind) -> str:
    """The kind as `tocsin plan --format json` folds it: run, sql, manifest or manual ("http" is told by the command)."""
    match kind:
        case StepKind.SQL:
            return "sql"
        case StepKind.MANIFEST:
            return "manifest"
        case StepKind.EDIT | StepKind.MESSAGE | StepKind.MANUAL:
            return "manual"
        case _:
            return "run"


def step_kind(step: Step) -> str:
    """run, sql, manifest, http or manual; http is a step whose statements are all requests and nothing else."""
    word = _word(step.kind)
    if word == "run" and step.kind is StepKind.SHELL and step.actions:
        requests = all(
            _HTTP.match(action.text) and not re.search(r"[|;&]\s*\w", action.text) for action in step.actions
        )
        return "http" if requests else word
    return word


def _hop(hop: Hop) -> str:
    if not hop.name:
        return hop.kind
    inside = f"{hop.detail}/" if hop.kind == "pod" and hop.detail else ""
    return f"{hop.kind}:{inside}{hop.name}"


def target_of(step: Step) -> str | None:
    """Where a step would run, as far as the text says; None for the operator's machine."""
    named = ", ".join(step.judgement.targets) or None
    hops = [hop for hop in step.context if hop.kind not in {"cwd", "env"}]
    if named is not None and _NAMES_CONTEXT.search(named):
        # What a command names itself wins over the cluster that was chosen before it.
        hops = [hop for hop in hops if hop.kind != "cluster"]
    return " > ".join(_hop(hop) for hop in hops) or named


_NAMES_CONTEXT = re.compile(r"\s--context\s")


def undo_text(undo: Undo | None) -> str | None:
    """The way back in one sentence, or None for a step that changes nothing."""
    if undo is None:
        return None
    if undo.undoable is Undoable.NO and undo.reverse is None:
        return f"no way back{f': {undo.lost}' if undo.lost else ''}"
    pieces = [
        f"capture `{undo.capture}`" if undo.capture else "",
        f"then {undo.reverse}" if undo.reverse else "",
    ]
    told = ", ".join(piece for piece in pieces if piece) or undo.undoable.value
    return f"{told}; lost: {undo.lost}" if undo.lost else told
