"""A waiver turns one error at one step into a warning, with its reason, until its last day."""

from dataclasses import replace
from datetime import date

from tocsin.runbook.book import Runbook
from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.run import with_lint
from tocsin.runbook.waive import Waiver, waive

TEXT = """# Shop

### 1. Cache Stale
**Symptoms**: old prices

**Resolution**:
```bash
# Refresh the prices
redis-cli FLUSHALL
```
"""
TODAY = date(2025, 10, 7)


def book() -> Runbook:
    return with_lint(compile(TEXT, "r.md"), today=TODAY, source=TEXT)


def test_a_waived_error_no_longer_blocks_and_says_why() -> None:
    before = book()
    step = before.sections[0].steps()[0] if before.sections[0].steps() else before.incidents()[0].steps()[0]
    rules = {found.rule for found in before.blocking(step.id)}
    assert rules
    waivers = tuple(Waiver(rule, step.number, "it is only a cache", date(2025, 12, 31)) for rule in rules)
    after = waive(before, waivers, TODAY)
    assert after.blocking(step.id) == ()
    told = [found for found in after.diagnostics if found.rule in rules and step.id in found.steps]
    assert all(found.level is Level.WARNING and "only a cache" in found.message for found in told)


def test_one_rule_of_several_leaves_the_others_blocking() -> None:
    before = book()
    step = before.incidents()[0].steps()[0]
    rules = sorted({found.rule for found in before.blocking(step.id)})
    after = waive(before, (Waiver(rules[0], step.id, "x", date(2025, 12, 31)),), TODAY)
    assert {found.rule for found in after.blocking(step.id)} == set(rules[1:])


def test_an_expired_waiver_and_one_for_another_step_do_nothing() -> None:
    before = book()
    step = before.incidents()[0].steps()[0]
    rule = before.blocking(step.id)[0].rule
    assert waive(before, (Waiver(rule, step.number, "x", date(2025, 10, 6)),), TODAY) == before
    assert waive(before, (Waiver(rule, "9.9", "x", date(2025, 12, 31)),), TODAY) == replace(before)
