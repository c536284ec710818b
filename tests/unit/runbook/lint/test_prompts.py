"""What stops and asks, never ends, or reads a whole table is told; what is answered, bounded or small is not."""

import pytest
from tests.unit.runbook.lint.linted import found

from tocsin.runbook.diagnostic import Level

TOP = "# Ticket printer\n\n## Symptoms\n\nNothing is printed.\n\n## Steps\n\n```bash\n"


def rules(command: str) -> set[str]:
    return {d.rule for d in found(f"{TOP}{command}\n```\n") if d.level is not Level.NOTE}


@pytest.mark.parametrize(
    ("asks", "answered"),
    [
        ("yum update cups", "yum -y update cups"),
        ("ssh prn1.internal sudo dnf install cups", "ssh prn1.internal sudo dnf install --assumeyes cups"),
        ("terraform apply", "terraform apply -input=false printers.plan"),
        ("pulumi up --stack prod", "pulumi up --stack prod --yes"),
        ("gcloud compute instances delete prn1 --zone europe-west6-a", "gcloud compute instances delete prn1 --zone europe-west6-a --quiet"),
        ("mysqldump -u ops -p tickets", "mysqldump --defaults-extra-file=/etc/ops.cnf tickets"),
        ("docker system prune", "docker system prune --force"),
        ("ansible-playbook printers.yml -K", "ansible-playbook printers.yml --become-password-file /run/become"),
        ("e2fsck /dev/sdb1", "e2fsck -p /dev/sdb1"),
        ("ssh -t prn1.internal crontab -e", "ssh prn1.internal crontab -l"),
        ("ssh prn1.internal less /var/log/cups/error_log", "ssh prn1.internal tail -n 99 /var/log/cups/error_log"),
    ],
)  # fmt: skip
def test_a_program_that_asks_is_told_until_it_is_answered(asks: str, answered: str) -> None:
    assert "TOC111" in rules(asks)
    assert "TOC111" not in rules(answered)


@pytest.mark.parametrize(
    ("endless", "bounded"),
    [
        ("ssh prn1.internal watch lpstat", "ssh prn1.internal lpstat"),
        ("ssh prn1.internal htop", "ssh prn1.internal 'top -b -n 1'"),
        ("ssh prn1.internal journalctl -fu cups", "ssh prn1.internal journalctl -u cups -n 100 --no-pager"),
        (
            "ssh prn1.internal sudo tcpdump -i eth0 port 9100",
            "ssh prn1.internal sudo tcpdump -c 50 -i eth0 port 9100",
        ),
    ],
)
def test_what_never_ends_and_is_not_bounded_by_us_is_a_warning(endless: str, bounded: str) -> None:
    assert "TOC112" in rules(endless)
    assert "TOC112" not in rules(bounded)


def test_a_whole_table_is_too_much_on_a_bad_day() -> None:
    query = "psql -h db1.internal -U ro -d tickets -c"
    assert "TOC206" in rules(f'{query} "SELECT * FROM tickets ORDER BY id"')
    assert "TOC206" not in rules(f'{query} "SELECT * FROM tickets ORDER BY id DESC LIMIT 20"')
    assert "TOC206" not in rules(f"{query} \"SELECT * FROM tickets WHERE state = 'stuck'\"")
    assert "TOC206" not in rules(f'{query} "SELECT * FROM pg_stat_activity"')
    assert "TOC206" not in rules(f'{query} "SELECT * FROM feature_flags"')
