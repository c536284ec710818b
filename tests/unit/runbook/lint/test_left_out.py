"""What is left out or told twice differently: people, times, ends, ways back, tables, days."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.linted import is_found_and_then_quiet

HEAD = "# Cable car stops\n\n## Symptoms\n\nThe incident alarm of the cable car rings.\n\n"
LOOKS = "\n\n## Verification\n\nThe panel shows the speed again.\n"


def steps(*lines: str) -> str:
    return HEAD + "## Steps\n\n" + "\n".join(lines) + LOOKS


CASES = (
    Case("TOC414", steps("1. Look at the panel.\n2. When it stays dark, escalate it."), steps("1. Look at the panel.\n2. When it stays dark, escalate it to the valley station, +41 27 555 01 02.")),
    Case("TOC414", HEAD + "## Escalation\n\n- First: driver, 4711\n- Second: head of the line, 4712\n", HEAD + "## Escalation\n\n- First: driver, 4711\n- Second, after 10 minutes: head of the line, 4712\n"),
    Case("TOC414", HEAD + "## Priorities\n\n- P1: people hang in the cabins\n- P2: the car runs slowly\n", HEAD + "## Priorities\n\n- P1: people hang in the cabins, within 2 minutes\n- P2: the car runs slowly, within 1 hour\n"),
    Case("TOC414", HEAD + "## Jobs\n\n| Task | Runs at | What |\n|---|---|---|\n| rope-scan | 04:00 | scans the rope |\n", HEAD + "## Jobs\n\n| Task | Runs at | Done by | What |\n|---|---|---|---|\n| rope-scan | 04:00 | 05:30 | scans the rope |\n"),
    Case("TOC414", steps("1. Inform the users from time to time."), steps("1. The driver informs the users every 10 minutes.")),
    Case("TOC107", steps("1. `kubectl -n rope set env deploy/panel SPEED=4`"), steps("1. `kubectl -n rope set env deploy/panel SPEED=4`\n2. In the evening put it back: `kubectl -n rope set env deploy/panel SPEED=8`")),
    Case("TOC402", "Last updated: 2025-10-02\n\n" + steps("1. `systemctl restart panel`") , "Last updated: 2025-10-02. Kept by the valley team.\n\n" + steps("1. `systemctl restart panel`")),
    Case("TOC110", steps("1. Wait two minutes, then look:\n\n```bash\nsleep 30\nsystemctl is-active panel\n```"), steps("1. Wait two minutes, then look:\n\n```bash\nsleep 120\nsystemctl is-active panel\n```")),
    Case("TOC110", HEAD + "## Times\n\n- A P2 is fixed within 2 hours.\n- P2: call Beat, 4713, after 3 hours\n", HEAD + "## Times\n\n- A P2 is fixed within 2 hours.\n- P2: call Beat, 4713, after 1 hour\n"),
    Case("TOC110", HEAD + "The alarm is triggered at 70 % load (`load >= 0.85`).\n", HEAD + "The alarm is triggered at 85 % load (`load >= 0.85`).\n"),
    Case("TOC110", HEAD + "## Ranks\n\n| Priority | Meaning | Response |\n|---|---|---|\n| P1 | cabins hang | 2 min |\n| P2 | car runs slowly | 1 h |\n\n## Car runs slowly\n\nPriority: P1\n\n`systemctl restart panel`\n", HEAD + "## Ranks\n\n| Priority | Meaning | Response |\n|---|---|---|\n| P1 | cabins hang | 2 min |\n| P2 | car runs slowly | 1 h |\n\n## Car runs slowly\n\nPriority: P2\n\n`systemctl restart panel`\n"),
    Case("TOC110", HEAD + "A bulletin goes out, updates follow every 15 minutes.\n\nThe driver writes updates every 20 minutes.\n", HEAD + "A bulletin goes out, updates follow every 15 minutes.\n\nThe driver writes updates every 15 minutes.\n"),
    Case("TOC404", steps("1. Stop the cabins as the diagram below shows."), steps("1. Stop the cabins as the diagram below shows.\n\n![order](order.png)")),
    Case("TOC404", steps("1. Read [the manual][rope]."), steps("1. Read [the manual][rope].\n\n[rope]: https://rope.alps.ch/manual")),
    Case("TOC404", steps("1. Fill in the form of Annex B."), steps("1. Fill in the form of Annex B.") + "\n## Annex B: form\n\nName, time.\n"),
    Case("TOC404", HEAD + "## Option A: rope\n\nTurn it.\n\n## Option B: motor\n\nStop it.\n\nElse take option D.\n", HEAD + "## Option A: rope\n\nTurn it.\n\n## Option B: motor\n\nStop it.\n\nElse take option A.\n"),
    Case("TOC110", steps("1. Send it again twice:\n\n```bash\nropectl send --retries 5\n```"), steps("1. Send it again twice:\n\n```bash\nropectl send --retries 2\n```")),
    Case("TOC404", steps("1. Pull the levers in the order of figure 2."), steps("1. Pull the levers in the order of figure 2.\n\n![Figure 2](levers.png)")),
    Case("TOC401", "Edition of 1 June 2023, reviewed every quarter.\n\n" + steps("1. Look."), "Edition of 1 October 2025, reviewed every quarter.\n\n" + steps("1. Look.")),
    Case("TOC105", HEAD + "## Steps\n\n```bash\nropectl shift-load --to 2\n```\n\n## Rollback\n\n```bash\nropectl shift-load --to 1\n```\n", steps("```bash\nropectl shift-load --to 2\n```\n") + "\n## Rollback\n\n```bash\nropectl shift-load --to 1\n```\n"),
    Case("TOC201", HEAD + "## Steps\n\n1. Look at the rope.\n\n## Rollback\n\n`ssh p1.alps.ch sudo rm /etc/rope.d/slow.conf`\n", HEAD + "## Steps\n\n1. Put `speed=4` into `/etc/rope.d/slow.conf`.\n\n## Rollback\n\n`ssh p1.alps.ch sudo rm /etc/rope.d/slow.conf`\n"),
    Case("TOC303", HEAD + "```bash\npsql -h db1.alps.ch -d rope -c \"alter role panel set statement_timeout = '5s'\"\n```\n", HEAD + "```bash\npsql -h db1.alps.ch -d rope -c \"alter role panel set statement_timeout = '5s'\"\n```\n\nIt holds for new connections.\n"),
    Case("TOC401", steps("1. Valid until 31 March 2025: drive at half speed."), steps("1. Valid until 31 March 2027: drive at half speed.")),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{CASES.index(case)}")
def test_what_is_missing_or_apart_is_found_and_its_correction_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)
