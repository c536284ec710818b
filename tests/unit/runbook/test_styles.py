"""Runbooks in the styles of different houses, each read as the people who wrote it meant it.

The documents and what is expected of them stand in tests/data/runbooks/styles; a line of an .expect file is
`fragment of a step | kind | effect | role | more`, or `section`, `severity`, `escalation`, `job`, `contact`,
`review` and what is expected of it. "-" is "not looked at".
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.runbook.book import Choice, Runbook
from tocsin.runbook.compile import compile
from tocsin.runbook.plan.as_json import as_json, step_values
from tocsin.runbook.plan.outlook import PlannedStep, plan

STYLES = Path(__file__).parents[2] / "data" / "runbooks" / "styles"
CASES = [
    (path.stem, line)
    for path in sorted(STYLES.glob("*.expect"))
    for line in path.read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def compiled(name: str) -> Runbook:
    return compile((STYLES / f"{name}.md").read_bytes(), f"{name}.md")


def step_with(book: Runbook, fragment: str) -> PlannedStep:
    steps = [p for section in plan(book).sections for p in section.steps]
    texts = {p.step.id: f"{step_values(p)['text']}\n{p.step.title}" for p in steps}
    found = [p for p in steps if fragment in texts[p.step.id]]
    assert found, f"no step has {fragment!r}; there are {list(texts.values())}"
    return found[0]


def choices(book: Runbook) -> list[Choice]:
    return [node for section in book.walk() for node in section.body if isinstance(node, Choice)]


@pytest.mark.parametrize(
    ("name", "line"), CASES, ids=[f"{name}-{line.split('|')[0].strip()}" for name, line in CASES]
)
def test_a_runbook_of_another_house_is_read_as_it_was_meant(name: str, line: str) -> None:
    book = compiled(name)
    subject, *wanted = (cell.strip() for cell in line.split("|"))
    if len(wanted) == 1:
        of_document(book, subject, wanted[0])
    else:
        of_step(book, subject, *wanted)


def of_step(book: Runbook, fragment: str, kind: str, effect: str, role: str, more: str) -> None:
    planned = step_with(book, fragment)
    values: dict[str, Any] = json.loads(json.dumps(step_values(planned)))
    assert values["kind"] == kind
    assert effect in ("-", values["effect"])
    assert role in ("-", planned.step.role.value)
    expected = [each["kind"] for each in values["expects"] or ()]
    named = {each["name"]: each["default"] for each in values["parameters"]}
    told = dict(word.partition("=")[::2] for word in more.split())
    assert ("choice" in told) == (values["choice"] is not None)
    assert told.get("target") in (None, values["target"])
    assert (
        expected[: len(told["expects"].split(","))] == told["expects"].split(",")
        if "expects" in told
        else True
    )
    assert set(told["parameters"].split(",")) <= set(named) if "parameters" in told else True
    assert all(
        named[key.removeprefix("default.")] == value
        for key, value in told.items()
        if key.startswith("default.")
    )
    assert ("warned" in values["flags"]) == ("warned" in told)
    if "undone" in told:
        assert len(values["undo"]["steps"]) == int(told["undone"])


def of_document(book: Runbook, subject: str, wanted: str) -> None:
    values: dict[str, Any] = json.loads(as_json(plan(book)))
    what, _, name = subject.partition(" ")
    match what:
        case "section":
            titled = [s for s in book.walk() if s.title == name]
            assert titled
            assert wanted in {role.value for role in titled[0].roles}
        case "severity":
            found = {s["name"]: s["response_seconds"] for s in values["runbook"]["severities"]}
            assert found.get(name) == int(wanted)
        case "escalation":
            called = {e["who"]: e["called_after_seconds"] for e in values["runbook"]["escalation"]}
            assert called.get(name) == int(wanted)
        case "job":
            assert {j["name"]: j["cron"] for j in values["runbook"]["jobs"]}.get(name) == wanted
        case "contact":
            assert any(
                name in c["role"] and wanted in (c["value"] or "") for c in values["runbook"]["contacts"]
            )
        case "review":
            assert values["runbook"]["review_due"] == wanted
        case _:
            pytest.fail(f"unknown expectation {subject!r}")
