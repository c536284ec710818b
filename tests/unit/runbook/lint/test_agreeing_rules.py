"""The rules about texts and commands that have to agree find their defect and stay quiet on the corrected text."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_agreeing import CASES_AGREEING
from tests.unit.runbook.lint.linted import is_found_and_then_quiet


@pytest.mark.parametrize("case", CASES_AGREEING, ids=lambda case: f"{case.rule}-{CASES_AGREEING.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)
