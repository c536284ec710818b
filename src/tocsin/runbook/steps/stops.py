"""What a finding forbids: "If the lag is higher, do not switch." holds for what changes something below it, also under the next heading.

Source: docs/reference/runbook-language.md, section 6.1.
"""

from __future__ import annotations

import re

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Condition, ConditionKind, Note, Role
from tocsin.runbook.diagnostic import Span
from tocsin.runbook.steps.choices import both
from tocsin.runbook.steps.drafts import Unit, steps_in
from tocsin.runbook.steps.outline import Draft
from tocsin.runbook.words.inline import plain
from tocsin.runbook.words.wording import unaccented

_TELLING = frozenset({"prose", "note", "warning"})
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_STOPS = re.compile(
    r"(?:if|when|unless|wenn|falls|solange|si|quand|cuando|se|quando)\b[^.!?]{3,140}?, (?:then |so |dann |alors |entonces |entao )?"
    r"(?:(?:do not|don[’']?t|never|must not|ne |no |nao |nunca |jamais )\s?(?!forget|panic|worry|hesitate|need|olvid|esque|oubli)\w+|(?:stop|abort|halt) (?:here|now|and)\b|(?:stop|abort|halt)(?=[.;,!]|$)|go no further"
    r"|(?:\w+ ){0,5}(?:nicht|keine?n?) \w+)",
    re.IGNORECASE,
)
_MAY_STOP = re.compile(r"\b(?:not|don[’']?t|never|stop|abort|halt|further|nicht|kein\w*|ne|no|n[aã]o|nunca|jamais)\b", re.IGNORECASE)  # fmt: skip


def hold_back(units: list[Unit], draft: Draft, held: Condition | None) -> Condition | None:
    """Lets what changes something wait where a finding above forbids it in a case; returns what holds for the next section.

    Args:
        held: what the sections above it in the same procedure forbid.
    """
    if held is not None and Role.MITIGATION not in draft.roles:
        kept, held = held, None
    else:
        kept = None
    for unit in units:
        for node in unit.nodes:
            if isinstance(node, Note):
                held = (_forbidden(node.text, node.span) if node.kind in _TELLING else None) or held
                continue
            for step in steps_in([node]):
                if not step.actions:  # "Below 2, stop here." is read as something to do
                    held = _forbidden(step.text, step.span) or held
                elif held is not None and any(a.judgement.effect is not Effect.OBSERVE for a in step.actions):
                    step.condition = both(held, step.condition)
    # What was looked at says what may be done; once something was done, it has had its say.
    return (held or kept) if draft.roles & {Role.INVESTIGATION, Role.PREREQUISITES} else None


def _forbidden(text: str, span: Span) -> Condition | None:
    if _MAY_STOP.search(text) is None:
        return None
    for words in _SENTENCE.split(" ".join(plain(text).split())):
        if _STOPS.match(unaccented(words)):
            return Condition(ConditionKind.IF_SAFE, words.rstrip("."), span)
    return None
