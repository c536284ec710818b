"""What a sentence says, against the command beside it; targets, states and numbers against each other."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_told import CASES_TOLD
from tests.unit.runbook.lint.linted import is_found_and_then_quiet


@pytest.mark.parametrize("case", CASES_TOLD, ids=lambda case: f"{case.rule}-{CASES_TOLD.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)
