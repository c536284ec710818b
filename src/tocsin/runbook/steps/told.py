"""Words that hold nothing to run: manual steps, waits, warnings."""

from tocsin.runbook.book import Hop, Note, Role, StepKind, Wait, WaitKind
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Item
from tocsin.runbook.steps.drafts import StepDraft, Unit
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.items import item_text
from tocsin.runbook.words.expectations import expectation, measured
from tocsin.runbook.words.fallbacks import in_vain
from tocsin.runbook.words.inline import links
from tocsin.runbook.words.instructions import FORBIDS, first_sentence
from tocsin.runbook.words.waits import is_only_waiting, wait


def told(item: Item, lead: Lead, title: str, context: tuple[Hop, ...], roles: frozenset[Role]) -> Unit:
    """An item without anything to run: a manual step, a wait, or a warning."""
    if item.ticked is None and FORBIDS.match(title):
        return Unit([Note("warning", item_text(item), item.span)], item.span, title)
    length = wait(title, item.span)
    waits = (
        item.ticked is None
        and length is not None
        and length.kind is not WaitKind.DEADLINE
        and is_only_waiting(title)
    )
    if length is not None and waits and len(item.blocks) == 1:
        return Unit([length], item.span, title)
    text = item_text(item)
    step = StepDraft(
        StepKind.MANUAL, first_sentence(title) or "Item", "item", "text", [], context, item.span, text=text,
        condition=lead.condition, warned=lead.warned, horizon=lead.horizon, links=links(text),
    )  # fmt: skip
    step.waits.extend([length] if length is not None else [])
    found = expectation(title, "prose", item.span) if len(title) < 200 else None
    if found is None and Role.VERIFICATION in roles:
        found = measured(title, item.span)
    step.expects.extend([found] if found is not None else [])
    return Unit([step], item.span, title)


def in_words(text: str, span: Span, lead: Lead, context: tuple[Hop, ...]) -> StepDraft:
    """A sentence that asks for something, as a manual step; the lead holds its title and what is known about it."""
    step = StepDraft(
        StepKind.MANUAL, lead.title, lead.title_from, "text", [], context, span, text=text,
        condition=lead.condition, warned=lead.warned, horizon=lead.horizon, links=links(text),
    )  # fmt: skip
    length = wait(lead.title, span)
    step.waits.extend([length] if length is not None else [])
    return step


def states(text: str, span: Span, last: StepDraft | None, *, stepping: bool) -> Note | Wait | None:
    """A sentence that states a wait, or what the step above should show; None if it states neither."""
    if in_vain(text) is not None:
        return None  # "Should that not help, …" expects nothing
    length = wait(text, span)
    waits = length is not None and length.kind is not WaitKind.DEADLINE and is_only_waiting(text)
    if length is not None and waits and stepping and len(text) < 120:
        return length
    found = expectation(text, "prose", span) if last is not None and len(text) < 200 else None
    if found is None or last is None or not last.actions:
        return None
    last.expects.append(found)
    if length is not None:
        last.waits.append(length)
    return Note("prose", text, span)
