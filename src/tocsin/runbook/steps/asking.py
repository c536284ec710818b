"""Whether what a section says is something to do: its lists and prose, and the commands in its sentences.

Source: docs/reference/runbook-language.md, sections 5 and 6.8.
"""

from tocsin.runbook.book import Role
from tocsin.runbook.markdown.blocks import Fence, Paragraph
from tocsin.runbook.shell.classify import Form, classify
from tocsin.runbook.steps.items import SILENT, STEPPING
from tocsin.runbook.steps.outline import Draft

# Sections that look at things, and those that change them.
SHOWING = frozenset({Role.INVESTIGATION, Role.VERIFICATION, *SILENT})
ACTING = frozenset({Role.MITIGATION, Role.ROLLBACK, Role.PREVENTION, Role.PREREQUISITES})
DOING = frozenset({Role.INVESTIGATION, Role.MITIGATION, Role.VERIFICATION, Role.ROLLBACK})


def stepping(draft: Draft) -> bool:
    """Whether lists and prose of a section are things to do."""
    if draft.roles & STEPPING:
        return True
    return not draft.roles & SILENT and draft.procedure is not None and draft.procedure.recognised


def speaks(draft: Draft) -> bool:
    """Whether commands in its sentences are: also in a section that says nothing about itself, but holds commands."""
    if stepping(draft):
        return True
    return not draft.roles & (SILENT | {Role.TOOLBOX}) and any(
        isinstance(block, Fence) and classify(block).form is Form.SHELL for block in draft.blocks
    )


def is_value(draft: Draft, block: Paragraph) -> bool:
    """Whether a paragraph is what stands behind the bold label that makes its section: "**Mitigation:** restart it"."""
    return draft.is_label and draft.blocks[:1] == [block] and block.span.first_line == draft.first_line
