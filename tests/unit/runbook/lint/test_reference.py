"""The catalogue and its page."""

import re
from pathlib import Path

from tocsin.runbook.lint.rules import CATALOGUE, reference

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
