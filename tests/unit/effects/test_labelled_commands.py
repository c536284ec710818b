"""How well the judge agrees with people who label commands by the label policy.

Two sets: one that was written before any rule existed and was never used to write one (held out), and one
written while the rules grew. A label is observe, change or destroy; the judge's disrupt agrees with change.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge

DATA = Path(__file__).parents[2] / "data"
SETS = ["judged_commands.jsonl", "judged_holdout.jsonl"]


def _judged(name: str) -> list[tuple[str, str, str]]:
    """(label, judged, text) of every row; "disrupt" counts as "change"."""
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    found = []
    for row in rows:
        word = judge(row["text"], row.get("language", "shell")).effect.word
        found.append((row["label"], "change" if word == "disrupt" else word, row["text"]))
    return found


@pytest.mark.parametrize("name", SETS)
def test_nothing_that_destroys_is_called_a_look(name: str) -> None:
    assert [text for label, judged, text in _judged(name) if label == "destroy" and judged == "observe"] == []


@pytest.mark.parametrize("name", SETS)
def test_at_most_one_in_a_hundred_changes_is_called_a_look(name: str) -> None:
    changes = [(judged, text) for label, judged, text in _judged(name) if label == "change"]
    mild = [text for judged, text in changes if judged == "observe"]
    assert len(mild) <= len(changes) / 100, mild


@pytest.mark.parametrize("name", SETS)
def test_the_judge_agrees_with_people(name: str) -> None:
    rows = _judged(name)
    other = [(label, judged, text) for label, judged, text in rows if label != judged]
    assert len(other) <= len(rows) * 0.05, other


@pytest.mark.parametrize("name", SETS)
def test_few_answers_are_unknown(name: str) -> None:
    rows = _judged(name)
    counted = Counter(judged for _, judged, _ in rows)
    assert counted["unknown"] <= len(rows) * 0.05


def test_the_sets_are_large_and_do_not_overlap() -> None:
    built, held_out = ({text for _, _, text in _judged(name)} for name in SETS)
    assert len(built) >= 400
    assert len(held_out) >= 100
    assert not built & held_out


def test_a_disrupting_command_needs_another_persons_yes_but_not_two() -> None:
    assert not Effect.DISRUPT.needs_two
    assert Effect.UNKNOWN.needs_two
