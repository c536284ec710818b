"""Of things that are alike none is forgotten, taken for another or used too early; a label says what its command does."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.cases_rows import CASES_CONTRADICTED, CASES_ROWS
from tests.unit.runbook.lint.cases_told import told
from tests.unit.runbook.lint.linted import found, is_found_and_then_quiet

_CASES = (*CASES_ROWS, *CASES_CONTRADICTED)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: f"{case.rule}-{_CASES.index(case)}")
def test_the_defect_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)


@pytest.mark.parametrize(
    "text",
    [
        # each is brought back before the next one goes
        told("$ kubectl -n d scale deploy/a-1 --replicas=0\nkubectl -n d scale deploy/a-1 --replicas=2\nkubectl -n d scale deploy/b-1 --replicas=0\nkubectl -n d scale deploy/b-1 --replicas=2"),
        # one of them goes for good
        told("$ systemctl stop lane-1\nsystemctl stop lane-2", "Lane 2 is retired:", "$ systemctl disable lane-2\nrm /etc/systemd/system/lane-2.service\nsystemctl start lane-1"),
        # a loop, a choice, a number of something else
        told("Restart all three relays:", '$ for h in mta-1 mta-2 mta-3; do ssh "$h" postfix reload; done'),
        told("Restart one of the two relays:", "$ ssh mta-1 postfix reload"),
        told("Wait for the two minutes and look at both:", "$ systemctl status mta-1 mta-2"),
        # the brake is put on to stop something
        told("Stop the imports:", "$ flagadm enable imports-kill-switch"),
        told("Copy the dump from production to staging:", "$ scp db.prod.lan:/srv/app.dump /srv/"),
        # a file that was there, and is written anew
        told("$ cp app.yaml app.yaml.old\nkubectl -n d get cm app -o yaml > app.yaml"),
    ],
)  # fmt: skip
def test_what_is_meant_so_is_not_told(text: str) -> None:
    told_of = [d for d in found(text) if d.rule in ("TOC203", "TOC204", "TOC208", "TOC210")]
    assert not told_of, [(d.rule, d.span.first_line, d.message) for d in told_of]


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        # a command in a sentence is a way back, in whatever language, and so is a step that is named
        ("TOC107", "## Rollback\n\nRestore the old task.\n", "## Rollback\n\nEnable it with `Enable-ScheduledTask -TaskName NightLoad` and restore the list.\n"),
        ("TOC107", "## Rollback\n\nRestore the old role.\n", "## Rollback\n\nRun step 2 again to restore it.\n"),
        # a number that the text calls the normal one is not made up
        ("TOC215", "```bash\nkubectl -n d scale deploy/a --replicas=0\nkubectl -n d scale deploy/a --replicas=3\n```\n", "Normal is 3.\n\n```bash\nkubectl -n d scale deploy/a --replicas=0\nkubectl -n d scale deploy/a --replicas=3\n```\n"),
        # one key is not all of them
        ("TOC204", "Remove the one message:\n\n```bash\nredis-cli DEL outbox\n```\n", "Remove the one message:\n\n```bash\nredis-cli DEL outbox:<id>:body\n```\n"),
    ],
)  # fmt: skip
def test_what_the_text_says_itself_is_not_held_against_it(rule: str, bad: str, good: str) -> None:
    frame = "# Depot\n\n## Orders stuck\n\n**Symptoms**: none arrive.\n\n```bash\nsystemctl restart depot\n```\n\n"
    assert any(d.rule == rule for d in found(frame + bad))
    assert not [d.message for d in found(frame + good) if d.rule == rule]
