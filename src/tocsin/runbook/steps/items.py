"""List items: their own words, what they hold, and units put together under them."""

import re

from tocsin.runbook.book import Note, Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Block, Fence, Item, Label, Line, ListBlock, Paragraph, Quote, Table
from tocsin.runbook.steps.drafts import ChoiceDraft, StepDraft, Unit, steps_in
from tocsin.runbook.steps.spoken import inline_command
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.instructions import is_instruction
from tocsin.runbook.words.roles import split_number

# Sections whose lists and prose are things to do, and those where they only tell.
STEPPING = frozenset(
    {
        Role.INVESTIGATION, Role.MITIGATION, Role.VERIFICATION, Role.ROLLBACK, Role.POST_INCIDENT,
        Role.COMMUNICATION, Role.PREVENTION, Role.PREREQUISITES, Role.PROCESS, Role.TOOLBOX,
    }
)  # fmt: skip
SILENT = frozenset(
    {
        Role.SYMPTOMS, Role.IMPACT, Role.OVERVIEW, Role.CONTACTS, Role.SEVERITY, Role.REFERENCES, Role.ESCALATION,
        Role.MONITORING, Role.JOBS,
    }
)  # fmt: skip


def item_title(block: Paragraph | Label | None) -> tuple[str, Line | None]:
    """An item's own words as a title, and the line they stand on."""
    match block:
        case Label(name=name):
            _, title = split_number(plain(name))
            return title.rstrip(":").strip(), Line(
                plain(name), block.span.first_line, block.span.start, block.span.start
            )
        case Paragraph(text=text, lines=lines):
            words = plain(" ".join(text.split()))
            return words.rstrip(":").strip(), lines[0] if lines else None
        case _:
            return "", None


def item_text(item: Item) -> str:
    """The words of a list item, without what it owns."""
    out: list[str] = []
    for block in item.blocks:
        match block:
            case ListBlock(items=items):
                out.extend("- " + item_text(inner).replace("\n", "\n  ") for inner in items)
            case (
                Paragraph(text=text)
                | Label(text=text)
                | Fence(text=text)
                | Quote(text=text)
                | Table(text=text)
            ):
                out.append(text)
            case _:
                pass
    return "\n".join(out)


def holds_fence(item: Item) -> bool:
    """Whether a list item owns a fence."""
    for block in item.blocks:
        match block:
            case Fence():
                return True
            case ListBlock(items=items):
                if any(holds_fence(inner) for inner in items):
                    return True
            case Quote(blocks=blocks) if any(isinstance(inner, Fence) for inner in blocks):
                return True
            case _:
                pass
    return False


def has_parts(rest: tuple[Block, ...], depth: int) -> bool:
    """Whether what follows an item's words is steps of its own; deep bullets without code are only text."""
    for block in rest:
        match block:
            case Fence() | Quote():
                return True
            case ListBlock(items=items):
                if depth == 0 or any(holds_fence(item) for item in items):
                    return True
                if any(
                    isinstance(b, Paragraph) and inline_command(b) for item in items for b in item.blocks[:1]
                ):
                    return True
            case _:
                pass
    return False


def led(units: list[Unit], lead: Paragraph | Label | None, title: str) -> list[Unit]:
    """Units of an item without the note of its words, where a step carries them as its title."""
    steps = [step for unit in units for step in steps_in(unit.nodes)]
    if (
        lead is None
        or not steps
        or (steps[0].title_from, steps[0].title) != ("item", title)
        or len(units) < 2
    ):
        return units
    match units[0].nodes, units[1].nodes:
        case [Note(kind="title")], [StepDraft() | ChoiceDraft() as first, *_]:
            begin_at(first, lead.span)
            return units[1:]
        case _:
            return units


def begin_at(node: StepDraft | ChoiceDraft, start: Span) -> None:
    """Lets a node begin where the words stand that introduce it."""
    node.span = Span(start.start, node.span.end, start.first_line, node.span.last_line)
    if isinstance(node, ChoiceDraft):
        option = node.options[0]
        option.span = Span(start.start, option.span.end, start.first_line, option.span.last_line)
        match option.body:
            case [StepDraft() | ChoiceDraft() as first, *_]:
                begin_at(first, start)
            case _:
                pass


def one_unit(units: list[Unit], label: str) -> Unit:
    """Several units as one; a choice that is all there is stays one that can grow."""
    if len(units) == 1:
        units[0].label = units[0].label or label
        return units[0]
    first, last = units[0], units[-1]
    span = Span(first.span.start, max(u.span.end for u in units), first.span.first_line, last.span.last_line)
    return Unit([node for unit in units for node in unit.nodes], span, label, first.link, first.condition)


LOOKS = re.compile(
    r"(?:check|open|look|review|inspect|follow|verify|see if|watch|ensure|make sure|visit|confirm|run|try|do|use)\b",
    re.I,
)
_LINKED = re.compile(r"\W{0,6}(?:\[[^\]]+\]\([^)]*\)|<?https?://\S+)(?:\s*$|[*_]*\s*[-–—:(])")
_TERM = re.compile(r"[*_]{0,2}`[^`]+`[*_]{0,2}(?:\s*$|\s*[-–—:=(]|,? (?:and|or|/) `|\s+[A-Z])")


def is_steps(block: ListBlock, roles: frozenset[Role], *, stepping: bool, announced: bool) -> bool:
    """Whether the items of a list are things to do.

    Args:
        roles: of its section. stepping: whether lists and prose there are things to do.
        announced: whether the words before it say so ("Check:").
    """
    if any(item.ticked is not None or holds_fence(item) or _holds_ticked(item) for item in block.items):
        return True
    if not stepping:
        # A numbered list in a section that says nothing about itself is a procedure in prose.
        asks = sum(_asks(item) for item in block.items) * 2 >= len(block.items)
        return asks and len(block.items) > 1 and not roles & SILENT and not _tells(block, announced)
    labelled = all(
        isinstance(item.blocks[0], Label) and item.blocks[0].value for item in block.items if item.blocks
    )
    if roles & SILENT and sum(_asks(item) for item in block.items) * 2 < len(block.items):
        return False
    if not block.ordered and (_tells(block, announced) or _states(block)):
        return False
    if Role.PROCESS in roles or not roles & STEPPING:
        return block.ordered or (not labelled and not roles <= {Role.PROCESS})
    return True


def _holds_ticked(item: Item) -> bool:
    inner = (i for b in item.blocks if isinstance(b, ListBlock) for i in b.items)
    return any(each.ticked is not None or _holds_ticked(each) for each in inner)


def _asks(item: Item) -> bool:
    """Whether an item asks for something: an instruction, or a command to run."""
    lead = item.blocks[0] if item.blocks else None
    if not isinstance(lead, Paragraph | Label):
        return False
    return is_instruction(plain(lead.text)) or inline_command(lead) is not None


_STATES = re.compile(
    r"(?!if |when |once |wenn |falls |si |se )(?:\S+\s+){1,6}?(?:is|are|was|were|may|might|has|have|had|will|can|does|ist|sind|war|wird|kann|hat|est|sont|peut|era|son|puede|pode)\s",
    re.I,
)


def _states(block: ListBlock) -> bool:
    """Whether bullets are sentences about how things are, none of them something to do."""
    return all(_STATES.match(plain(item.lead)) and not _asks(item) for item in block.items)


def _tells(block: ListBlock, announced: bool) -> bool:
    """Whether bullets only name things: links to read, or terms in code with what they mean."""
    if announced:
        return False
    leads = [item.blocks[0] for item in block.items if item.blocks]
    if not all(isinstance(lead, Paragraph | Label) for lead in leads):
        return False
    if all(_LINKED.match(item.lead) for item in block.items):
        return True
    return len(leads) > 1 and all(
        _TERM.match(lead.text) and inline_command(lead) is None
        for lead in leads
        if isinstance(lead, Paragraph | Label)
    )
