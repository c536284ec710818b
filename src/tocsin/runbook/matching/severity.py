"""How bad it is, by the runbook's own definitions.

The criteria of each level are compared with what the alert says about impact, then with its title, then with the
title of the matched section. The first level that matches wins; in doubt the higher (SEV-04). Nothing is asked.
"""

from dataclasses import dataclass

from tocsin.runbook.book import Section
from tocsin.runbook.defaults import UNKNOWN_RANK, default_levels
from tocsin.runbook.matching.claim import Claim
from tocsin.runbook.policy.terms import Policy, SeverityLevel
from tocsin.runbook.words.wording import canonical, fold

# Words that say how much, not what. A criterion and a text that name different extents do not match.
_EXTENT = {
    word: group
    for group, text in {"all": "complete", "part": "partial", "one": "isolated", "big": "major", "mid": "moderate",
                        "little": "minor"}.items()
    for word in canonical(text)
}  # fmt: skip
# Words too common to carry a match by themselves.
_WEAK = frozenset(
    canonical("service issue problem impact production incident immediate user feature non critical")
)
_ENOUGH = 0.6

# What alerting tools write in a severity label, as the rank it asks for.
_LABEL_RANK = {
    "critical": 0, "crit": 0, "emergency": 0, "fatal": 0, "page": 0, "disaster": 0, "blocker": 0,
    "high": 1, "error": 1, "major": 1, "urgent": 1,
    "medium": 2, "warning": 2, "warn": 2, "minor": 2, "moderate": 2, "average": 2,
    "low": 3, "info": 3, "information": 3, "informational": 3, "notice": 3, "none": 3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Assessment:
    """How bad it is and why.

    Attributes:
        severity: the runbook's name of the level ("P0"); None only when the runbook defines no levels.
        rank: 0 is the worst.
        reasons: sentences that quote the criterion with its line, or say that a default was taken.
    """

    severity: str | None
    rank: int
    reasons: tuple[str, ...]


def assess(alert: Claim, section: Section | None, policy: Policy) -> Assessment:
    """The severity the runbook's own definitions give to this alert.

    Order: the alert's impact sentence, its title, the title and symptoms of the section. A severity label on the
    alert that names or translates to a level counts as well; the higher of the two is taken.
    """
    levels = sorted(policy.severities, key=lambda level: level.rank)
    label = alert.labels.get("severity") or alert.labels.get("priority")
    if not levels:
        return _without_policy(label)
    by_words = _by_words(alert, section, levels)
    by_label = _by_label(label, levels)
    if by_words is not None and by_label is not None:
        level, reason = min(by_words, by_label, key=lambda found: found[0].rank)
        other = by_label if (level, reason) == by_words else by_words
        extra = () if other[0] is level else (f"also read: {other[1]}; in doubt the higher level is taken",)
        return Assessment(level.name, level.rank, (reason, *extra))
    found = by_words or by_label
    if found is not None:
        return Assessment(found[0].name, found[0].rank, (found[1],))
    level = levels[min(UNKNOWN_RANK, len(levels) - 1)]
    return Assessment(
        level.name,
        level.rank,
        (
            f"nothing in the alert or the section matches a definition of the runbook's levels; {level.name} by default",
        ),
    )


def _without_policy(label: str | None) -> Assessment:
    names = default_levels()
    if label is not None:
        word = fold(label)
        rank = _LABEL_RANK.get(word)
        if rank is None and word.upper() in names:
            rank = names.index(word.upper())
        if rank is not None:
            return Assessment(
                None, rank, (f'the runbook defines no severities; the alert is labelled "{label}"',)
            )
    return Assessment(
        None, UNKNOWN_RANK, (f"the runbook defines no severities; rank {UNKNOWN_RANK} by default",)
    )


def _by_label(label: str | None, levels: list[SeverityLevel]) -> tuple[SeverityLevel, str] | None:
    if not label:
        return None
    word = fold(label)
    for level in levels:
        if word in {fold(level.name), fold(level.label or level.name)}:
            return (
                level,
                f'the alert is labelled "{label}", which is {level.name} (line {level.span.first_line})',
            )
    rank = _LABEL_RANK.get(word)
    if rank is None:
        return None
    level = levels[min(rank, len(levels) - 1)]
    return level, f'the alert is labelled "{label}", taken as {level.name}'


def _by_words(
    alert: Claim, section: Section | None, levels: list[SeverityLevel]
) -> tuple[SeverityLevel, str] | None:
    sources = [("impact", alert.impact), ("title", alert.title)]
    if section is not None:
        sources.append(("section", section.title))
        sources.extend(("symptom", symptom) for symptom in section.symptoms)
    for kind, text in sources:
        if not text:
            continue
        for level in levels:
            quote = _criterion(text, level)
            if quote is not None:
                said = {"impact": "the impact is", "title": "the alert says", "section": "the section is",
                        "symptom": "the section's symptom is"}[kind]  # fmt: skip
                return level, f'{said} "{text}"; {level.name} names "{quote}" (line {level.span.first_line})'
    return None


def _criterion(text: str, level: SeverityLevel) -> str | None:
    """The criterion of the level that the text meets, or None."""
    said = frozenset(canonical(text, keep_negation=True))
    for criterion in level.criteria:
        for part in _alternatives(criterion):
            if _meets(said, frozenset(canonical(part, keep_negation=True))):
                return part
    return None


def _alternatives(criterion: str) -> tuple[str, ...]:
    """ "Service down, data loss or breach" is three criteria; a short tail keeps nothing from its head."""
    parts = [p.strip() for chunk in criterion.split(",") for p in chunk.replace(";", ",").split(",")]
    parts = [p for p in parts if p]
    return tuple(parts) if len(parts) > 1 else (criterion,)


def _meets(said: frozenset[str], wanted: frozenset[str]) -> bool:
    extents_said = {_EXTENT[word] for word in said if word in _EXTENT}
    extents_wanted = {_EXTENT[word] for word in wanted if word in _EXTENT}
    if extents_said and extents_wanted and not extents_said & extents_wanted:
        return False
    shared = said & wanted
    telling = {word for word in shared if word not in _EXTENT and word not in _WEAK}
    if not wanted or not shared:
        return False
    if wanted <= said:
        return True  # every word of the definition is said, weak ones included
    # A negated definition ("no user impact") is met only by saying so.
    if any(word.startswith("!") for word in wanted) and not any(word.startswith("!") for word in shared):
        return False
    core = wanted - set(_EXTENT)
    return bool(telling) and len(shared - set(_EXTENT)) / max(len(core), 1) >= _ENOUGH
