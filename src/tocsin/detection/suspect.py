"""How well a change fits a trouble: whether it is about the same thing, in the same place, and how long before.

"Check recent deployments" (CookCam), "Review recent deployments" (PrepChef). A hint for people and no verdict: nothing is
done because of it, and what does not fit is shown all the same.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tocsin.detection.change_event import ChangeEvent
from tocsin.kit.duration import spell

_WHAT = (
    "service", "app", "application", "component", "job", "deployment", "statefulset", "daemonset", "workload", "container",
    "repository", "repo", "project", "pod", "host", "instance", "check",
)  # fmt: skip
_WHERE = ("environment", "env", "stage", "namespace", "cluster", "region")
_TOKEN = re.compile(r"[a-z0-9]+")
# Parts of names that half of all services have.
_COMMON = frozenset(
    "a all and api app at by for from in is job main master new node not of on or prod production public service site svc the to "
    "web with www deploy deployed deployment release released push pushed failed succeeded started check down".split()
)  # fmt: skip


class Fit(Enum):
    """What a change looks like beside a trouble. The order is that in which they are shown."""

    SAME = "same thing"
    NEAR = "near in time"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change and what speaks for and against it, as sentences."""

    change: ChangeEvent
    fit: Fit
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known of a trouble: the labels of its alerts, its words (title, section), and when it began."""

    labels: tuple[Mapping[str, str], ...]
    words: tuple[str, ...]
    began: datetime


def suspects(changes: Iterable[ChangeEvent], trouble: Trouble) -> tuple[Suspect, ...]:
    """The changes with what speaks for each: those that fit first, and of these the last before the trouble."""

    def place(found: Suspect) -> tuple[int, bool, float]:
        away = (trouble.began - found.change.at).total_seconds()
        return list(Fit).index(found.fit), away < 0, abs(away)

    return tuple(sorted((weigh(each, trouble) for each in changes), key=place))


def weigh(change: ChangeEvent, trouble: Trouble) -> Suspect:
    """One change beside a trouble."""
    same = _same(change, trouble.labels) or _named(change, trouble.words)
    other = _other_place(change, trouble.labels)
    away = trouble.began - change.at
    when = (
        f"{spell(abs(away))} before" if change.at <= trouble.began else f"{spell(abs(away))} after it began"
    )
    reasons = tuple(
        each for each in (same, other, "it failed" if change.state == "failed" else None, when) if each
    )
    if other is not None:
        return Suspect(change, Fit.ELSEWHERE, reasons)
    return Suspect(change, Fit.SAME if same is not None else Fit.NEAR, reasons)


def _same(change: ChangeEvent, labels: Sequence[Mapping[str, str]]) -> str | None:
    """Which label of the alerts names what was changed, as a sentence."""
    theirs = [
        (name, value) for name, value in change.labels.items() if name.casefold() in _WHAT and _tokens(value)
    ]
    for ours in labels:
        for name, value in ours.items():
            if name.casefold() not in _WHAT or not _tokens(value):
                continue
            for their_name, their_value in theirs:
                if _alike(value, their_value):
                    return f"its {their_name} {their_value} is the alert's {name} {value}"
    return None


def _named(change: ChangeEvent, words: Sequence[str]) -> str | None:
    """Which telling word of the change's names stands in the trouble's words."""
    said = {token for text in words for token in _tokens(text)}
    for name, value in change.labels.items():
        if name.casefold() in _WHAT:
            for token in _TOKEN.findall(value.casefold()):
                if token in said and token not in _COMMON and len(token) > 2 and not token.isdigit():
                    return f'the incident names "{token}", as its {name} {value} does'
    return None


def _other_place(change: ChangeEvent, labels: Sequence[Mapping[str, str]]) -> str | None:
    """Where else it went, if both say where they are and no alert is there."""
    for name in _WHERE:
        there = next(
            (value for key, value in change.labels.items() if key.casefold() == name and value), None
        )
        here = [value for ours in labels for key, value in ours.items() if key.casefold() == name and value]
        if there is not None and here and not any(_place(each) == _place(there) for each in here):
            return f"it went to {name} {there}, the alert is of {here[0]}"
    return None


def _alike(one: str, other: str) -> bool:
    """Whether two names mean one thing: "cookcam/api" and "cookcam-api", or the last part of a path."""
    return _tokens(one) == _tokens(other) or _tokens(one.rsplit("/", 1)[-1]) == _tokens(
        other.rsplit("/", 1)[-1]
    )


def _place(name: str) -> str:
    """Production has many spellings."""
    folded = name.casefold().strip()
    return {"production": "prod", "live": "prod", "staging": "stage"}.get(folded, folded)


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text.casefold()))
