"""What a piece of a section that mends something is read as; for tests that state one rule each."""

from tocsin.runbook.book import Choice, Note, Step
from tocsin.runbook.compile import compile as compile_text

HEAD = "# Shop\n\n## Stuck\n\n**Symptoms**: `E42`\n\n### Fix\n\n"


def steps(text: str) -> list[Step]:
    """The steps of a resolution that is written so."""
    return [step for section in compile_text(HEAD + text, "shop.md").sections for step in section.steps()]


def choices(text: str) -> list[Choice]:
    """The choices of a resolution that is written so."""
    return [node for node in _nodes(text) if isinstance(node, Choice)]


def notes(text: str) -> list[Note]:
    """What of a resolution is kept as words."""
    return [node for node in _nodes(text) if isinstance(node, Note)]


def only(text: str) -> list[tuple[str, str | None]]:
    """The commands of a resolution, each with the words under which alone it is run; those of its way count."""
    found: dict[str, str | None] = {}
    for step in steps(text):
        for action in step.actions:
            found[action.text] = step.condition.text if step.condition is not None else None
    for choice in choices(text):
        for option in choice.options:
            for node in option.body:
                if isinstance(node, Step) and option.condition is not None:
                    for action in node.actions:
                        found[action.text] = found[action.text] or option.condition.text
    return list(found.items())


def _nodes(text: str) -> list[object]:
    return [node for section in compile_text(HEAD + text, "shop.md").sections for node in section.nodes()]
