"""What is told by kind, and not by a tool's name, finds its defect and stays quiet on the corrected text."""

from datetime import date

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_kinds import CASES_KINDS

from tocsin.runbook.book import Diagnostic
from tocsin.runbook.compile import compile
from tocsin.runbook.lint.deeds import Doing, alike, deed
from tocsin.runbook.lint.run import lint
from tocsin.runbook.lint.shell import read

TODAY = date(2025, 11, 21)


def found(text: str) -> tuple[Diagnostic, ...]:
    return lint(compile(text), today=TODAY, source=text)


@pytest.mark.parametrize("case", CASES_KINDS, ids=lambda case: f"{case.rule}-{CASES_KINDS.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    bad = [d for d in found(case.bad) if d.rule == case.rule]
    good = [d for d in found(case.good) if d.rule == case.rule]
    assert bad, [(d.rule, d.span.first_line, d.message) for d in found(case.bad)]
    assert not good, [(d.span.first_line, d.message) for d in good]


@pytest.mark.parametrize(
    ("text", "doing"),
    [
        ("echo 'disable server web/web3'", Doing.OUT),
        ("anytool node:drain n-4", Doing.OUT),
        ("anytool maintenance:disable", Doing.BACK),
        ("mysql -e 'SET GLOBAL read_only = OFF'", Doing.BACK),
        ("anytool key remove 4f", Doing.REMOVES),
        ("anytool --delete-keys bank", Doing.REMOVES),
        ("anytool user add bo", Doing.MAKES),
        ("anytool show node-out", None),
        ("anytool get app.disable.flag", None),
        ("ssh web-1 'systemctl stop web'", None),
    ],
)
def test_a_verb_says_what_is_done_in_any_tool(text: str, doing: Doing | None) -> None:
    read_as = deed(read(text).commands[0])
    assert (read_as.doing if read_as is not None else None) is doing


def test_names_of_one_row_are_alike_and_others_are_not() -> None:
    assert alike("web-1", "web-2")
    assert alike("cache.eu1.internal", "cache.us1.internal")
    assert not alike("web-1", "web-1")
    assert not alike("orders", "payments")
