"""A post-mortem is read as people write it, and what it lacks is named with its line."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tocsin.postmortem import prompts
from tocsin.postmortem.document import parse
from tocsin.postmortem.lint import RULES, Weight, lint, stops
from tocsin.postmortem.page import page

TODAY = date(2025, 10, 8)
PEOPLE = (("ana", "Ana Lopez"), ("bo", "Bo Berg"))
GOOD = """# Post-mortem INC-7: 502 from the shop

| | |
|---|---|
| Severity | P0 |
| Owner | bo |

## 1. Timeline of events

| Time (UTC) | | What happened | Evidence |
|---|---|---|---|
| 03:00:00 | alert | 502 | INC-7.e1 |

## 2. Root cause analysis

- The process was killed for memory.
- Nothing restarted it, because the unit had no restart rule.

## 3. Impact assessment

- Downtime: 12 min

## 4. What went well

- Paged within 3 s.

## 5. What went poorly

- The dashboard showed green.

## 6. Action items

| What | Owner | Deadline | Priority |
|---|---|---|---|
| Restart rule in the unit file | Ana Lopez | 2025-10-20 | high |

## Evidence

| Id | Step | SHA-256 |
|---|---|---|
| INC-7.e1 | 1 `pm2 status` | `abc` |
"""


def rules(text: str) -> list[tuple[str, int]]:
    return [(finding.rule, finding.line) for finding in lint(parse(text), TODAY, PEOPLE)]


def line(of: str) -> int:
    """The line of the good document that holds these words."""
    return next(number for number, text in enumerate(GOOD.splitlines(), start=1) if of in text)


ITEM, POORLY = line("Restart rule"), line("showed green")


def test_a_complete_document_is_quiet() -> None:
    assert rules(GOOD) == []


def test_its_parts_fields_and_items_are_read() -> None:
    document = parse(GOOD)
    assert (document.incident, document.owner) == ("INC-7", "bo")
    assert [part.title for part in document.parts][:2] == ["Timeline of events", "Root cause analysis"]
    (item,) = document.actions
    assert (item.what, item.owner, item.deadline, item.priority, item.line) == (
        "Restart rule in the unit file", "Ana Lopez", date(2025, 10, 20), "high", ITEM,
    )  # fmt: skip


def test_a_missing_part_is_named() -> None:
    assert ("PML01", 1) in rules(GOOD.replace("## 3. Impact assessment", "## 3. Notes"))


def test_an_empty_part_and_an_unanswered_question_stop_it() -> None:
    assert ("PML02", line("What went well")) in rules(GOOD.replace("- Paged within 3 s.\n", ""))
    asked = GOOD.replace("- Paged within 3 s.", prompts.DETECT)
    assert ("PML02", line("Paged within")) in rules(asked)
    assert stops(lint(parse(asked), TODAY, PEOPLE))


def test_an_action_item_needs_an_owner_whom_tocsin_knows() -> None:
    assert ("PML03", ITEM) in rules(GOOD.replace("Ana Lopez", prompts.NAME))
    assert ("PML03", ITEM) in rules(GOOD.replace("Ana Lopez", "the team"))
    assert rules(GOOD.replace("Ana Lopez", "@ana")) == []


def test_an_action_item_needs_a_day_to_come() -> None:
    assert ("PML04", ITEM) in rules(GOOD.replace("2025-10-20", "soon"))
    assert ("PML04", ITEM) in rules(GOOD.replace("2025-10-20", "2025-10-01"))
    assert ("PML04", ITEM) in rules(GOOD.replace("2025-10-20", "2025-13-40"))


def test_a_priority_and_a_second_factor_are_asked_for_and_stop_nothing() -> None:
    text = GOOD.replace("| high |", "| |").replace("- The process was killed for memory.\n", "")
    found = lint(parse(text), TODAY, PEOPLE)
    assert {finding.rule for finding in found} == {"PML05", "PML06"}
    assert not stops(found)


def test_words_that_blame_are_marked_with_their_column() -> None:
    text = GOOD.replace("The dashboard showed green.", "Bo broke the build; it was human error.")
    found = [finding for finding in lint(parse(text), TODAY, PEOPLE) if finding.rule == "PML07"]
    assert [(finding.line, finding.column) for finding in found] == [(POORLY, 3), (POORLY, 30)]


def test_the_log_itself_is_never_reworded() -> None:
    assert "PML07" not in dict(rules(GOOD.replace("| 502 |", "| ana notes: should have paged earlier |")))


def test_a_vague_item_is_marked() -> None:
    assert ("PML11", ITEM) in rules(
        GOOD.replace("Restart rule in the unit file", "Be more careful with memory")
    )


def test_a_secret_stops_it() -> None:
    assert ("PML12", POORLY) in rules(GOOD.replace("showed green", "showed postgres://app:s3cret-word@db/x"))


def test_every_rule_can_fire() -> None:
    bare = "# x\n\n## Timeline\n\nnone\n\n## Impact\n\nsome\n\n## Action items\n\nlater\n"
    assert {"PML01", "PML08", "PML09", "PML10", "PML13"} <= dict(rules(bare)).keys()
    assert all(weight in Weight for weight, _ in RULES.values())


def test_the_page_needs_nothing_else_and_obeys_no_html() -> None:
    shown = page(GOOD.replace("502 from the shop", "<script>alert(1)</script>"), "published", "f" * 64)
    assert "<script" not in shown
    assert "http:" not in shown
    assert '<a href="#inc-7-e1">INC-7.e1</a>' in shown
    assert '<tr id="inc-7-e1">' in shown


@given(st.text(max_size=400))
def test_any_text_can_be_read_linted_and_shown(text: str) -> None:
    document = parse(text)
    last = text.count("\n") + 1
    assert all(1 <= finding.line <= last for finding in lint(document, TODAY, PEOPLE))
    assert page(text, "draft", "0").startswith("<!doctype html>")


@given(st.integers(0, len(GOOD)))
def test_a_document_cut_anywhere_is_never_complete_and_never_breaks(cut: int) -> None:
    found = lint(parse(GOOD[:cut]), TODAY, PEOPLE)
    assert stops(found) or "## 6. Action" in GOOD[:cut]
