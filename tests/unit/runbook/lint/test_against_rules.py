"""The rules that came with round 16a find their defect and stay quiet on the corrected text."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_against import CASES_AGAINST
from tests.unit.runbook.lint.linted import is_found_and_then_quiet


@pytest.mark.parametrize("case", CASES_AGAINST, ids=lambda case: f"{case.rule}-{CASES_AGAINST.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)
