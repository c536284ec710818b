"""The rules that came with the tenth round find their defect and stay quiet on the corrected text."""

from datetime import date

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_wider import CASES_WIDER

from tocsin.runbook.book import Diagnostic
from tocsin.runbook.compile import compile
from tocsin.runbook.lint.run import lint

TODAY = date(2025, 11, 21)


def found(text: str) -> tuple[Diagnostic, ...]:
    return lint(compile(text), today=TODAY, source=text)


@pytest.mark.parametrize("case", CASES_WIDER, ids=lambda case: f"{case.rule}-{CASES_WIDER.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    bad = [d for d in found(case.bad) if d.rule == case.rule]
    good = [d for d in found(case.good) if d.rule == case.rule]
    assert bad, [(d.rule, d.span.first_line, d.message) for d in found(case.bad)]
    assert not good, [(d.span.first_line, d.message) for d in good]
