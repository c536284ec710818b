"""TOC109 for a fence without a label that holds nothing but commands: read well, and easy to say."""

import re
from collections.abc import Iterator

from tocsin.runbook.book import StepKind
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import View
from tocsin.runbook.lint.raw import RawLine
from tocsin.runbook.words.programs import starts_command

_BARE = re.compile(r"[^`~]*(?:`{3,}|~{3,})[ \t]*$")


def unlabelled(view: View) -> Iterator[Diagnostic]:
    """A fence without a label, every line of which is a command and was read as one."""
    shell = {
        number
        for _, line in view.lines()
        if line.step.kind is StepKind.SHELL
        for action in line.step.actions
        for number in range(
            action.span.first_line, min(action.span.last_line, action.span.first_line + 50) + 1
        )
    }
    opening: RawLine | None = None
    body: list[RawLine] = []
    for raw in view.raw:
        if raw.fenced:
            body.append(raw)
            continue
        if opening is not None and body:
            told = [line for line in body if line.text.strip() and not line.text.lstrip().startswith("#")]
            if told and all(starts_command(line.text.strip()) and line.number in shell for line in told):
                yield view.remark(
                    "TOC109",
                    opening.span,
                    "This fence has no label; it was read as shell commands.",
                    level=Level.NOTE,
                    column=len(opening.text) - len(opening.text.lstrip()) + 1,
                )
        body = []
        opening = raw if ("```" in raw.text or "~~~" in raw.text) and _BARE.match(raw.text) else None


RULES = (unlabelled,)
