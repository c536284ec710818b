"""Careful runbooks stay quiet: at most one warning or error per hundred lines."""

from datetime import date
from pathlib import Path

import pytest

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.run import lint

CLEAN = sorted((Path(__file__).parents[3] / "data/lint/clean").glob("*.md"))


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_a_careful_runbook_stays_quiet(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    remarks = lint(compile(text, str(path)), today=date(2025, 11, 21), source=text)
    loud = [(d.span.first_line, d.rule, d.message) for d in remarks if d.level is not Level.NOTE]
    assert len(loud) <= max(1, len(text.splitlines()) // 100), loud
