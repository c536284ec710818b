"""Comments that silence a finding: with a reason, at their place, and never an error's block."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.run import lint, with_lint
from tocsin.runbook.lint.suppress import Outcome, comments, suppress
from tocsin.runbook.plan.as_json import as_json
from tocsin.runbook.plan.outlook import plan

TODAY = date(2025, 11, 21)
BARE = """# Shop

## Orders stuck

**Symptoms**: orders do not move

**Resolution**:
```bash
# Flush expired keys
redis-cli FLUSHALL
```

**Verification**:
{above}
```bash
curl https://shop.internal/health
```
"""


def outcome(text: str) -> Outcome:
    return suppress(lint(compile(text), today=TODAY, source=text), text)


def rules(found: Outcome) -> list[str]:
    return [each.rule for each in found.shown]


def test_a_comment_above_a_fence_silences_a_warning_in_it_and_keeps_the_reason() -> None:
    text = BARE.format(above="<!-- tocsin: ignore TOC301 because the page answers 401 -->")
    before, after = outcome(BARE.format(above="")), outcome(text)
    line = next(d.span.first_line for d in before.shown if d.rule == "TOC301" and d.span.first_line > 12)
    assert not [d for d in after.shown if d.rule == "TOC301" and d.span.first_line == line]
    assert [(each.diagnostic.rule, each.reason) for each in after.silenced] == [
        ("TOC301", "the page answers 401")
    ]
    assert "TOC301" in rules(after), "the one elsewhere is still there"
    assert "TOC124" not in rules(after)


def test_an_error_stays_as_a_warning_and_still_blocks_its_step() -> None:
    text = BARE.format(above="").replace(
        "**Resolution**:\n",
        "**Resolution**:\n\n<!-- tocsin: ignore TOC204, TOC201 because it is only a cache -->\n\n",
    )
    found = outcome(text)
    kept = [d for d in found.shown if d.rule == "TOC204"]
    assert [d.level for d in kept] == [Level.WARNING]
    assert "it is only a cache" in kept[0].message
    assert "[[waive]]" in kept[0].message
    book = with_lint(compile(text), today=TODAY, source=text)
    (step,) = [s for s in book.sections[0].steps() if "FLUSHALL" in s.actions[0].text]
    assert {d.rule for d in book.blocking(step.id)} >= {"TOC204", "TOC201"}, (
        "the engine does not read comments"
    )


def test_a_comment_at_the_end_of_a_line_holds_for_that_line() -> None:
    text = "# Shop\n\n## Restore\n\nAsk Jo for the key. <!-- tocsin: ignore TOC413 because Jo is a robot -->\n\nAsk Bo for the key.\n"
    assert [d.span.first_line for d in outcome(text).shown if d.rule == "TOC413"] == [7]


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("<!-- tocsin: ignore TOC301 -->", "no reason"),
        ("<!-- tocsin: ignore TOC301 because … -->", "no reason"),
        ("<!-- tocsin: ignore because I say so -->", "no rule"),
        ("<!-- tocsin: ignore TOC998 because of it -->", "no rule TOC998"),
        ("<!-- tocsin: shut up -->", "no rule"),
    ],
)
def test_a_comment_without_a_rule_or_a_reason_silences_nothing_and_is_told(comment: str, said: str) -> None:
    found = outcome(BARE.format(above=comment))
    (wrong,) = [d for d in found.shown if d.rule == "TOC123"]
    assert said in wrong.message
    assert wrong.span.first_line == 14
    assert not found.silenced


def test_a_comment_in_a_fence_is_part_of_the_command_and_told() -> None:
    text = BARE.format(above="").replace("curl", "<!-- tocsin: ignore TOC301 because of it -->\ncurl")
    (wrong,) = [d for d in outcome(text).shown if d.rule == "TOC123"]
    assert "fence" in wrong.message


def test_a_comment_that_silences_nothing_is_a_note() -> None:
    found = outcome(BARE.format(above="<!-- tocsin: ignore TOC207 because it is a test key -->"))
    (unused,) = [d for d in found.shown if d.rule == "TOC124"]
    assert unused.level is Level.NOTE
    assert "TOC207" in unused.message


def test_a_comment_is_no_part_of_the_runbook() -> None:
    item = "# Shop\n\n## Orders stuck\n\n**Symptoms**: orders do not move\n\n1. Look at the queue{}\n2. Tell the team\n"
    with_it = item.format(" <!-- tocsin: ignore TOC108 because „é“ -->")
    shown = as_json(plan(compile(with_it)))
    assert "tocsin" not in shown
    assert shown == as_json(plan(compile(item.format(""))))


LINES = st.sampled_from(
    ["<!-- tocsin: ignore TOC301 because x -->", "text <!-- tocsin: ignore TOC108 -->", "<!-- tocsin:", "```", "```bash", "curl x",
     "", "- a <!-- tocsin: ignore TOC101,TOC102 because é😀 --> b", "# H", "~~~", "<!-- tocsin: ignore -->"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES | st.text(max_size=12), max_size=14), st.sampled_from(["\n", "\r\n", "\r"]))
def test_silencing_is_total_and_loses_no_finding(lines: list[str], end: str) -> None:
    text = end.join(lines)
    found = lint(compile(text), today=TODAY, source=text)
    after = suppress(found, text)
    assert len(after.silenced) + len([d for d in after.shown if d.rule not in ("TOC123", "TOC124")]) == len(
        found
    )
    assert {d.rule for d in found if d.level is Level.ERROR} <= {d.rule for d in after.shown}
    for comment in comments(text):
        assert comment.first <= comment.last


def test_text_keeps_its_places_around_a_comment() -> None:
    text = '# R\n\n## Full\n\n**Symptoms**: OOM <!-- tocsin: ignore TOC301 because „ä“ --> and\n\n```bash\nrm -rf "$DIR"/\n```\n'
    book = compile(text)
    (step,) = book.sections[0].steps()
    span = step.actions[0].span
    assert text.encode()[span.start : span.end].decode() == 'rm -rf "$DIR"/'
