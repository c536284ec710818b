"""Where a sentence or heading sends its reader: into a session, to a host for what comes next, or out of a session again.

Source: docs/reference/runbook-language.md, section 7. Heard wherever steps may follow, also where nothing says that a section
holds any: what follows must not run on the operator's machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.runbook.book import Diagnostic, Hop, Level
from tocsin.runbook.markdown.blocks import Label, Paragraph
from tocsin.runbook.shell.contexts import Place, closes
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.steps.spoken import spoken_opener
from tocsin.runbook.words.inline import code_spans
from tocsin.runbook.words.whereabouts import host_in, session_in

_BETWEEN = re.compile(r"bastion|jump", re.IGNORECASE)
_LEAVES = re.compile(
    r"\b(?:log ?out|leave|exit|quit|disconnect|close|verlass\w*|abmeld\w*|quitte[zr]?|sal(?:ir|ga|e)|saia)\b",
    re.IGNORECASE,
)
# Whoever is told not to leave, or only in a case, is still inside: what follows must not run on the operator's machine.
_STAYS = re.compile(
    r"\b(?:not|never|n[o’']?t|avoid|without|before|if|unless|whenever|nicht|kein\w*|nie|falls|wenn|ohne|ne|pas|jamais|sans|si|no|nunca|sin|n[aã]o|sem|se)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the next blocks are meant to run.

    Attributes:
        lasts: for the rest of the section; else for the next block alone.
        told: what the reader of the document is to know.
    """

    place: Place
    lasts: bool
    told: Diagnostic | None = None


def sent(block: Paragraph | Label, place: Place) -> Sent | None:
    """Where a sentence sends whoever stands at `place`; None where it sends nobody."""
    hops = spoken_opener(block) if "`" in block.text else ()
    if not hops and (host := session_in(block.text)) is not None:
        # From a bastion one goes on; from any other host one has gone back before.
        inner = place.innermost
        place = place if inner is not None and _BETWEEN.search(inner.name) else place.outermost()
        hops = (Hop("host", host),)
    if hops:
        message = "a sentence opens a session: following steps of this section are read as meant for there"
        return Sent(place.enter(*hops), True, Diagnostic("TOC104", Level.WARNING, block.span, 1, message))
    if place.depth and _leaves(block.text):
        return Sent(place.leave(), True)
    host = host_in(block.text)
    return Sent(place.outermost().enter(Hop("host", host)), False) if host is not None else None


def headed(draft: Draft, place: Place) -> Place:
    """Where the steps of a section run by what its heading says, or one above it in the same procedure: "On `db-1`"."""
    current: Draft | None = draft
    while current is not None:
        if (host := host_in(current.raw) or session_in(current.raw)) is not None:
            return place.enter(Hop("host", host))
        if current.procedure is current:
            break
        current = current.parent
    return place


def _leaves(text: str) -> bool:
    """Whether a sentence plainly asks to end the session by a word in code: "log out (`exit`)"."""
    return (
        _LEAVES.search(text) is not None
        and _STAYS.search(text) is None
        and any(closes(code) for _, _, code in code_spans(text))
    )
