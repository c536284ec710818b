"""Holes are heard by how they are written, in commands and in sentences, and explained ones are left alone."""

import pytest
from tests.unit.runbook.lint.cases import Case
from tests.unit.runbook.lint.linted import found, is_found_and_then_quiet

TOP = "# Ferry desk\n\nOwner: desk team\n\n## Symptoms\n\nNobody can book.\n\n## Steps\n\n"
END = "\n\n## Verification\n\n`curl -fsS --max-time 5 https://desk.ferries.io/health` answers 200.\n"


def book(steps: str) -> str:
    return TOP + steps + END


def fence(*lines: str) -> str:
    return "```bash\n" + "\n".join(lines) + "\n```\n"


CASES = (
    Case("TOC101", book(fence("az webapp restart -n YOUR_WEBAPP -g desk")), book(fence("az webapp restart -n desk -g desk"))),
    Case("TOC101", book(fence("ssh SERVER_EINSETZEN uptime")), book(fence("ssh desk1.ferries.io uptime"))),
    Case("TOC101", book(fence("ssh deskXX.ferries.io uptime")), book(fence("ssh desk01.ferries.io uptime"))),
    Case("TOC101", book(fence("ping -c 3 10.4.x.x")), book(fence("ping -c 3 10.4.1.7"))),
    Case("TOC101", book("1. FIXME: how the queue is emptied\n2. " + "Restart: `systemctl restart desk`\n"), book("1. Restart: `systemctl restart desk`\n")),
    Case("TOC101", book("1. Look at the board [add link].\n"), book("1. Look at the board https://board.ferries.io/desk.\n")),
    Case("TOC101", book("1. Der Ablauf hierzu folgt noch.\n"), book("1. Der Ablauf steht im Aushang der Leitstelle.\n")),
    Case("TOC101", book(fence("curl -fsS --max-time 5 https://desk.ferries.io/queue", "curl -fsS --max-time 5 https://api.example.org/queue")), book(fence("curl -fsS --max-time 5 https://desk.ferries.io/queue"))),
    Case("TOC101", book(fence("openstack server reboot <server-uuid>")), book("1. `openstack server list` shows the uuid of each server.\n2. Then:\n\n" + fence("openstack server reboot <server-uuid>"))),
    Case("TOC101", book("1. Give the supplier the booking token from above.\n"), book("1. Read the booking token of the trip.\n2. Give the supplier the booking token from above.\n")),
    Case("TOC403", book("1. Call the harbour, +47 55 XX XX XX.\n"), book("1. Call the harbour, +47 55 55 01 22.\n")),
    Case("TOC115", book(fence('psql -h "$STANDBY_HOST" -d desk -c "select pg_is_in_recovery()"')), book(fence('psql -h pg2.ferries.io -d desk -c "select pg_is_in_recovery()"'))),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{CASES.index(case)}")
def test_a_hole_is_found_and_its_filling_is_quiet(case: Case) -> None:
    is_found_and_then_quiet(case)


@pytest.mark.parametrize(
    "steps",
    [
        "Replace YOUR_WEBAPP by the name in the alert.\n\n"
        + fence("az webapp restart -n YOUR_WEBAPP -g desk"),
        fence("mktemp /tmp/desk.XXXX"),
        fence("grep -c 5xx /var/log/nginx/access.log"),
        "1. Tick it off in the TODO list of the shift.\n",
        "1. Errors 5xx above 3 %: `systemctl restart desk`\n",
    ],
)
def test_what_is_explained_or_only_looks_like_a_hole_is_left_alone(steps: str) -> None:
    assert not [d for d in found(book(steps)) if d.rule in ("TOC101", "TOC403") and d.level.value != "note"]
