"""What the linter prints."""

import json
from datetime import date

from tocsin.runbook.compile import compile
from tocsin.runbook.lint.report import as_json, as_text
from tocsin.runbook.lint.run import lint

TEXT = '# R\n\n## Full\n\n**Symptoms**: OOM\n\n**Fix**:\n```bash\nsudo rm -rf "$DIR"/\n```\n'


def test_the_text_shows_the_line_with_a_caret_below_the_column() -> None:
    remarks = [d for d in lint(compile(TEXT), today=date(2025, 1, 1), source=TEXT) if d.rule == "TOC206"]
    lines = as_text(remarks, TEXT, "r.md").splitlines()
    assert lines[0].startswith("r.md:9:1: error TOC206 ")
    assert lines[1] == '    9 | sudo rm -rf "$DIR"/'
    assert lines[2] == "      | ^"
    assert lines[-1] == "r.md: 1 error"


def test_an_empty_report_says_so() -> None:
    assert as_text((), "", "r.md") == "r.md: nothing to remark\n"
    assert as_json((), "r.md") == "[]"


def test_a_long_line_is_cut_around_its_column() -> None:
    text = "x" * 300 + "\n"
    remark = lint(compile(TEXT), today=date(2025, 1, 1), source=TEXT)[0]
    shown = as_text([remark], text * 20, "r.md").splitlines()[1]
    assert len(shown) < 130


def test_the_json_has_exactly_seven_keys() -> None:
    found = json.loads(as_json(lint(compile(TEXT), today=date(2025, 1, 1), source=TEXT), "r.md"))
    assert found
    for one in found:
        assert list(one) == ["doc", "line", "column", "severity", "rule", "message", "fix"]
        assert one["severity"] in ("error", "warning", "note")
