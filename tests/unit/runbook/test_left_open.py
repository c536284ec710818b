"""A session that nobody closed: what follows and changes a machine runs neither there nor here by itself."""

import pytest

from tocsin.runbook.book import Step
from tocsin.runbook.compile import compile as compile_text

OPEN = "```bash\nssh db7\nuptime\n```\n\n"


def last(text: str) -> Step:
    book = compile_text(f"# Shop\n\n## Disk full\n\n### Mitigation\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps() if step.actions][-1]


def hosts(step: Step) -> list[str]:
    return [hop.name for hop in step.context if hop.kind == "host"]


@pytest.mark.parametrize(
    "command", ["sudo rm -rf /srv/spool/old", "systemctl restart spool", "./purge.sh all"]
)
def test_what_changes_a_machine_below_a_session_left_open_runs_nowhere_by_itself(command: str) -> None:
    step = last(f"{OPEN}Make room:\n\n```bash\n{command}\n```\n")
    assert hosts(step) == ["db7, or here"]
    assert "host:db7, or here" in step.actions[-1].judgement.targets


def test_items_of_a_list_below_it_are_meant_as_well() -> None:
    step = last(OPEN + "1. Make room\n\n   ```bash\n   rm -rf /srv/spool/old\n   ```\n")
    assert hosts(step) == ["db7, or here"]


@pytest.mark.parametrize(
    ("between", "command"),
    [
        ("", "df -h"),  # only looks
        ("", "kubectl -n shop rollout restart deploy/web"),  # reached from anywhere
        ("", "ssh db8 'rm -rf /srv/spool/old'"),
        ("Log out of the server.\n\n", "rm -rf /srv/spool/old"),
        ("From your laptop:\n\n", "rm -rf /srv/spool/old"),
        ("```bash\nexit\n```\n\n", "rm -rf /srv/spool/old"),
    ],
)
def test_what_does_not_depend_on_it_runs_where_it_ran(between: str, command: str) -> None:
    assert hosts(last(f"{OPEN}{between}```bash\n{command}\n```\n")) == []


def test_a_session_that_was_closed_leaves_nothing_open() -> None:
    closed = "```bash\nssh db7\nuptime\nexit\n```\n\n"
    assert hosts(last(closed + "```bash\nrm -rf /srv/spool/old\n```\n")) == []


def test_a_heading_ends_it() -> None:
    assert hosts(last(OPEN + "### Clean up\n\n```bash\nrm -rf /srv/spool/old\n```\n")) == []
