"""How well the judge agrees with people who label commands by the label policy.

The sets, what they are and what they showed at first contact stand in tests/data/judged_sets.toml.
"""

import json
import tomllib
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge

DATA = Path(__file__).parents[2] / "data"
_TOLD = tomllib.loads((DATA / "judged_sets.toml").read_text(encoding="utf-8"))
SETS = [f"judged_{told['name']}.jsonl" for told in _TOLD["set"]]
# Broken on purpose, or with programs that only their makers know.
_UNREAD = {f"judged_{told['name']}.jsonl" for told in _TOLD["set"] if told.get("written_to_be_unread")}


def _merged(word: str) -> str:
    """Disrupt is a change to people who label."""
    return "change" if word == "disrupt" else word


def _judged(name: str) -> list[tuple[str, str, str]]:
    """(label, judged, text) of every row; "disrupt" counts as "change"."""
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    found = []
    for row in rows:
        word = judge(row["text"], row.get("language", "shell")).effect.word
        word = _merged(word)
        label, also = (_merged(row["label"]), _merged(row.get("also", "")))
        found.append((label, label if word == also else word, row["text"]))
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


@pytest.mark.parametrize("name", [name for name in SETS if name not in _UNREAD])
def test_few_answers_are_unknown(name: str) -> None:
    rows = _judged(name)
    counted = Counter(judged for _, judged, _ in rows)
    assert counted["unknown"] <= len(rows) * 0.05


@pytest.mark.parametrize("name", SETS)
def test_the_flags_that_people_named_are_raised(name: str) -> None:
    rows = [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]
    missing = [
        (flag, row["text"])
        for row in rows
        for flag in row.get("flags", [])
        if flag not in {found.value for found in judge(row["text"], row.get("language", "shell")).flags}
    ]
    assert missing == []


def test_the_sets_are_as_large_as_they_were_and_do_not_overlap() -> None:
    sets = {name: {text for _, _, text in _judged(name)} for name in SETS}
    assert [len(sets[name]) for name in SETS] == [told["rows"] for told in _TOLD["set"]]
    assert not [text for one, other in combinations(sets.values(), 2) for text in one & other]


def test_no_trick_makes_what_acts_pass_for_a_look() -> None:
    rows = [
        json.loads(line)["text"]
        for told in _TOLD["tricks"]
        for line in (DATA / f"judged_{told['name']}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) == sum(told["rows"] for told in _TOLD["tricks"])
    assert [text for text in rows if judge(text).effect is Effect.OBSERVE] == []


def _traps(label: str) -> list[tuple[str, str]]:
    """(text, language) of each trap, or of each harmless neighbour of one."""
    rows = [
        json.loads(line) for line in (DATA / "judged_traps.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [(row["text"], row.get("language", "shell")) for row in rows if row["label"] == label]


def test_no_trap_passes_for_a_look() -> None:
    traps = _traps("acts")
    assert len(traps) >= _TOLD["traps"]["acts"]
    assert [text for text, language in traps if judge(text, language).effect is Effect.OBSERVE] == []


def test_what_stands_beside_a_trap_and_is_harmless_stays_a_look() -> None:
    neighbours = _traps("looks")
    assert len(neighbours) >= _TOLD["traps"]["looks"]
    assert [text for text, language in neighbours if judge(text, language).effect is not Effect.OBSERVE] == []


def test_a_disrupting_command_needs_another_persons_yes_but_not_two() -> None:
    assert not Effect.DISRUPT.needs_two
    assert Effect.UNKNOWN.needs_two
