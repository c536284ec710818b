"""SARIF 2.1.0 and GitHub annotations."""

import json
import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.runbook.lint.cases import incident

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Diagnostic, Level, Span
from tocsin.runbook.lint.github import as_github
from tocsin.runbook.lint.rules import CATALOGUE
from tocsin.runbook.lint.run import lint
from tocsin.runbook.lint.sarif import Document, as_sarif
from tocsin.runbook.lint.suppress import suppress

TODAY = date(2025, 11, 21)
TEXT = incident(
    "Resolution\n# Flush expired keys\nredis-cli FLUSHALL",
    "Verification\necho 😀; curl https://shop.internal/",
)


def document(text: str, path: str = "docs/run books/shop.md") -> Document:
    found = suppress(lint(compile(text), today=TODAY, source=text), text)
    return Document(path, text, found.shown, found.silenced)


def log(*documents: Document, pages: str | None = None) -> dict[str, object]:
    found = json.loads(as_sarif(documents, version="1.2.3", pages=pages))
    assert isinstance(found, dict)
    return found


def run(found: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    (one,) = found["runs"]
    assert isinstance(one, dict)
    return one


def test_the_log_has_what_the_standard_asks_for() -> None:
    found = log(document(TEXT))
    assert found["version"] == "2.1.0"
    assert str(found["$schema"]).endswith("sarif-2.1.0.json")
    one = run(found)
    driver = one["tool"]["driver"]
    assert driver["name"] == "tocsin"
    assert [rule["id"] for rule in driver["rules"]] == sorted(CATALOGUE)
    for rule in driver["rules"]:
        assert re.match(r"[a-z]+:", rule["helpUri"])
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    assert one["results"]
    for result in one["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "docs/run%20books/shop.md"
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
        assert result["partialFingerprints"]


def test_columns_and_fixes_are_counted_in_utf_16() -> None:
    (curl,) = [r for r in run(log(document(TEXT)))["results"] if r["ruleId"] == "TOC301" and r.get("fixes")]
    region = curl["locations"][0]["physicalLocation"]["region"]
    assert region["startColumn"] == len("echo ") + 2 + len("; ") + 1
    (change,) = curl["fixes"][0]["artifactChanges"][0]["replacements"]
    assert change["deletedRegion"]["startColumn"] == region["startColumn"]
    assert change["deletedRegion"]["endColumn"] == region["startColumn"] + 4
    assert change["insertedContent"]["text"] == "curl -fsS -m 10"


def test_a_finding_keeps_its_fingerprint_when_lines_move_and_no_two_share_one() -> None:
    def prints(text: str) -> list[tuple[object, object]]:
        return [(r["ruleId"], r["partialFingerprints"]) for r in run(log(document(text)))["results"]]

    moved = TEXT.replace("## Orders", "Some words.\n\nMore words.\n\n## Orders")
    assert [p for p in prints(TEXT) if p[0] != "TOC402"] == [p for p in prints(moved) if p[0] != "TOC402"]
    twice = TEXT + TEXT.replace("# Shop", "").replace("stuck", "stuck again")
    values = [json.dumps(p) for _, p in prints(twice)]
    assert len(values) == len(set(values))


def test_what_a_comment_silences_is_listed_as_suppressed_with_its_reason() -> None:
    text = TEXT.replace("```bash\necho", "<!-- tocsin: ignore TOC301 because it is so -->\n```bash\necho")
    (result,) = [r for r in run(log(document(text)))["results"] if "suppressions" in r]
    assert result["ruleId"] == "TOC301"
    assert result["suppressions"] == [{"kind": "inSource", "justification": "it is so"}]


def test_rules_link_to_where_their_pages_are() -> None:
    driver = run(log(document(TEXT), pages="https://docs.example/lint-rules/"))["tool"]["driver"]
    assert driver["rules"][0]["helpUri"] == "https://docs.example/lint-rules/TOC101.md"


def test_an_annotation_names_file_line_column_and_rule() -> None:
    lines = as_github(document(TEXT).found, "ops/shop.md").splitlines()
    assert any(
        line.startswith("::error file=ops/shop.md,line=10,col=1,title=TOC204::The heading says ")
        for line in lines
    )


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_text_can_end_its_annotation_or_begin_another(message: str, path: str) -> None:
    found = Diagnostic("TOC204", Level.NOTE, Span(0, 0, 3, 3), 2, message, hint="a\r\nb % c")
    said = as_github([found], path)
    assert said.endswith("\n")
    assert "\n" not in said[:-1]
    assert "\r" not in said
    head, _, rest = said[len("::notice ") :].partition("::")
    keys = [part.split("=")[0] for part in head.split(",")]
    assert keys == ["file", "line", "col", "title"]
    back = rest[:-1].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert back == f"{message}\na\r\nb % c"
