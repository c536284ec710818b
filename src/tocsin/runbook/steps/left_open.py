"""What stands below a session that a fence opened and nobody closed: whoever typed along is still in it, and whoever did not is not.

Source: docs/reference/runbook-language.md, section 7.2. What would change the machine it runs on therefore runs on neither by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Hop, Note
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.shell.contexts import closes
from tocsin.runbook.steps.drafts import StepDraft, Unit, steps_in
from tocsin.runbook.steps.placed import placed
from tocsin.runbook.words.surroundings import comes_home, goes_out

GOES_ON = "a session is opened and not closed: following fences of this section are read as meant for there"
ENDED = "a session is opened and not closed: it was ended with this fence"

_ELSEWHERE = frozenset({"host", "pod", "container"})


def still_inside(units: list[Unit], remarks: Sequence[Diagnostic]) -> None:
    """Moves the steps of a section that change the machine they run on, below a session nobody closed, to a place no target has.

    Args:
        units: of one section, in order. remarks: those of the section; they say which sessions were left open.
    """
    opened = [remark.span.start for remark in remarks if remark.message == ENDED]
    if not opened:
        return
    inside: Hop | None = None
    for node in (node for unit in units for node in unit.nodes):
        if isinstance(node, Note):
            if (node.kind == "session" and closes(node.text)) or comes_home(node.text) or goes_out(node.text):
                inside = None
            continue
        for step in steps_in([node]):
            host = next((hop for hop in step.context if hop.kind == "host"), None)
            if host is not None and any(start < step.span.start for start in opened):
                inside = host
            elif inside is not None and _on_its_machine(step):
                _move(step, inside)


def _on_its_machine(step: StepDraft) -> bool:
    """Whether a step would change the machine it runs on: no place is named, and nothing is reached from there."""
    return not any(hop.kind in _ELSEWHERE for hop in step.context) and any(
        action.language == "shell"
        and action.judgement.effect is not Effect.OBSERVE
        and not action.judgement.targets
        for action in step.actions
    )


def _move(step: StepDraft, host: Hop) -> None:
    doubt = Hop("host", f"{host.name}, or here")
    step.context = (doubt, *step.context)
    step.actions = [
        replace(action, context=(doubt, *action.context), judgement=placed(action.judgement, (doubt,)))
        for action in step.actions
    ]
