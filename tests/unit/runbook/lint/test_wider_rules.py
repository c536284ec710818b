"""The rules that came with the tenth round find their defect and stay quiet on the corrected text."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_wider import CASES_WIDER
from tests.unit.runbook.lint.linted import is_found_and_then_quiet


@pytest.mark.parametrize("case", CASES_WIDER, ids=lambda case: f"{case.rule}-{CASES_WIDER.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)
