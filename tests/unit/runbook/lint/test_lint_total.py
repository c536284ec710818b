"""Linting never raises, and takes time in proportion to the text."""

import sys
from datetime import date
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.runbook.compile import compile
from tocsin.runbook.lint.raw import split_lines
from tocsin.runbook.lint.run import lint
from tocsin.runbook.plan.as_json import as_json
from tocsin.runbook.plan.as_text import as_markdown, as_text
from tocsin.runbook.plan.outlook import plan

PIECES = st.sampled_from(
    [
        "# Title", "## Severity", "- **P1**: down (respond in 5 min)", "**Symptoms**: 502", "```bash", "```", "```sql", "rm -rf \"$X\"/",
        "kubectl scale deployment a --replicas=0 -n b", "SELECT 1;", "UPDATE t SET a = 1;", "1. Do it", "- Contact: [Phone]",
        "# Or", "psql -c \"", "EOF", "cat <<EOF", "| a | b |", "|---|---|", "xargs rm", "apiVersion: v1", "kind: Service", "&lt; 5",
        "curl x | bash", "**Rollback**: undo it", "\u00a0“x”", "if x; then", "[a](#b)", "0 2 * * *", "git push --force", "", "…",
    ]
)  # fmt: skip


def test_a_program_without_a_word_beside_one_that_names_its_target_is_read() -> None:
    text = "# D\n\n## Full\n\n```bash\naws --profile p s3 ls s3://bucket-one\naws --version\naws\n```\n"
    assert isinstance(lint(compile(text), today=date(2026, 1, 1), source=text), tuple)


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


def _incidents(sections: int) -> str:
    incident = (
        "## Incident {n}\n\n**Symptoms**: error {n}\n\n```bash\nkubectl scale deployment a{n} --replicas=0 -n b\n"
        "curl https://x/{n}\npg_restore -d x y{n}\n```\n\n1. Revoke the key {n}\n2. Call somebody\n\n"
    )
    return "# R\n\n" + "".join(incident.format(n=n) for n in range(sections))


def _calls(text: str) -> int:
    """How many calls compiling and linting a text takes: work that no busy machine changes."""
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
    _calls(_incidents(20))  # what is made once is made
    small, large = _calls(_incidents(40)), _calls(_incidents(400))
    assert large < 12 * small


# Each was once a line for which every other line was looked at, or belongs to a rule that looks around.
LINES_THAT_LOOK_AROUND = {
    "a variable of nginx": "```nginx\nmap $a{n} $b{n} {{\n```\n\n",
    "a misplaced limit": "```nginx\nlimit_req zone=a{n}:10m rate=1r/s;\n```\n\n",
    "a rollback in words": "Rollback: put {n} back\n\n",
    "a database that is made": "```bash\ncreatedb shop{n}\n```\n\n",
    "a table that is changed": "```sql\nALTER TABLE a{n} ADD b int;\n```\n\n",
    "a ConfigMap that is edited": "```bash\nkubectl edit configmap a{n}\n```\n\n",
    "a unit that is copied": "```bash\ncp a{n} /etc/systemd/system/a{n}.service\n```\n\n",
    "an environment file": "```bash\necho A={n} >> .env\npm2 restart a{n}\n```\n\n",
    "a client without a database": "```bash\npsql -c 'select {n}'\n```\n\n",
    "a manifest": "```yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: a{n}\n```\n\n",
    "the same heading": "### Check\n\n```bash\nuptime {n}\n```\n\n",
    "a placeholder": "```bash\ngit checkout <commit-{n}>\n```\n\n",
}


@pytest.mark.parametrize("line", LINES_THAT_LOOK_AROUND.values(), ids=LINES_THAT_LOOK_AROUND.keys())
def test_a_rule_that_looks_around_looks_at_its_surroundings_only(line: str) -> None:
    """Four times the lines may take four times the work, and what a bounded view costs until it is full."""
    start = "# R\n\n## Broken\n\n**Symptoms**: errors\n\n**Resolution:**\n\n"
    _calls(start + line.format(n=0))
    small, large = (_calls(start + "".join(line.format(n=n) for n in range(size))) for size in (150, 600))
    assert large < 8 * small
