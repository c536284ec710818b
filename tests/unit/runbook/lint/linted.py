"""What the linter finds in a small text, and what must hold of a defect beside the same made right."""

from datetime import date

from tests.unit.runbook.lint.cases import Case

from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.diagnostic import Diagnostic
from tocsin.runbook.lint.run import lint

TODAY = date(2025, 11, 21)


def found(text: str) -> tuple[Diagnostic, ...]:
    """Every remark about a text, on the same day for all tests."""
    return lint(compile_runbook(text), today=TODAY, source=text)


def is_found_and_then_quiet(case: Case) -> None:
    """Fails unless the rule of a case speaks on its bad text and is silent on its good one."""
    bad = [d for d in found(case.bad) if d.rule == case.rule]
    good = [d for d in found(case.good) if d.rule == case.rule]
    assert bad, [(d.rule, d.span.first_line, d.message) for d in found(case.bad)]
    assert not good, [(d.span.first_line, d.message) for d in good]
