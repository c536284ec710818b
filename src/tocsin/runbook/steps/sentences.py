"""Sentences that hold commands: the step of one with what its words say about it, or a step by hand where that is in doubt.

Source: docs/reference/runbook-language.md, section 6.8.
"""

from tocsin.effects.effect import Effect
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.markdown.blocks import Line, Paragraph
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps.ahead import LINKING, link_step
from tocsin.runbook.steps.comments import understand
from tocsin.runbook.steps.drafts import Unit
from tocsin.runbook.steps.fences import Judge
from tocsin.runbook.steps.heads import Lead
from tocsin.runbook.steps.spoken import Spoken, commands_in, spoken_step
from tocsin.runbook.words.inline import plain


def spoken_unit(command: Spoken, lead: Lead, place: Place, judge: Judge, span: Span) -> Unit:
    """The unit of a command of a paragraph: "If the queue is stuck, run `x`" asks first, "Or try `x`" is another way."""
    step = spoken_step(command, lead, place, judge, "paragraph")
    unit = Unit([step], span)
    said = understand(Line(plain(command.text), command.line.number, command.line.start, command.line.start))
    if said.says in LINKING:
        link_step(unit, step, said, plain(command.text).rstrip("."))
    return unit


def in_doubt(block: Paragraph, judge: Judge) -> bool:
    """Whether a sentence speaks of a command that would change something, and does not forbid it: somebody has to read it."""
    return any(judge(code, "shell", frozenset()).effect is not Effect.OBSERVE for code in commands_in(block))
