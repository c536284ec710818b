"""The second of a row is not the first one, and nobody is called before the one who comes before them."""

from datetime import date

import pytest

from tocsin.runbook.compile import compile as compile_runbook
from tocsin.runbook.lint.facts import view
from tocsin.runbook.lint.ordinals import RULES


def found(text: str) -> list[str]:
    facts = view(compile_runbook(f"# Tills are offline\n\n{text}\n"), date(2026, 11, 22))
    return [each.rule for rule in RULES for each in rule(facts)]


def restart(sentence: str, host: str) -> str:
    return f"{sentence}\n\n```bash\nssh {host} 'sudo systemctl restart gateway'\n```\n"


@pytest.mark.parametrize(
    ("sentence", "host", "told"),
    [
        ("Restart the gateway on the second node:", "gw-1", True),
        ("Gateway auf dem zweiten Knoten neu starten:", "gw-1", True),
        ("Reinicie el gateway en el segundo servidor:", "gw1", True),
        ("Restart the gateway on the second node:", "gw-2", False),
        ("Restart the gateway on the second node (`gw-1`):", "gw-1", False),
        ("Restart the gateway on the first node, then on the second node:", "gw-1", False),
        ("Restart it a second time:", "gw-1", False),
        ("Restart the gateway on the second node:", "gw-main", False),
    ],
)
def test_the_number_of_a_host_is_the_one_the_sentence_says(sentence: str, host: str, told: bool) -> None:
    assert found(restart(sentence, host)) == ["TOC203"] * told


def test_a_row_may_begin_with_zero() -> None:
    assert found("Hosts: gw-0, gw-1.\n\n" + restart("Restart the gateway on the second node:", "gw-1")) == []


@pytest.mark.parametrize(
    ("third", "told"),
    [
        ("10 min after the page", True),
        ("30 min after the page", False),
        ("10 min after the second was called", False),
    ],
)
def test_times_from_the_start_grow_with_the_levels(third: str, told: bool) -> None:
    steps = f"## Escalation\n\n1. Primary\n2. Secondary, 15 min after the page\n3. Manager, {third}\n"
    assert found(steps) == ["TOC110"] * told
