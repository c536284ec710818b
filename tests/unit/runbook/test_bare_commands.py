"""Commands without a fence: typed lines are steps where they can be nothing else, and never vanish."""

import pytest

from tocsin.runbook.book import Hop, Step, StepKind
from tocsin.runbook.compile import compile as compile_text


def steps(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Stuck\n\n### Mitigation\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps()]


def said(text: str) -> list[str]:
    return [action.text for step in steps(text) for action in step.actions]


def test_a_line_with_a_prompt_is_typed_wherever_it_stands() -> None:
    assert said("Restart it:\n$ systemctl restart web\n$ systemctl status web\n") == [
        "systemctl restart web",
        "systemctl status web",
    ]
    (step,) = steps("Restart it:\n$ systemctl restart web\n")
    assert step.title == "Restart it"


def test_the_prompt_of_a_client_says_what_the_line_is_for() -> None:
    (step,) = steps("mysql> KILL 42;\n")
    assert (step.kind, step.context) == (StepKind.SQL, (Hop("database", "", "mysql"),))
    (step,) = steps("template1=# VACUUM FULL;\n")
    assert step.context == (Hop("database", "template1", "postgres"),)
    (step,) = steps("root@db1:~# systemctl restart postgresql\n")
    assert step.context == (Hop("host", "db1", "root"),)


def test_a_lone_line_that_is_a_command_is_one_also_as_the_item_of_a_list() -> None:
    assert said("Look:\n\ndf -h /var/lib/postgresql\n") == ["df -h /var/lib/postgresql"]
    text = "On web1:\n\n* sudo systemctl restart nginx\n* tail -n 50 /var/log/nginx/error.log\n"
    assert said(text) == ["sudo systemctl restart nginx", "tail -n 50 /var/log/nginx/error.log"]
    assert all(step.context == (Hop("host", "web1"),) for step in steps(text))


@pytest.mark.parametrize(
    "text",
    [
        "find the pod that is slow", "make sure -v is on.", "docker daemon crashed", "nginx 502 errors in the log", "service is down", "git push broken",
        "kill -9 is never an answer.", "$ 5.00 per call", "top -10 % of queries are slow:", "cd is not needed", "kubectl", "watch the graph",
    ],
)  # fmt: skip
def test_words_that_begin_like_a_program_are_no_command(text: str) -> None:
    assert said(f"{text}\n") == []


def test_bare_lines_are_only_text_where_nothing_is_to_be_done() -> None:
    text = "# Shop\n\n## Overview\n\nsystemctl restart web -q\n"
    assert not [s for section in compile_text(text, "x.md").sections for s in section.steps()]


def test_variables_set_above_hold_for_what_follows() -> None:
    (first, second) = steps("NS=streaming\nGROUP=orders\n\n```bash\nkubectl -n $NS get pods\n```\n")
    assert [action.text for action in first.actions] == ["NS=streaming", "GROUP=orders"]
    assert Hop("env", "NS", "streaming") in second.context


def test_a_fence_of_a_client_and_what_is_typed_in_it_is_read_without_a_label() -> None:
    text = "    sudo -u postgres psql\n    SELECT pid\n      FROM pg_stat_activity;\n    SELECT pg_terminate_backend(4711);\n    \\q\n"
    found = steps(text)
    assert [step.kind for step in found] == [StepKind.SQL, StepKind.SQL]
    assert all(step.context == (Hop("user", "postgres"), Hop("database", "", "postgres")) for step in found)
    text = "```\nkubectl exec -it db-0 -n shop -- bash\npsql -U app shop\nselect 1;\n\\q\nexit\nkubectl get pods -n shop\n```\n"
    (inside, outside) = steps(text)
    assert inside.context == (Hop("pod", "db-0", "shop"), Hop("database", "shop", "postgres"))
    assert outside.context == ()


def test_a_sentence_with_its_own_commands_is_no_condition_of_the_fence_below_it() -> None:
    text = "If it is full, run `journalctl --vacuum-size=1G`; otherwise run `systemctl restart web`.\n\n```bash\nuptime -p\n```\n"
    (by_hand, look) = steps(text)
    assert (by_hand.kind, look.condition) == (StepKind.MANUAL, None)


def test_an_instruction_with_a_command_above_a_list_is_not_lost() -> None:
    text = "Run `iisreset /restart` on WEB01.\n\n1. Stop the pool\n2. Start the pool\n"
    assert [step.title for step in steps(text)] == [
        "Run iisreset /restart on WEB01", "Stop the pool", "Start the pool",
    ]  # fmt: skip


def test_a_fence_that_begins_as_a_command_and_may_be_none_is_read_by_a_person() -> None:
    text = "Look at the log:\n\n```\noc -n shop logs web-0\n--all-containers=true | grep E of all\n```\n"
    (step,) = steps(text)
    assert (step.kind, step.title) == (StepKind.MANUAL, "Look at the log")
    assert "all-containers" in step.text
    assert steps("Look:\n\n```\nLabels\n  alertname=X\n  kubectl get pods\n```\n") == []


@pytest.mark.parametrize(
    ("command", "known"),
    [
        ('psql "$LEDGER_URL" -c "select day, sum(x) from entries for update"', True),
        ("""curl -X POST https://admin.example/switch -d '{"to": "the second, not the first"}'""", True),
        ('slack-post --channel ops "The queue is stuck. We are on it"', False),
        ("kill the 'web' process, and curl it doesn't answer", False),
    ],
)
def test_words_in_quotes_make_no_sentence_of_a_command_without_a_label(command: str, known: bool) -> None:
    assert said(f"1. Do it:\n   ```\n   {command}\n   ```\n") == ([command] if known else [])
