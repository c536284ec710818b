"""TOC414 within one sentence: "Sev A within 15 minutes, Sev B within 4 hours, Sev C."."""

import re
from collections.abc import Iterator

from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.facts import View
from tocsin.runbook.policy.text import duration
from tocsin.runbook.words.inline import plain

_LEVEL = re.compile(
    r"(?:^|[\s(:])((?:P|SEV|Sev|Severity|Prio|Priority|Level|Stufe|Prioridad|Nivel)[ -]?[0-5A-E])\b"
)
# One of them is in every text the pattern finds.
_LEVEL_WORDS = ("P", "SEV", "Sev", "Level", "Stufe", "Nivel")
_ANY_CLOCK = re.compile(
    r"\d|immediate|at once|sofort|next|nächst|working day|inmediat|no clock|never|none|niemand", re.IGNORECASE
)


def row_of_levels(view: View) -> Iterator[Diagnostic]:
    """Levels with their clocks in one line, of which one has none."""
    known = {level.span.first_line for level in view.book.policy.severities}
    for raw in view.prose_with(_LEVEL_WORDS):
        if raw.text.lstrip()[:1] in "|#>" or raw.number in known or len(_LEVEL.findall(raw.text)) < 3:
            continue
        parts = [
            part for part in re.split(r"[,;]|\band\b|\bund\b|\.\s", plain(raw.text)) if _LEVEL.search(part)
        ]
        timed = [part for part in parts if duration(_LEVEL.sub(" ", part)) is not None]
        for part in parts if len(timed) >= 2 else ():
            found = _LEVEL.search(part)
            rest = _LEVEL.sub(" ", part).strip(" .:()")
            if (
                found is not None
                and part not in timed
                and not _ANY_CLOCK.search(rest)
                and len(rest.split()) < 3
            ):
                yield view.remark(
                    "TOC414", raw.span, f"{found[1]} has no response clock; its siblings have one."
                )


RULES = (row_of_levels,)
