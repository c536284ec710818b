"""Which section of the runbook speaks about an alert, and why.

A link on the alert wins. Else the symptoms decide: status codes, quoted error strings, alert names, phrases, metric
conditions, and words weighted by how rare they are among the sections. Two sections within ten percent of each other
are a tie: both are shown and none is chosen (DEC-05). An alert that shares only common words matches nothing.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import unquote

from tocsin.runbook.book import Runbook, Section
from tocsin.runbook.matching.claim import Claim
from tocsin.runbook.matching.signals import Signals, codes, meanings, readings, signals
from tocsin.runbook.words.wording import canonical, fold

TIE = 0.10
_LEAST = 3.0  # below this an alert and a section only share everyday words
_LINK = 1000.0

# Words every alert carries; they are worth little whatever their rarity among the sections.
_COMMON = frozenset(
    canonical(
        "error errors failure failed service system high low alert check incident issue problem production prod app "
        "time rate number user request response get post http com www status state server host new run job test full usage down"
    )
)
_TITLE_WEIGHT, _SYMPTOM_WEIGHT, _BODY_WEIGHT, _MEANING_WEIGHT = 1.6, 1.3, 0.25, 1.9

_WORD = re.compile(r"[^\W_][\w'-]*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A section that might speak about the alert.

    Attributes:
        score: comparable within one match only.
        reasons: what the alert and the section share, strongest first.
    """

    section: Section
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The answer: the one section, or none with the candidates to choose from.

    Attributes:
        best: the section that speaks about the alert; None when nothing does, or when two are too close.
        candidates: all that reached the bar, best first; of a tie at least the two.
        tie: whether two are within ten percent and a person has to choose.
    """

    best: Section | None
    candidates: tuple[Candidate, ...]
    tie: bool


def match(alert: Claim, book: Runbook, section_hint: str | None = None) -> Match:
    """The section of the book that speaks about this alert, with reasons.

    `section_hint` is an anchor, number or title given by whoever raised the alert (a check's configuration, a
    person); the fragment of the alert's `runbook_url` counts the same and comes second.
    """
    for source, name in (
        ("given with the alert", section_hint),
        ("runbook link", _fragment(alert.runbook_url)),
    ):
        section = book.section(name) if name else None
        if section is not None:
            reason = f"{source}: #{section.anchor}"
            return Match(section, (Candidate(section, _LINK, (reason,)),), False)
    found = [(section, signals(section)) for section in _outermost(book.incidents())]
    rarity = _rarity([signal for _, signal in found])
    facts = _AlertFacts.of(alert)
    scored = [_score(section, signal, facts, rarity) for section, signal in found]
    candidates = tuple(
        sorted((c for c in scored if c.score >= _LEAST), key=lambda c: (-c.score, c.section.heading_line))
    )
    if not candidates:
        return Match(None, (), False)
    if len(candidates) > 1 and candidates[1].score >= (1 - TIE) * candidates[0].score:
        close = tuple(c for c in candidates if c.score >= (1 - TIE) * candidates[0].score)
        return Match(None, close, True)
    return Match(candidates[0].section, candidates, False)


def _fragment(url: str | None) -> str | None:
    if not url:
        return None
    head, sep, fragment = url.partition("#")
    if sep:
        return unquote(fragment)
    # A hint without scheme or path ("redis-memory-full") is an anchor itself.
    return head if not re.search(r"[/:.]", head) else None


def _outermost(incidents: tuple[Section, ...]) -> tuple[Section, ...]:
    """Incident sections without those that lie inside another one and say nothing of their own."""
    inner = {id(below) for section in incidents for below in section.walk()[1:] if not below.symptoms}
    return tuple(section for section in incidents if id(section) not in inner)


def _rarity(found: list[Signals]) -> dict[str, float]:
    counted = Counter(word for signal in found for word in signal.title | signal.symptom)
    total = max(len(found), 1)
    return {word: math.log(1 + total / times) for word, times in counted.items()}


@dataclass(frozen=True, slots=True)
class _AlertFacts:
    text: str
    words: tuple[str, ...]
    meant: frozenset[str]
    codes: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, alert: Claim) -> "_AlertFacts":
        labels = {
            k: v for k, v in alert.labels.items() if k not in {"severity", "priority", "env", "environment"}
        }
        text = " , ".join((alert.title, *labels.values(), alert.impact or ""))
        names = {labels[k] for k in ("alertname", "alert", "check", "rule", "monitor") if k in labels}
        status = {
            v
            for k, v in labels.items()
            if k in {"status", "code", "status_code"} and re.fullmatch(r"[1-5]\d\d", v)
        }
        return cls(
            text=fold(text),
            words=canonical(text),
            meant=frozenset(meanings(text)),
            codes=codes(text) | status,
            names=frozenset(fold(name) for name in names) | {fold(alert.title)},
        )


def _score(section: Section, signal: Signals, facts: _AlertFacts, rarity: dict[str, float]) -> Candidate:
    reasons: list[tuple[float, str]] = []
    written = _as_written(section)
    for name in signal.names:
        if name in facts.names:
            reasons.append((40.0, f'alert name "{name}"'))
    for code in sorted(signal.codes):
        if code in facts.codes:
            reasons.append((6.0, f"status {code}"))
        elif code.endswith("xx") and any(c[0] == code[0] and c.isdigit() for c in facts.codes):
            reasons.append((4.0, f"a status of {code}"))
    for text in signal.quoted:
        if text in facts.text:
            reasons.append((8.0, f'error text "{text}"'))
    for phrase in signal.phrases:
        if _contains(facts.words, phrase):
            reasons.append(
                (2.0 + len(phrase), f'phrase "{" ".join(written.get(word, word) for word in phrase)}"')
            )
    reasons.extend(_comparison_reasons(signal, facts))
    words = set(facts.words)
    reasons.extend(_word_reasons(words, signal, rarity, written))
    for word in sorted((facts.meant - words) & (signal.title | signal.symptom)):
        if word not in _COMMON:
            reasons.append(
                (
                    _MEANING_WEIGHT * rarity.get(word, 1.0),
                    f'"{written.get(word, word)}" (what the message means)',
                )
            )
    reasons.sort(key=lambda found: -found[0])
    return Candidate(
        section, round(sum(weight for weight, _ in reasons), 3), tuple(reason for _, reason in reasons)
    )


def _as_written(section: Section) -> dict[str, str]:
    """For each stem the word of the heading or the symptoms it comes from: people are shown words, not stems."""
    found: dict[str, str] = {}
    for word in _WORD.findall(f"{section.title} {' '.join(section.symptoms)}"):
        for stem in canonical(word):
            found.setdefault(stem, word)
    return found


def _word_reasons(
    words: set[str], signal: Signals, rarity: dict[str, float], written: dict[str, str]
) -> list[tuple[float, str]]:
    found = []
    for word in sorted(words):
        shown = written.get(word, word)
        damp = 0.3 if word in _COMMON or word.isdigit() else 1.0
        if word in signal.title:
            found.append((damp * _TITLE_WEIGHT * rarity.get(word, 1.0), f'"{shown}" in the heading'))
        elif word in signal.symptom:
            found.append((damp * _SYMPTOM_WEIGHT * rarity.get(word, 1.0), f'"{shown}" among the symptoms'))
        elif word in signal.body and damp == 1.0 and len(word) > 3:
            found.append((_BODY_WEIGHT, f'"{word}" in the text'))
    return found


def _comparison_reasons(signal: Signals, facts: _AlertFacts) -> list[tuple[float, str]]:
    found = []
    words = set(facts.words)
    for comparison in signal.comparisons:
        if not comparison.metric & words:
            continue
        for value, unit in readings(facts.text):
            same = unit == comparison.unit
            if same and (value > comparison.value if comparison.above else value < comparison.value):
                found.append((4.0, f"{value:g}{unit} meets {comparison.text}"))
                break
    return found


def _contains(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(words[i : i + size] == phrase for i in range(len(words) - size + 1))
