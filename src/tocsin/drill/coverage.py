"""What of a runbook is proven: per section the last drill, on which text, and whether the proof still stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from tocsin.drill.scenario import Fixed
from tocsin.drill.text import text_sha256
from tocsin.runbook.book import Role, Runbook, Section
from tocsin.runbook.procedure import by_hand

STANDS_FOR = timedelta(days=90)
"""How long a proof counts, the text unchanged: services, versions and people move on."""


class Badge(Enum):
    """How a section stands."""

    DRILLED = "drilled"
    FAILED = "failed"
    OUT_OF_DATE = "out of date"
    NEVER = "never"
    BY_HAND = "cannot be drilled"


@dataclass(frozen=True, slots=True)
class Proof:
    """One drill, as the history has it.

    Attributes:
        section: its title when it was drilled. text_sha256: of its text then.
        passed: whether the section was proven. expected: whether the verdict was the expected one.
        detected_in, mitigated_in: None where that never happened.
    """

    id: int
    scenario: str
    section: str
    text_sha256: str
    at: datetime
    passed: bool
    expected: bool
    fixed: Fixed
    walls: str
    detected_in: timedelta | None = None
    mitigated_in: timedelta | None = None
    tocsin: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """One section and its badge.

    Attributes:
        because: a sentence: what voided a proof, or when and how fast it was proven. proof: the newest drill, or None.
    """

    number: str | None
    title: str
    anchor: str
    badge: Badge
    because: str
    proof: Proof | None = None


def coverage(book: Runbook, history: Iterable[Proof], now: datetime) -> tuple[Covered, ...]:
    """Every incident section of a runbook, in order, with its badge.

    Args:
        history: of this runbook, in any order.
    """
    newest_first = sorted(history, key=lambda proof: proof.at, reverse=True)
    return tuple(_covered(section, newest_first, now) for section in book.incidents())


def share(found: tuple[Covered, ...]) -> tuple[int, int]:
    """How many sections are proven now, and of how many."""
    return sum(1 for each in found if each.badge is Badge.DRILLED), len(found)


def _covered(section: Section, newest_first: list[Proof], now: datetime) -> Covered:
    mine = [proof for proof in newest_first if _same(proof.section, section)]
    badge, because = _badge(section, mine, now)
    return Covered(section.number, section.title, section.anchor, badge, because, mine[0] if mine else None)


def _same(title: str, section: Section) -> bool:
    return title.casefold() == section.title.casefold()


def _badge(section: Section, mine: list[Proof], now: datetime) -> tuple[Badge, str]:
    """Every scenario of a section counts: the newest drill of each has to have passed."""
    if not mine:
        if _only_people(section):
            return Badge.BY_HAND, "every step of it is done by a person"
        return Badge.NEVER, "no drill of it is on record"
    last = {proof.scenario: proof for proof in reversed(mine)}.values()
    text = text_sha256(section)
    changed = [proof for proof in last if proof.text_sha256 != text]
    if changed:
        return Badge.OUT_OF_DATE, f"its text has changed since {changed[0].at:%Y-%m-%d}"
    old = [proof for proof in last if now - proof.at > STANDS_FOR]
    if old:
        return Badge.OUT_OF_DATE, f"drilled on {old[0].at:%Y-%m-%d}, more than {STANDS_FOR.days} days ago"
    failed = [proof for proof in last if not proof.passed]
    if failed:
        return Badge.FAILED, f"{failed[0].scenario} on {failed[0].at:%Y-%m-%d}: {failed[0].fixed.value}"
    return Badge.DRILLED, _proven(max(last, key=lambda proof: proof.at))


def _proven(proof: Proof) -> str:
    said = f"proven on {proof.at:%Y-%m-%d} at {proof.text_sha256[:7]}"
    if proof.detected_in is not None:
        said += f", detected in {_seconds(proof.detected_in)}"
    if proof.mitigated_in is not None:
        said += f", fixed in {_seconds(proof.mitigated_in)}"
    return said


def _seconds(value: timedelta) -> str:
    return f"{value.total_seconds():.1f} s"


def _only_people(section: Section) -> bool:
    steps = tuple(section.steps())
    return bool(steps) and Role.INCIDENT in section.roles and all(by_hand(step) for step in steps)
