"""What stands below a session that a fence opened and nobody closed: whoever typed along is still in it, and whoever did not is not.

Source: docs/reference/runbook-language.md, section 7.2. What would change the machine it runs on therefore runs on neither by itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Hop, Note
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.shell.contexts import closes
from tocsin.runbook.steps.drafts import StepDraft, Unit, steps_in
from tocsin.runbook.steps.placed import placed
from tocsin.runbook.words.surroundings import comes_home, goes_out, surroundings

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


def perhaps_there(
    units: list[Unit], unsaid: Sequence[tuple[Span, Hop]]
) -> list[tuple[Diagnostic, StepDraft]]:
    """Moves the steps that change the machine they run on, below a host named for the block above alone, to a place no target has.

    "On `db-1`:", a fence, "Then restart it:", a fence: whoever was on db-1 may still be there.

    Args:
        unsaid: what was read without a word about where, with the host named last. Returns what the reader is to know.
    """
    told: list[tuple[Diagnostic, StepDraft]] = []
    if not unsaid:
        return told
    places = sorted(((span.start, span.end, host) for span, host in unsaid), key=lambda place: place[0])
    starts = [start for start, _, _ in places]
    for step in (step for unit in units for node in unit.nodes for step in steps_in([node])):
        last = bisect_left(starts, step.span.end) - 1  # of those that begin before the step ends
        host = places[last][2] if last >= 0 and places[last][1] > step.span.start else None
        if host is None or not _on_its_machine(step) or _from_here(step):
            continue
        _move(step, host)
        message = (
            f"nobody says whether this still runs on {host.name}: write where, or it runs nowhere by itself"
        )
        told.append((Diagnostic("TOC104", Level.NOTE, step.span, 1, message), step))
    return told


# What is started at one's own desk and reaches the machines by itself.
_AT_THE_DESK = re.compile(
    r"(?:sudo\s+)?(?:ansible[\w-]*|terraform|tofu|pulumi|gh|glab|salt|knife|bolt|cap|fab|packer|vault|nomad|consul|gcloud|aws|az|doctl|oci|flyctl|heroku|kubectl|oc|helm|argocd|flux|ssh|scp|rsync)\s"
)


def _from_here(step: StepDraft) -> bool:
    around = surroundings(step.title)
    return (
        (around is not None and around.here)
        or comes_home(step.title)
        or all(_AT_THE_DESK.match(action.text) for action in step.actions)
    )


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
