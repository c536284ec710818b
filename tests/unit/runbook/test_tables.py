"""Tables that say what to do: every column that asks for something is heard, and where it is meant to be done."""

from tocsin.runbook.book import Choice, ChoiceKind, Hop, Role, Runbook, Step
from tocsin.runbook.compile import compile as compile_text


def read(table: str) -> Runbook:
    return compile_text(f"# Shop\n\n## Stuck\n\n### Mitigation\n\n{table}", "shop.md")


def steps(table: str) -> list[Step]:
    return [step for section in read(table).sections for step in section.steps()]


def said(found: list[Step]) -> list[str]:
    return ["\n".join(action.text for action in step.actions) for step in found]


def test_what_to_check_in_a_row_comes_before_what_to_do() -> None:
    table = "| Symptom | Check | Fix | Verify |\n|---|---|---|---|\n| 502 | `systemctl status web` | `systemctl restart web` | `curl -s http://web/health` |\n"
    found = steps(table)
    assert said(found) == ["systemctl status web", "systemctl restart web", "curl -s http://web/health"]
    assert [step.title for step in found] == ["Check", "Fix", "Verify"]
    starts = [step.spans[0].start for step in found]
    assert starts == sorted(set(starts))


def test_the_command_beside_a_fix_in_words_is_the_fix() -> None:
    table = "| Problem | Fix | Command |\n|---|---|---|\n| Full | Restart the worker | `systemctl restart worker` |\n| Stuck | Call Dana | – |\n"
    (restart, call) = steps(table)
    assert (restart.title, said([restart])) == ("Restart the worker", ["systemctl restart worker"])
    assert call.title == "Call Dana"


def test_a_row_for_the_case_that_it_failed_is_no_next_step() -> None:
    table = "| # | Step | Command |\n|---|---|---|\n| 1 | Start it | `systemctl start web` |\n| 2 | If still failing, restore | `pg_restore -d shop /backup/x.dump` |\n"
    book = read(table)
    (choice,) = [n for section in book.sections for n in section.nodes() if isinstance(n, Choice)]
    assert choice.kind is ChoiceKind.FALLBACK
    assert [step.title for step in steps(table)] == ["Start it", "If still failing, restore"]


def test_a_row_runs_where_its_column_says() -> None:
    table = "| Step | Host | Command |\n|---|---|---|\n| Stop | db-1 | `systemctl stop postgresql` |\n| Promote | db-2 | `pg_ctl promote -D /data` |\n| Look | laptop | `kubectl get pods` |\n"
    assert [step.context for step in steps(table)] == [(Hop("host", "db-1"),), (Hop("host", "db-2"),), ()]
    table = "| What | Namespace | Command |\n|---|---|---|\n| Restart | shop | `kubectl rollout restart deploy/web` |\n| Look | shop | `kubectl -n shop get pods` |\n"
    assert [step.context for step in steps(table)] == [(Hop("namespace", "shop"),), ()]


def test_a_row_without_a_command_among_commands_is_done_by_hand() -> None:
    table = "| Step | Command |\n|---|---|\n| Stop the worker | `systemctl stop worker` |\n| Call the bank | see contacts |\n| Start it | `systemctl start worker` |\n"
    assert [(step.title, step.role) for step in steps(table)] == [
        ("Stop the worker", Role.MITIGATION),
        ("Call the bank", Role.MITIGATION),
        ("Start it", Role.MITIGATION),
    ]


def test_a_column_of_clocks_asks_for_nothing() -> None:
    table = "| Level | When | First response |\n|---|---|---|\n| Red | nothing is sold | 10 min |\n| Amber | slow | within 2 hours |\n"
    assert steps(table) == []


def test_what_you_see_and_what_you_do_are_cases() -> None:
    for head in (
        "| What you see | What you do |",
        "| You see | Do |",
        "| What is wrong | What should you do |",
    ):
        table = f"{head}\n|---|---|\n| Full | `systemctl restart worker` |\n| Stuck | Call Dana |\n"
        (choice,) = [n for section in read(table).sections for n in section.nodes() if isinstance(n, Choice)]
        assert choice.kind is ChoiceKind.CASES
