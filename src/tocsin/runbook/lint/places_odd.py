"""TOC203 by the labels in names: one command of a procedure speaks of staging, of another region or site, where its siblings do not.

Environments, regions and sites are parts of names whatever the tool: of hosts, contexts, buckets, queues, folders, options.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Action, Role
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.facts import Line, Procedure, View
from tocsin.runbook.words.wording import fold

_ENVIRONMENTS = {
    "prod": "prod", "production": "prod", "prd": "prod", "live": "prod", "produktion": "prod", "produccion": "prod",
    "staging": "staging", "stage": "staging", "stg": "staging", "preprod": "staging", "dev": "dev", "development": "dev", "test": "test",
    "testing": "test", "qa": "test", "uat": "test", "sandbox": "sandbox", "demo": "demo", "abnahme": "test", "integration": "test", "int": "test",
}  # fmt: skip
_REGION = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{2}-)?(?:north|south|east|west|central)(?:east|west)?-?\d(?![0-9])|(?<![a-z0-9-])(?:eu|us|ap|sa|af|me|ca)\d?(?=[-._/: ]|$)(?!-(?:north|south|east|west|central))"
)
_DIRECTIONS = ("north", "south", "east", "west", "central")
# One of these is a word of every text with a region in it.
_REGION_WORDS = frozenset(
    ("eu us ap sa af me ca".split())
    + [first + last for first in _DIRECTIONS for last in ("", "east", "west")]
)
_LETTERS = re.compile(r"[A-Za-z]+")
_SMALL_LETTERS = re.compile(r"[a-z]+")
# A device is no environment, what is asked for none either, nor a type; and the end of a host no site.
_NO_PLACE = re.compile(
    r"https?://(?:docs|www|github|hub|raw)\S+|(?<=[/\w])\?[\w-]+=[^\s'\"]*|::\w+|/dev/\S+|\.(?:test|dev|live|demo)\b"
)
_WORD = re.compile(
    r"(?<![\w./:@=-])(?:[\w./:@=-]*[-._/:@=][\w./:@=-]*|(?<= )(?:(?<=-n )|(?<=context )|(?<=namespace )|(?<=cluster )|(?<=env )|(?<=environment )|(?<=profile )|(?<=region ))[\w-]+)"
)
_FEW = 80  # commands of one procedure that are compared


@dataclass(frozen=True, slots=True)
class _Said:
    """A command and the only label of a kind that it speaks of."""

    line: Line
    action: Action
    label: str
    spelled: str


@dataclass(slots=True)
class _Names:
    """A command, and the names in it that may have a label, parted by blanks."""

    line: Line
    action: Action
    text: str


_Kind = Callable[[str], list[tuple[str, str]]]


def odd_label(view: View) -> Iterator[Diagnostic]:
    """One command goes elsewhere than all its siblings, and no sentence says so."""
    named = [(procedure, _names(procedure)) for procedure in view.procedures]
    for kind in (_environments, _regions):
        everywhere: Counter[str] | None = None
        for procedure, names in named:
            if Role.TOOLBOX in procedure.section.roles:
                continue
            said, several = _labels(names, kind)
            if several or len({each.label for each in said}) != 2:
                continue
            counts = Counter(each.label for each in said)
            (usual, often), (odd, once) = counts.most_common(2)
            if once != 1:
                continue
            if everywhere is None:
                everywhere = Counter(e.label for _, each in named for e in _labels(each, kind)[0])
            if often == 1 and everywhere[usual] < 3:
                continue
            if often == 1 and everywhere[odd] > everywhere[usual]:
                usual, odd = odd, usual
            if everywhere[odd] > 2 and often < 3:
                continue
            one = next(one for one in said if one.label == odd)
            if _spoken_of(view, procedure, one):
                continue
            at = max(one.action.text.find(one.spelled), 0)
            message = f"This goes to {one.spelled}; its siblings go to {next(s.spelled for s in said if s.label == usual)}."
            level = Level.WARNING if one.action.judgement.effect is Effect.OBSERVE else None
            yield view.at("TOC203", one.line, one.action, at, message, level=level)


def _names(procedure: Procedure) -> list[_Names]:
    return [
        _Names(line, action, " ".join(_WORD.findall(_NO_PLACE.sub(" ", action.text))))
        for line in procedure.lines[:_FEW]
        for action in line.step.actions
    ]


def _labels(names: list[_Names], kind: _Kind) -> tuple[list[_Said], bool]:
    """The commands that speak of one label of a kind; and whether one speaks of two, as a copy between them does."""
    found: list[_Said] = []
    for each in names:
        labels = kind(each.text)
        if len({label for label, _ in labels}) > 1:
            return found, True
        if labels:
            found.append(_Said(each.line, each.action, *labels[0]))
    return found, False


def _environments(text: str) -> list[tuple[str, str]]:
    return [
        (label, part)
        for part in _LETTERS.findall(text)
        if (label := _ENVIRONMENTS.get(part.lower())) is not None
    ]


def _regions(text: str) -> list[tuple[str, str]]:
    if _REGION_WORDS.isdisjoint(_SMALL_LETTERS.findall(text)):
        return []
    return [(found[0].strip("-"), found[0]) for found in _REGION.finditer(text)]


def _spoken_of(view: View, procedure: Procedure, said: _Said) -> bool:
    """Whether a sentence of the procedure, its heading included, speaks of the label."""
    words = [word for word, label in _ENVIRONMENTS.items() if label == said.label] or [said.label]
    told = " ".join(fold(raw.text) for raw in view.raw_of(procedure.section) if not raw.fenced)
    return any(re.search(rf"(?<![\w]){re.escape(word)}(?![a-z])", told) for word in words)


RULES = (odd_label,)
