"""Single families of rules, asked by themselves: what each says and what it leaves to the others."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from tocsin.runbook.compile import compile
from tocsin.runbook.diagnostic import Diagnostic, Level
from tocsin.runbook.lint import ambient, cmdlets, consoles, extents, inlined, leftover, nows, toggles
from tocsin.runbook.lint.facts import View, view
from tocsin.runbook.lint.shell import read

TODAY = date(2025, 11, 21)


def seen(text: str) -> View:
    return view(compile(text), TODAY, text)


def said(rule: Callable[[View], Iterator[Diagnostic]], text: str) -> list[tuple[int, str]]:
    return [(d.span.first_line, d.rule) for d in rule(seen(text))]


def fence(*lines: str, language: str = "bash") -> str:
    return "\n".join(("# Depot", "", "## Slow", "", f"```{language}", *lines, "```", ""))


@pytest.mark.parametrize(
    "command",
    [
        "psql -c 'SELECT 1'",
        "createdb depot_restore",
        "pg_restore depot.dump",
        "pg_dump > depot.sql",
    ],
)
def test_a_database_client_that_names_no_place_is_told(command: str) -> None:
    assert said(ambient.ambient, fence(command)) == [(6, "TOC211")]


@pytest.mark.parametrize(
    "command",
    [
        "psql -h db1 depot -c 'SELECT 1'",
        "psql service=depot -c 'SELECT 1'",
        "createdb -h db1 -U admin depot_restore",
        "mysql -h db1 -e 'SHOW PROCESSLIST'",
        "mysql --defaults-extra-file=/run/my.cnf -e 'SHOW PROCESSLIST'",
        "ssh db1 'psql -c \"SELECT 1\"'",
        "PGDATABASE=depot psql -c 'SELECT 1'",
        "psql --version",
    ],
)
def test_a_database_client_that_says_where_or_runs_there_is_not(command: str) -> None:
    assert said(ambient.ambient, fence(command)) == []


def test_who_only_looks_in_an_unnamed_database_is_warned_and_who_changes_it_is_stopped() -> None:
    [looks] = ambient.ambient(seen(fence("psql -c 'SELECT 1'")))
    [changes] = ambient.ambient(seen(fence("createdb depot_restore")))
    assert (looks.level, changes.level) == (Level.WARNING, Level.ERROR)


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("TOC104", ["Enter-PSSession -ComputerName app1", "Restart-Service Depot"]),
        ("TOC201", ["vssadmin delete shadows /all"]),
        ("TOC205", ["Get-PrintJob | Remove-PrintJob"]),
        ("TOC203", ["Get-Service Depot -ComputerName app1", "Restart-Service Depot"]),
    ],
)
def test_a_line_of_powershell_is_read_with_those_before_it(rule: str, lines: list[str]) -> None:
    assert rule in [found for _, found in said(cmdlets.cmdlets, fence(*lines, language="powershell"))]


@pytest.mark.parametrize(
    "lines",
    [
        ["Invoke-Command -ComputerName app1 { Restart-Service Depot }"],
        ["Export-Clixml before.xml", "vssadmin delete shadows /all"],
        ["Get-PrintJob | Where-Object Id -eq 7 | Remove-PrintJob"],
        ["Restart-Service Depot"],
        ["# Enter-PSSession -ComputerName app1"],
    ],
)
def test_careful_powershell_is_left_alone(lines: list[str]) -> None:
    assert said(cmdlets.cmdlets, fence(*lines, language="powershell")) == []


def test_a_setting_for_the_next_start_is_told_unless_something_restarts() -> None:
    setting = "SET PERSIST_ONLY max_connections = 500;"
    alone = fence(setting, language="sql")
    assert said(nows.waits_for_restart, alone) == [(6, "TOC303")]
    assert said(nows.waits_for_restart, alone + "\n```bash\nsystemctl restart mysqld\n```\n") == []


def test_a_volume_that_grows_without_its_file_system_is_told() -> None:
    assert said(nows.waits_for_restart, fence("lvextend -L +10G /dev/vg/depot")) == [(6, "TOC303")]
    assert said(nows.waits_for_restart, fence("lvextend -r -L +10G /dev/vg/depot")) == []
    assert (
        said(nows.waits_for_restart, fence("lvextend -L +10G /dev/vg/depot", "resize2fs /dev/vg/depot")) == []
    )


def test_a_promise_that_a_file_is_in_force_needs_somebody_who_reads_it() -> None:
    promise = (
        "# Depot\n\n## Slow\n\n```bash\nsed -i s/4/8/ /etc/depot.conf\n```\n\nIt takes effect immediately.\n"
    )
    assert said(nows.promises_at_once, promise) == [(9, "TOC303")]
    restarted = promise.replace("```\n\nIt", "systemctl restart depot\n```\n\nIt")
    assert said(nows.promises_at_once, restarted) == []


def test_a_heap_is_not_grown_by_a_reload() -> None:
    text = (
        "# Depot\n\n## Slow\n\nThe new heap is read by the service:\n\n```bash\nsystemctl reload depot\n```\n"
    )
    assert said(nows.reloaded_only, text) == [(8, "TOC303")]
    assert said(nows.reloaded_only, text.replace("reload", "restart")) == []


def test_a_command_that_became_a_step_is_not_told_twice() -> None:
    text = (
        "# Depot\n\n## Slow\n\nLook:\n\n```bash\ngit log -3\n```\n\n1. Run `git push --force origin main`.\n"
    )
    texts = [action.text for step in compile(text).walk()[-1].steps() for action in step.actions]
    assert "git push --force origin main" in texts
    assert said(inlined.told_commands, text) == []


@pytest.mark.parametrize("word", ["never", "do not", "instead of", "jamais", "niemals"])
def test_a_sentence_that_forbids_a_command_does_not_ask_for_it(word: str) -> None:
    text = (
        f"# Depot\n\n## Slow\n\nLook with `ps -ef`, {word} run `killall -9 haproxy` and `killall -9 nginx`.\n"
    )
    assert said(inlined.told_commands, text) == []


def test_a_listing_within_a_command_is_wide_only_where_it_names_everything() -> None:
    def wide(text: str) -> bool:
        return any(extents.wide_by_tool(command) for command in read(text).commands)

    assert wide("amtool silence expire $(amtool silence query -q)")
    assert not wide("podman stop $(podman ps -q --filter name=depot)")
    assert not wide("killall -HUP haproxy")
    assert not wide("pkill -f -u depot importer")


def test_a_state_that_the_document_takes_back_anywhere_is_no_leftover() -> None:
    text = fence("ceph osd set noout", "systemctl restart depot")
    assert said(leftover.left_on, text) == [(6, "TOC208")]
    assert said(leftover.left_on, text + "\n## Afterwards\n\n`ceph osd unset noout`\n") == []
    assert said(leftover.left_on, text + "\nThe flag stays until the node is back.\n") == []


def test_a_check_that_stands_before_as_well_comes_not_too_late() -> None:
    text = fence("systemctl reload nginx", "nginx -t")
    assert said(leftover.wrong_way_round, text) == [(7, "TOC208")]
    assert said(leftover.wrong_way_round, fence("nginx -t", "systemctl reload nginx", "nginx -t")) == []


def test_another_row_is_put_back_only_if_its_own_never_is() -> None:
    down, up = "kubectl cordon node-3", "kubectl uncordon node-{}"
    assert said(toggles.other_put_back, fence(down, up.format(4))) == [(7, "TOC203")]
    assert said(toggles.other_put_back, fence(down, up.format(3), up.format(4))) == []


def test_a_console_that_is_given_its_lines_waits_for_nobody() -> None:
    assert said(consoles.consoles, fence("sftp depot@bank", "put a.xml", "bye")) == [(6, "TOC111")]
    assert said(consoles.consoles, fence("sftp -b lines.txt depot@bank")) == []
    assert said(consoles.consoles, fence("sftp depot@bank < lines.txt")) == []
