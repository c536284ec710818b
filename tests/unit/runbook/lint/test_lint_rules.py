"""Every rule finds its defect in foreign words and stays quiet on the corrected text."""

import pytest
from tests.unit.runbook.lint.cases import CASES, Case
from tests.unit.runbook.lint.linted import TODAY, found, is_found_and_then_quiet

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Level
from tocsin.runbook.lint.run import lint


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{CASES.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)


def test_an_error_names_the_step_it_blocks() -> None:
    text = "# R\n\n## Full\n\n**Symptoms**: OOM\n\n**Fix**:\n```bash\n# Clean up temp files\nrm -rf /var/lib/postgresql\n```\n"
    book = compile(text)
    [remark] = [d for d in lint(book, today=TODAY, source=text) if d.rule == "TOC204"]
    assert remark.level is Level.ERROR
    [step] = [book.step(key) for key in remark.steps]
    assert step is not None
    assert "rm -rf" in step.actions[0].text


POLICY = "# R\n\n## Severity Levels\n\n- **P1**: down (respond within 15 minutes)\n- **P2**: slow\n\n"


@pytest.mark.parametrize(
    ("rule", "text", "line"),
    [
        ("TOC414", POLICY, 6),
        ("TOC110", f"{POLICY}## Alerts\n\nP1 alerts are answered within 2 hours.\n", 10),
        ("TOC401", f"{POLICY}**Next review**: 2024-01-31\n", 8),
        ("TOC402", POLICY, 1),
        ("TOC403", "# R\n\n## Contacts\n\n- DBA: [Phone]\n", 5),
        ("TOC404", "# R\n\nsee [there](#nowhere)\n", 3),
        ("TOC413", "# R\n\n## Restore\n\nAsk Jo for the key.\n", 5),
        ("TOC318", "# R\n\n## Monitoring\n\n- **SLO**: p99 latency < 300 ms over 20 runs\n", 5),
    ],
)
def test_what_is_said_about_the_document_stands_at_its_line(rule: str, text: str, line: int) -> None:
    assert [d.span.first_line for d in found(text) if d.rule == rule] == [line]


def test_remarks_are_sorted_by_line_and_each_is_said_once() -> None:
    text = CASES[20].bad + CASES[30].bad.replace("# Shop", "")
    remarks = found(text)
    assert [d.span.first_line for d in remarks] == sorted(d.span.first_line for d in remarks)
    keys = [(d.rule, d.span.first_line, d.column, d.message) for d in remarks]
    assert len(keys) == len(set(keys))
