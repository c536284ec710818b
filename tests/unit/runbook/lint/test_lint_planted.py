"""The planted defects of many houses are found, and the careful versions of the same runbooks stay quiet.

The sets and how they were written: tests/data/lint/planted/README.md. What was reached is held here.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.run import lint

PLANTED = Path(__file__).parents[3] / "data/lint/planted"
TODAY = date(2026, 11, 22)
NEAR = 2  # lines


@dataclass(frozen=True)
class Defect:
    """One planted defect: where it stands, the rules any of which finds it, and whether it must be found."""

    line: int
    rules: frozenset[str]
    must: bool

    def found_by(self, remark: Diagnostic) -> bool:
        span = remark.span
        near = span.first_line - NEAR <= self.line <= span.last_line + NEAR
        return remark.rule in self.rules and (near or self.rules <= {"TOC401", "TOC402", "TOC412"})


def remarks(path: Path) -> tuple[Diagnostic, ...]:
    text = path.read_text(encoding="utf-8")
    return lint(compile(text, path.name), today=TODAY, source=text)


def defects(path: Path) -> list[Defect]:
    rows = (row.split() for row in path.read_text(encoding="utf-8").splitlines())
    return [Defect(int(line), frozenset(rules.split("|")), level == "must") for line, rules, level in rows]


def share_found(round_: str) -> tuple[float, float, list[str]]:
    """The share of what must be found, of all, and what is missed."""
    total, hits, missed = [0, 0], [0, 0], []
    for expected in sorted((PLANTED / round_).glob("*.expected")):
        found = remarks(expected.with_suffix(".planted.md"))
        for defect in defects(expected):
            hit = any(defect.found_by(remark) for remark in found)
            total = [total[0] + defect.must, total[1] + 1]
            hits = [hits[0] + (hit and defect.must), hits[1] + hit]
            if not hit:
                missed.append(f"{expected.stem}:{defect.line} {'|'.join(sorted(defect.rules))}")
    return hits[0] / total[0], hits[1] / total[1], missed


@pytest.mark.parametrize(("round_", "must", "every"), ROUNDS := [
    ("round1", 0.96, 0.89), ("round2", 0.96, 0.93), ("round3", 0.95, 0.95), ("round4", 0.93, 0.90), ("round5", 0.97, 0.97), ("round6", 0.93, 0.94),
    ("round7", 0.96, 0.84), ("round8", 0.97, 0.88), ("round9", 0.90, 0.83), ("round10", 0.93, 0.82), ("round11", 0.94, 0.88), ("round12", 0.89, 0.81),
    ("round13b", 0.95, 0.93), ("round14b", 0.98, 0.94), ("round15b", 0.92, 0.87),
    ("round13a", 0.91, 0.82), ("round14a", 0.89, 0.83), ("round15a", 0.86, 0.75), ("round16a", 0.96, 0.96), ("round16b", 0.96, 0.96), ("round17b", 0.96, 0.96),
])  # fmt: skip
def test_planted_defects_are_found(round_: str, must: float, every: float) -> None:
    found_must, found_every, missed = share_found(round_)
    assert found_must >= must, missed
    assert found_every >= every, missed


@pytest.mark.parametrize("round_", [name for name, _, _ in ROUNDS])
def test_the_careful_versions_stay_quiet(round_: str) -> None:
    lines, loud = 0, []
    for path in sorted((PLANTED / round_).glob("*.clean.md")):
        lines += len(path.read_text(encoding="utf-8").splitlines())
        loud += [
            f"{path.stem}:{d.span.first_line} {d.rule} {d.message}"
            for d in remarks(path)
            if d.level is not Level.NOTE
        ]
    assert len(loud) <= max(1, 0.7 * lines / 100), loud
