"""Linting never raises, and takes time in proportion to the text."""

import sys
from datetime import date
from types import FrameType

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.runbook.compile import compile
from tocsin.runbook.lint.raw import split_lines
from tocsin.runbook.lint.run import lint
from tocsin.runbook.plan import plan
from tocsin.runbook.plan_json import as_json
from tocsin.runbook.plan_text import as_markdown, as_text

PIECES = st.sampled_from(
    [
        "# Title", "## Severity", "- **P1**: down (respond in 5 min)", "**Symptoms**: 502", "```bash", "```", "```sql", "rm -rf \"$X\"/",
        "kubectl scale deployment a --replicas=0 -n b", "SELECT 1;", "UPDATE t SET a = 1;", "1. Do it", "- Contact: [Phone]",
        "# Or", "psql -c \"", "EOF", "cat <<EOF", "| a | b |", "|---|---|", "xargs rm", "apiVersion: v1", "kind: Service", "&lt; 5",
        "curl x | bash", "**Rollback**: undo it", "\u00a0“x”", "if x; then", "[a](#b)", "0 2 * * *", "git push --force", "", "…",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=30)), max_size=40))
def test_any_text_can_be_linted_and_planned(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    book = compile(text)
    last = len(split_lines(text))
    for remark in lint(book, today=date(2025, 1, 1), source=text):
        assert 1 <= remark.span.first_line <= last
        assert remark.column >= 1
    whole = plan(book)
    assert as_text(whole)
    assert as_markdown(whole)
    assert as_json(whole)


def _calls(sections: int) -> int:
    """How many calls compiling and linting `sections` incidents takes: work that no busy machine changes."""
    incident = (
        "## Incident {n}\n\n**Symptoms**: error {n}\n\n```bash\nkubectl scale deployment a{n} --replicas=0 -n b\n"
        "curl https://x/{n}\npg_restore -d x y{n}\n```\n\n1. Revoke the key {n}\n2. Call somebody\n\n"
    )
    text = "# R\n\n" + "".join(incident.format(n=n) for n in range(sections))
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lint(compile(text), today=date(2025, 1, 1), source=text)
    finally:
        sys.setprofile(before)
    return calls


def test_ten_times_the_text_takes_about_ten_times_the_work() -> None:
    _calls(20)  # what is made once is made
    small, large = _calls(40), _calls(400)
    assert large < 12 * small
