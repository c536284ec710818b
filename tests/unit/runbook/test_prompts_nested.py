"""Prompts within prompts: each line belongs to the innermost session that its prompt is of."""

import pytest

from tocsin.runbook.book import Hop
from tocsin.runbook.compile import compile as compile_text


def actions(*lines: str, label: str = "") -> list[tuple[str, tuple[Hop, ...]]]:
    text = "# X\n\n## Steps\n\n```" + label + "\n" + "\n".join(lines) + "\n```\n"
    book = compile_text(text, "x.md")
    return [
        (a.text, a.context) for section in book.sections for step in section.steps() for a in step.actions
    ]


HOST = Hop("host", "db1", "postgres")


def test_a_client_opened_at_a_hosts_prompt_stays_on_that_host() -> None:
    found = actions("postgres@db1:~$ psql", "psql (14.2)", "shop=# select 1;", "template1=# vacuum;", "shop=# \\q", "postgres@db1:~$ uptime -p")  # fmt: skip
    assert found == [
        ("select 1;", (HOST, Hop("database", "shop", "postgres"))),
        ("vacuum;", (HOST, Hop("database", "template1", "postgres"))),
        ("uptime -p", (HOST,)),
    ]


def test_lines_before_the_first_prompt_of_a_client_open_what_it_is_in() -> None:
    found = actions("ssh db1", "psql", "shop=# select 1;")
    assert found == [("select 1;", (Hop("host", "db1"), Hop("database", "shop", "postgres")))]


def test_the_address_of_an_opener_is_kept_when_the_prompt_tells_the_name() -> None:
    found = actions("$ psql -h db1 shop", "shop=> select 1;")
    assert found == [("select 1;", (Hop("database", "db1/shop", "postgres"),))]
    found = actions("$ psql $DATABASE_URL", "shop=> select 1;")
    assert found == [("select 1;", (Hop("database", "$DATABASE_URL", "postgres"),))]


def test_who_leaves_a_client_at_its_prompt_is_back_on_the_host() -> None:
    found = actions("[root@db1 ~]# mysql", "mysql> stop slave;", "mysql> exit", "[root@db1 ~]# systemctl restart mysqld")  # fmt: skip
    host = Hop("host", "db1", "root")
    assert found == [
        ("stop slave;", (host, Hop("database", "", "mysql"))),
        ("systemctl restart mysqld", (host,)),
    ]


def test_the_user_a_prompt_tells_is_the_one_that_sudo_made() -> None:
    found = actions("ubuntu@web1:~$ sudo -i", "root@web1:~# rm -rf /var/www/cache", "root@web1:~# exit", "ubuntu@web1:~$ whoami")  # fmt: skip
    host = Hop("host", "web1", "ubuntu")
    assert found == [("rm -rf /var/www/cache", (host, Hop("user", "root"))), ("whoami", (host,))]
    (_, (_, other)) = actions("ubuntu@web1:~$ uptime -p", "deploy@web1:~$ rm -rf /var/www/cache")[1]
    assert other == Hop("user", "deploy")


def test_the_directory_of_a_prompt_is_where_its_line_runs() -> None:
    found = actions("deploy@app1:~/app$ python manage.py migrate", "deploy@app1:/srv$ ls -l")
    host = Hop("host", "app1", "deploy")
    assert found == [
        ("python manage.py migrate", (host, Hop("cwd", "~/app"))),
        ("ls -l", (host, Hop("cwd", "/srv"))),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/ # ls -l", "ls -l"), ("/app $ node scripts/requeue.js", "node scripts/requeue.js"), ("➜  ~ kubectl get po", "kubectl get po"),
        ("➜  shop git:(main) ✗ git status", "git status"), ("➜ kubectl get po", "kubectl get po"), ("bash-4.2$ rm -f /tmp/lock", "rm -f /tmp/lock"),
    ],
)  # fmt: skip
def test_the_prompts_of_small_shells_are_no_part_of_the_command(line: str, said: str) -> None:
    assert [text for text, _ in actions(line)] == [said]


@pytest.mark.parametrize(
    ("line", "repl"),
    [("gpg> trust", "gpg"), ("C:\\> net stop w3svc", "powershell"), ("PS> Restart-Service w3svc", "powershell"), ("(gdb) bt", "gdb")],
)  # fmt: skip
def test_what_is_typed_in_another_program_is_for_that_program(line: str, repl: str) -> None:
    ((_, context),) = actions(line)
    assert context == (Hop("repl", repl),)


def test_root_prompts_with_output_between_them_are_commands() -> None:
    found = actions("# rabbitmqctl status", "Status of node rabbit@mq-1 ...", "# rabbitmqctl stop_app", "Stopping rabbit application on node rabbit@mq-1 ...")  # fmt: skip
    assert [text for text, _ in found] == ["rabbitmqctl status", "rabbitmqctl stop_app"]


def test_a_comment_above_commands_that_nobody_knows_is_no_command() -> None:
    found = actions("# systemctl status web", "relayctl --pool out", label="bash")
    assert [text for text, _ in found] == ["relayctl --pool out"]


def test_nobody_enters_a_pod_from_inside_another() -> None:
    text = "# X\n\n## Steps\n\n```\nkubectl exec -it a-0 -- sh\n```\n\n```\nkubectl exec -it b-0 -- sh\n```\n\n```\nls -l\n```\n"
    (step,) = [s for section in compile_text(text, "x.md").sections for s in section.steps()]
    assert step.context == (Hop("pod", "b-0"),)
