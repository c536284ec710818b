"""TOC203 by the labels in names: one command of a procedure speaks of staging, of another region or site, where its siblings do not.

Environments, regions and sites are parts of names whatever the tool: of hosts, contexts, buckets, queues, folders, options.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Diagnostic, Level, Role
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.words.wording import fold

_ENVIRONMENTS = {
    "prod": "prod", "production": "prod", "prd": "prod", "live": "prod", "produktion": "prod", "produccion": "prod",
    "staging": "staging", "stage": "staging", "stg": "staging", "preprod": "staging", "dev": "dev", "development": "dev", "test": "test",
    "testing": "test", "qa": "test", "uat": "test", "sandbox": "sandbox", "demo": "demo", "abnahme": "test", "integration": "test", "int": "test",
}  # fmt: skip
_REGION = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{2}-)?(?:north|south|east|west|central)(?:east|west)?-?\d(?![0-9])|(?<![a-z0-9-])(?:eu|us|ap|sa|af|me|ca)\d?(?=[-._/:]|$)(?!-(?:north|south|east|west|central))"
)
# A device is no environment, and the end of a host no site.
_NO_PLACE = re.compile(r"https?://(?:docs|www|github|hub|raw)\S+|/dev/\S+|\.(?:test|dev|live|demo)\b")
_WORD = re.compile(
    r"[\w./:@=-]*[-._/:@=][\w./:@=-]*|(?<=-n )[\w-]+|(?<=context )[\w-]+|(?<=namespace )[\w-]+|(?<=cluster )[\w-]+|(?<=env )[\w-]+|(?<=environment )[\w-]+|(?<=profile )[\w-]+|(?<=region )[\w-]+"
)
_FEW = 80  # commands of one procedure that are compared


@dataclass(frozen=True, slots=True)
class _Said:
    """A command and the only label of a kind that it speaks of."""

    line: Line
    action: Action
    label: str
    spelled: str


_Kind = Callable[[str], list[tuple[str, str]]]


def odd_label(view: View) -> Iterator[Diagnostic]:
    """One command goes elsewhere than all its siblings, and no sentence says so."""
    for kind in (_environments, _regions):
        everywhere: Counter[str] | None = None
        for procedure in view.procedures:
            if Role.TOOLBOX in procedure.section.roles:
                continue
            said, several = _labels(procedure, kind)
            if several or len({each.label for each in said}) != 2:
                continue
            counts = Counter(each.label for each in said)
            (usual, often), (odd, once) = counts.most_common(2)
            if once != 1:
                continue
            if everywhere is None:
                everywhere = Counter(e.label for p in view.procedures for e in _labels(p, kind)[0])
            if often == 1 and everywhere[usual] < 3:
                continue
            if often == 1 and everywhere[odd] > everywhere[usual]:
                usual, odd = odd, usual
            if everywhere[odd] > 2 and often < 3:
                continue
            each = next(one for one in said if one.label == odd)
            if _spoken_of(view, procedure, each):
                continue
            at = max(each.action.text.find(each.spelled), 0)
            message = f"This goes to {each.spelled}; its siblings go to {next(s.spelled for s in said if s.label == usual)}."
            level = Level.WARNING if each.action.judgement.effect is Effect.OBSERVE else None
            yield view.at("TOC203", each.line, each.action, at, message, level=level)


def _labels(procedure: Procedure, kind: _Kind) -> tuple[list[_Said], bool]:
    """The commands that speak of one label of a kind; and whether one speaks of two, as a copy between them does."""
    found: list[_Said] = []
    for line in procedure.lines[:_FEW]:
        for action in line.step.actions:
            labels = kind(_NO_PLACE.sub(" ", action.text))
            if len({label for label, _ in labels}) > 1:
                return found, True
            if labels:
                found.append(_Said(line, action, *labels[0]))
    return found, False


def _environments(text: str) -> list[tuple[str, str]]:
    return [
        (label, part)
        for name in _WORD.findall(text)
        for part in re.split(r"[^A-Za-z]+", name)
        if (label := _ENVIRONMENTS.get(part.lower())) is not None
    ]


def _regions(text: str) -> list[tuple[str, str]]:
    return [
        (found[0].strip("-"), found[0]) for name in _WORD.findall(text) for found in _REGION.finditer(name)
    ]


def _spoken_of(view: View, procedure: Procedure, said: _Said) -> bool:
    """Whether a sentence of the procedure, its heading included, speaks of the label."""
    words = [word for word, label in _ENVIRONMENTS.items() if label == said.label] or [said.label]
    told = " ".join(fold(raw.text) for raw in view.raw_of(procedure.section) if not raw.fenced)
    return any(re.search(rf"(?<![\w]){re.escape(word)}(?![a-z])", told) for word in words)


RULES = (odd_label,)
