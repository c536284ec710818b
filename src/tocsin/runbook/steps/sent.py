"""Where a sentence sends its reader: into a session it asks to open, or to a host for what comes next.

Source: docs/reference/runbook-language.md, section 7. Heard wherever steps may follow, also where nothing says that a section
holds any: what follows must not run on the operator's machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.runbook.book import Diagnostic, Hop, Level
from tocsin.runbook.markdown.blocks import Label, Paragraph
from tocsin.runbook.shell.contexts import Place
from tocsin.runbook.steps.spoken import spoken_opener
from tocsin.runbook.words.whereabouts import host_in


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the next block is meant to run.

    Attributes:
        told: what the reader of the document is to know; None where a host is said for the next block alone.
    """

    place: Place
    told: Diagnostic | None


def sent(block: Paragraph | Label, place: Place) -> Sent | None:
    """Where a sentence sends whoever stands at `place`; None where it sends nobody."""
    if "`" not in block.text:
        return None
    if hops := spoken_opener(block):
        message = "a sentence opens a session: following steps of this section are read as meant for there"
        return Sent(place.enter(*hops), Diagnostic("TOC104", Level.WARNING, block.span, 1, message))
    host = host_in(block.text)
    return Sent(place.outermost().enter(Hop("host", host)), None) if host is not None else None
