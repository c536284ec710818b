"""A section as something to carry out: what belongs to a way of a choice, and what only stands below it."""

from pathlib import Path

import pytest

from tocsin.runbook.book import Role
from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.procedure import Procedure, procedure

EXAMPLES = Path(__file__).parents[3] / "examples"
WITH_A_WAY_BACK = """\
# Runbook

## Mitigation

### Option A: More workers

```bash
pm2 scale shop +2
```

**Rollback**:

```bash
pm2 scale shop 1
```

### Option B: Restart

```bash
pm2 restart shop
```
"""


def offered(text: str, title: str) -> Procedure:
    book = compile_runbook(text, path="runbook.md")
    return next(procedure(found) for found in book.sections[0].walk() if found.title == title)


def test_the_way_back_below_an_option_is_not_its_next_step() -> None:
    first, second = offered(WITH_A_WAY_BACK, "Mitigation").remedies
    assert [step.actions[0].text for step in first.steps] == ["pm2 scale shop +2"]
    assert [step.actions[0].text for step in second.steps] == ["pm2 restart shop"]


def test_an_option_that_is_a_way_back_and_nothing_else_stays_one() -> None:
    text = "# R\n\n## Mitigation\n\n### Option A: Wait\n\n```bash\nuptime\n```\n\n### Option B\n\n**Rollback**:\n\n```bash\npm2 scale shop 1\n```\n"
    steps = [step.actions[0].text for each in offered(text, "Mitigation").remedies for step in each.steps]
    assert "pm2 scale shop 1" in steps


@pytest.mark.parametrize("example", ["cookcam", "prepchef"])
def test_no_remedy_of_the_corrected_examples_takes_itself_back(example: str) -> None:
    text = (EXAMPLES / example / "runbook.corrected.md").read_text(encoding="utf-8")
    book = compile_runbook(text, path="runbook.md")
    remedies = [each for found in book.sections[0].walk() for each in procedure(found).remedies]
    assert remedies
    assert [step.number for each in remedies for step in each.steps if step.role is Role.ROLLBACK] == []
