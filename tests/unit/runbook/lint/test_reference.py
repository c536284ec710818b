"""The catalogue and its page."""

import re
from datetime import date
from pathlib import Path

import pytest

from tocsin.runbook.compile import compile
from tocsin.runbook.lint.examples import EXAMPLES
from tocsin.runbook.lint.pages import pages
from tocsin.runbook.lint.rules import CATALOGUE, reference
from tocsin.runbook.lint.run import lint
from tocsin.runbook.lint.suppress import suppress

ROOT = Path(__file__).parents[4]


def test_the_reference_page_is_current() -> None:
    page = (ROOT / "docs/reference/lint-rules.md").read_text(encoding="utf-8")
    assert page == reference(), "write rules.reference() to docs/reference/lint-rules.md"


def test_every_rule_that_is_reported_is_in_the_catalogue() -> None:
    used = set()
    for path in (ROOT / "src/tocsin/runbook").rglob("*.py"):
        if not path.name.startswith("rules"):
            used |= set(re.findall(r'"(TOC\d{3})"', path.read_text(encoding="utf-8")))
    assert used - set(CATALOGUE) == set()


def test_every_rule_says_why_and_what_to_do() -> None:
    assert len(CATALOGUE) >= 40
    for rule in CATALOGUE.values():
        assert re.fullmatch(r"TOC[1-4]\d\d", rule.id)
        assert rule.why
        assert rule.hint
        assert rule.bad
        assert rule.good


def test_every_rule_has_its_page_and_each_is_current() -> None:
    folder = ROOT / "docs/reference/lint-rules"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert written == pages(), "write pages.pages() to docs/reference/lint-rules"


@pytest.mark.parametrize("rule", CATALOGUE)
def test_the_bad_example_of_a_page_is_found_and_the_good_one_is_not(rule: str) -> None:
    if rule == "TOC199":
        assert rule not in EXAMPLES, "what we fail to read cannot be shown"
        return
    example = EXAMPLES[rule]

    def found(text: str) -> set[str]:
        remarks = lint(compile(text), today=date(2025, 11, 21), source=text, project=example.project)
        return {remark.rule for remark in suppress(remarks, text).shown}

    assert rule in found(example.bad)
    assert rule not in found(example.good)
