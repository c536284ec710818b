"""How well the judge agrees with people who label commands by the label policy.

Ten sets. "holdout" was written before any rule existed and was never used to write one; "commands" while the rules
grew. "fresh", "attacks", the five rounds and "holdout2" were labelled before the judge saw them; then the gaps were closed by rule, so
from then on they are like "commands". What they showed at first contact, which is the honest figure:

    fresh    499 commands as small companies write them: 96.8 % agree, 2.4 % unknown, 0 of 142 destroying and
             0 of 177 changing commands called a look
    attacks  373 commands written to break the judge: 86.9 % agree, 13.4 % unknown, 4 of 229 destroying and
             7 of 95 changing commands called a look (unknown counts as agreement where they destroy)
    round1   660 commands over all tools of the order of work and beyond: 91.7 % agree, 5.9 % unknown, 0 of 143
             destroying and 2 of 290 changing commands called a look
    round2   727 commands: 94.6 % agree, 3.6 % unknown, 0 of 153 and 2 of 336 called a look
    round3   664 commands: 95.9 % agree, 2.7 % unknown, 0 of 122 and 2 of 329 called a look
    round4   489 commands: 96.9 % agree, 4.3 % unknown, 0 of 90 and 1 of 191 called a look
    holdout2 349 commands, drawn by chance from the same 838 as round4 and judged again after its gaps were closed:
             97.4 % agree, 4.0 % unknown, 0 of 88 and 0 of 129 called a look, before and after
    round5   414 commands, of which 35 of tools that were in no table: 89.1 % agree, 9.7 % unknown, 0 of 111 and 0 of 158
             called a look

"tricks" are 892 of 920 texts that dress what changes or runs something up as a look (the rest turned out harmless);
at first contact 46 of them passed for one. "tricks2" are 92 more, written with "round5": 1 passed.

With the labels put right that contradicted the policy, the rounds were 93.6, 95.5 and 97.3 %. Texts that an earlier
set holds were counted above and are left out of the files.

A label is observe, change or destroy; the judge's disrupt agrees with change. `also` is a second label where careful
people differ; the stricter one stands first.
"""

import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tocsin.effects.effect import Effect
from tocsin.effects.judge import judge

DATA = Path(__file__).parents[2] / "data"
SETS = [
    f"judged_{name}.jsonl"
    for name in (
        "commands",
        "holdout",
        "fresh",
        "attacks",
        "round1",
        "round2",
        "round3",
        "round4",
        "holdout2",
        "round5",
    )
]
BROKEN_ON_PURPOSE = "judged_attacks.jsonl"


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


@pytest.mark.parametrize("name", [name for name in SETS if name != BROKEN_ON_PURPOSE])
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


def test_the_sets_are_large_and_do_not_overlap() -> None:
    sets = {name: {text for _, _, text in _judged(name)} for name in SETS}
    sizes = dict(zip(SETS, (400, 100, 490, 370, 570, 670, 640, 480, 340, 410), strict=True))
    assert all(len(texts) >= sizes[name] for name, texts in sets.items())
    assert not [text for one, other in combinations(sets.values(), 2) for text in one & other]


def test_no_trick_makes_what_acts_pass_for_a_look() -> None:
    rows = [
        json.loads(line)["text"]
        for name in ("tricks", "tricks2")
        for line in (DATA / f"judged_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(rows) >= 980
    assert [text for text in rows if judge(text).effect is Effect.OBSERVE] == []


def test_a_disrupting_command_needs_another_persons_yes_but_not_two() -> None:
    assert not Effect.DISRUPT.needs_two
    assert Effect.UNKNOWN.needs_two
