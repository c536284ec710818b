"""The table of the response process is true: what it calls done is held by a story that names it, or by a test that exists."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "response.md").read_text(encoding="utf-8")
STORIES = {
    path.stem: path.read_text(encoding="utf-8").splitlines()[0]
    for path in (ROOT / "tests" / "stories").glob("*.story")
}
RULE = re.compile(r"\b(?:SEV|DEC|INI|ROL|INV|MIT|ESC|COM|RES|NOI|JOB|PAG|ONC|SEC|PM|SELF|RUN|MET)-\d\d\b")
# The rules of the process, counted chapter by chapter; a rule that nobody wrote down here is a rule forgotten.
CHAPTERS = {
    "SEV": 11, "DEC": 9, "INI": 7, "ROL": 9, "INV": 8, "MIT": 14, "ESC": 8, "COM": 17, "RES": 10, "NOI": 32, "JOB": 10,
    "PAG": 24, "ONC": 9, "SEC": 7, "PM": 16, "SELF": 14, "RUN": 10, "MET": 7,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    rules: tuple[str, ...]
    status: str
    held: str


def rows() -> list[Row]:
    found = []
    for line in PAGE.split("## In what words", 1)[0].splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and RULE.match(cells[0]):
            found.append(Row(tuple(RULE.findall(cells[0])), cells[2].partition(":")[0], cells[3]))
    return found


ROWS = rows()


def test_every_rule_stands_in_the_table_once() -> None:
    listed = [rule for row in ROWS for rule in row.rules]
    wanted = [f"{name}-{number:02d}" for name, count in CHAPTERS.items() for number in range(1, count + 1)]
    assert sorted(listed) == sorted(wanted)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rules[0])
def test_what_holds_a_rule_exists_and_names_it(row: Row) -> None:
    assert row.status in ("done", "part", "no")
    if row.status == "done":
        assert row.held, "a rule that no test holds is not done"
        assert len(row.rules) == 1, "one line for each rule that is done"
    for story in re.findall(r"`(\w+)\.story`", row.held):
        assert all(rule in STORIES[story] for rule in row.rules), f"{story} does not name {row.rules}"
    for file, test in re.findall(r"`([\w/]+\.py)::(\w+)`", row.held):
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {test}(" in text, f"{file} has no {test}"


def test_a_story_never_names_a_rule_that_is_said_to_be_missing() -> None:
    missing = {rule for row in ROWS if row.status == "no" for rule in row.rules}
    known = {rule for row in ROWS for rule in row.rules}
    named = {rule for first in STORIES.values() for rule in RULE.findall(first)}
    assert not named & missing
    assert not named - known


def test_the_counts_above_the_table_are_those_of_the_table() -> None:
    counts = {
        status: sum(len(row.rules) for row in ROWS if row.status == status)
        for status in ("done", "part", "no")
    }
    assert f"{counts['done']} rules are done, {counts['part']} in part, {counts['no']} not yet." in PAGE
