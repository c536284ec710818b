"""What the linter finds in the two example runbooks: every defect that reading alone can find, each at its line."""

from datetime import date
from pathlib import Path

import pytest

from tocsin.runbook.book import Runbook, Step
from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint.run import lint, with_lint

EXAMPLES = Path(__file__).parents[4] / "examples"
TODAY = date(2025, 11, 21)

# (rule, line) of the defects; from the index of the study in which each was seen.
COOKCAM = {
    ("TOC103", 80), ("TOC104", 63), ("TOC101", 108), ("TOC101", 133), ("TOC112", 72), ("TOC112", 83), ("TOC112", 84),
    ("TOC112", 169), ("TOC112", 256), ("TOC111", 298), ("TOC112", 398), ("TOC301", 54), ("TOC301", 100), ("TOC301", 322),
    ("TOC301", 323), ("TOC301", 392), ("TOC115", 130), ("TOC115", 181), ("TOC115", 213), ("TOC115", 401), ("TOC113", 201),
    ("TOC113", 299), ("TOC403", 376), ("TOC403", 377), ("TOC403", 378), ("TOC403", 379), ("TOC403", 384), ("TOC401", 422),
    ("TOC305", 97), ("TOC305", 113), ("TOC305", 123), ("TOC305", 166), ("TOC305", 272), ("TOC202", 122), ("TOC202", 165),
    ("TOC202", 271), ("TOC304", 123), ("TOC304", 272), ("TOC301", 150), ("TOC303", 243), ("TOC208", 108), ("TOC303", 130),
    ("TOC208", 133), ("TOC208", 136), ("TOC213", 133), ("TOC308", 181), ("TOC314", 181), ("TOC320", 195), ("TOC205", 195),
    ("TOC313", 233), ("TOC308", 291), ("TOC306", 299), ("TOC306", 305), ("TOC301", 301), ("TOC319", 281), ("TOC308", 153),
    ("TOC205", 413), ("TOC412", 143), ("TOC414", 359),
}  # fmt: skip
PREPCHEF = {
    ("TOC409", 66), ("TOC409", 78), ("TOC301", 100), ("TOC301", 101), ("TOC301", 332), ("TOC211", 81), ("TOC211", 88),
    ("TOC211", 89), ("TOC211", 226), ("TOC211", 227), ("TOC117", 32), ("TOC318", 32), ("TOC403", 10), ("TOC107", 104),
    ("TOC414", 14), ("TOC414", 15), ("TOC414", 16), ("TOC414", 17), ("TOC203", 132), ("TOC214", 132), ("TOC207", 133),
    ("TOC202", 114), ("TOC210", 71), ("TOC209", 88), ("TOC302", 82), ("TOC312", 85), ("TOC302", 66), ("TOC316", 81),
    ("TOC215", 94), ("TOC215", 95), ("TOC110", 342), ("TOC309", 71), ("TOC315", 174), ("TOC114", 174), ("TOC203", 174),
    ("TOC203", 191), ("TOC307", 191), ("TOC307", 337), ("TOC303", 226), ("TOC320", 211), ("TOC205", 219), ("TOC316", 238),
    ("TOC204", 259), ("TOC217", 259), ("TOC206", 261), ("TOC320", 261), ("TOC311", 266), ("TOC312", 286), ("TOC317", 297),
    ("TOC316", 298), ("TOC310", 347), ("TOC220", 66),
}  # fmt: skip


def read(name: str) -> tuple[Runbook, tuple[Diagnostic, ...]]:
    text = (EXAMPLES / name / "runbook.md").read_text(encoding="utf-8")
    book = compile(text, f"{name}.md")
    return with_lint(book, today=TODAY, source=text), lint(book, today=TODAY, source=text)


@pytest.mark.parametrize(("name", "expected"), [("cookcam", COOKCAM), ("prepchef", PREPCHEF)])
def test_every_known_defect_of_the_examples_is_found_at_its_line(
    name: str, expected: set[tuple[str, int]]
) -> None:
    found = {(d.rule, d.span.first_line) for d in read(name)[1]}
    assert expected - found == set()


def step(book: Runbook, title: str, text: str) -> Step:
    section = book.section(title)
    assert section is not None
    return next(s for s in section.steps() if any(text in action.text for action in s.actions))


def test_the_restart_of_the_api_is_not_blocked() -> None:
    book, _ = read("cookcam")
    assert book.blocking(step(book, "API Not Responding", "pm2 restart cookcam-api").id) == ()


def test_the_eviction_policy_may_be_set() -> None:
    book, _ = read("prepchef")
    assert book.blocking(step(book, "Redis Memory Full", "CONFIG SET maxmemory-policy").id) == ()
    assert book.blocking(step(book, "Redis Memory Full", "INFO memory").id) == ()


def test_emptying_every_database_under_flush_expired_keys_is_blocked() -> None:
    book, _ = read("prepchef")
    flush = book.blocking(step(book, "Redis Memory Full", "FLUSHALL").id)
    assert "TOC204" in {d.rule for d in flush}
    told = next(d.message for d in flush if d.rule == "TOC204")
    assert "Flush expired keys" in told
    assert "every key of every database" in told
    assert "TOC206" in {d.rule for d in book.blocking(step(book, "Redis Memory Full", "xargs").id)}


def test_without_the_source_the_same_lines_are_found() -> None:
    text = (EXAMPLES / "cookcam" / "runbook.md").read_text(encoding="utf-8")
    book = compile(text)
    with_source = {(d.rule, d.span.first_line) for d in lint(book, today=TODAY, source=text)}
    without = {(d.rule, d.span.first_line) for d in lint(book, today=TODAY)}
    assert with_source == without


def test_errors_that_name_steps_name_existing_ones() -> None:
    for name in ("cookcam", "prepchef"):
        book, remarks = read(name)
        for remark in remarks:
            assert all(book.step(key) is not None for key in remark.steps)
            assert remark.level in Level
