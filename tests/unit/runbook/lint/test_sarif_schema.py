"""Every log the linter writes is valid SARIF 2.1.0, by the schema of the standard itself."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Diagnostic, Fix, Level, Span
from tocsin.runbook.lint.examples import EXAMPLES
from tocsin.runbook.lint.run import lint
from tocsin.runbook.lint.sarif import Document, as_sarif
from tocsin.runbook.lint.suppress import Silenced, suppress

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "tests/data/lint/sarif/sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft4Validator(SCHEMA, format_checker=FormatChecker())
TODAY = date(2025, 11, 21)


def wrong(*documents: Document, pages: str | None = None) -> list[str]:
    found = json.loads(as_sarif(documents, version="1.2.3", pages=pages))
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in VALIDATOR.iter_errors(found)
    ]


def document(path: str, text: str) -> Document:
    found = suppress(lint(compile(text, path), today=TODAY, source=text), text)
    return Document(path, text, found.shown, found.silenced)


def test_the_schema_is_one_that_can_refuse() -> None:
    Draft4Validator.check_schema(SCHEMA)
    assert list(VALIDATOR.iter_errors({"version": "2.1.0", "runs": [{"results": []}]}))
    assert list(VALIDATOR.iter_errors({"version": "2.0.0", "runs": []}))


@pytest.mark.parametrize(
    "seed", sorted((ROOT / "examples").glob("*/runbook.md")), ids=lambda path: path.parent.name
)
def test_the_log_of_a_whole_runbook_is_valid(seed: Path) -> None:
    assert wrong(document(seed.relative_to(ROOT).as_posix(), seed.read_text(encoding="utf-8"))) == []


def test_the_log_of_every_rule_is_valid() -> None:
    documents = [document(f"team/{rule}.md", example.bad) for rule, example in EXAMPLES.items()]
    assert wrong(*documents) == []
    assert wrong(*documents, pages="https://docs.example.com/rules/") == []


def test_the_log_of_nothing_is_valid() -> None:
    assert wrong() == []
    assert wrong(Document("empty.md", "", (), ())) == []


@settings(max_examples=60, deadline=None)
@given(
    path=st.text(min_size=1, max_size=40), text=st.text(max_size=200), message=st.text(min_size=1, max_size=80),
    line=st.integers(1, 30), column=st.integers(1, 60), level=st.sampled_from(Level), mended=st.text(max_size=20),
)  # fmt: skip
def test_the_log_of_any_path_text_and_message_is_valid(
    path: str, text: str, message: str, line: int, column: int, level: Level, mended: str
) -> None:
    length = len(text.encode("utf-8", "surrogatepass"))
    fix = Fix(Span(0, length, 1, 1), mended)
    found = Diagnostic("TOC204", level, Span(0, length, line, line), column, message, "Do better.", fix)
    assert wrong(Document(path, text, (found,), (Silenced(found, message),))) == []
