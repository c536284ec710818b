"""Where a sentence says that something runs, it runs there or nowhere: a host, a container, a namespace, a user, a directory."""

import pytest

from tocsin.runbook.book import Hop, Step
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.words.surroundings import goes_out, surroundings
from tocsin.runbook.words.whereabouts import host_in


def steps(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Queue backlog\n\n### Mitigation\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps() if step.actions]


def fence(*commands: str) -> str:
    return "```\n" + "\n".join(commands) + "\n```\n\n"


@pytest.mark.parametrize(
    ("words", "host"),
    [
        ("Run the following on **cache-1** and **cache-2**:", "cache-1, cache-2"),
        ("Repeat on `vault-2` and `vault-3`.", "vault-2, vault-3"),
        ("Restart `nginx` on `web1`.", "web1"),
        ("On web1 and web2:", "web1, web2"),
        ("On web1 do the same:", "web1"),
        ("On the primary, run", "<primary>"),
        ("On the new primary:", "<new primary>"),
        ("On each worker node:", "<worker node>"),
        ("On cache3 raise the limit:", "cache3"),
        ("Put the old files back (on both of the file servers):", "<both of the file servers>"),
        ("Empty the spool on every mail host, one at a time:", "<every mail host>"),
        ("Neu starten auf allen vier Knoten:", "<allen vier knoten>"),
    ],
)
def test_what_is_said_to_run_on_a_host_runs_on_it(words: str, host: str) -> None:
    (step,) = steps(f"{words}\n\n{fence('systemctl restart shop')}")
    assert step.context == (Hop("host", host),)


@pytest.mark.parametrize(
    "words",
    [
        "On the server:", "On the primary key:", "Start the deploy on `main`:", "Run this query on `orders`:", "On day1:", "On step2:",
        "On cache3 the limit is low:", "Scale it on all clusters:", "On RHEL8:", "On Ubuntu 22:", "The replica on `db-2` is slow:", "Restart the service on Monday:",
    ],
)  # fmt: skip
def test_what_is_no_host_is_not_taken_for_one(words: str) -> None:
    assert host_in(words) is None


@pytest.mark.parametrize(
    "command", ["for h in a b; do ssh $h reboot; done", "ansible mail -a 'reboot'", "kubectl drain n1"]
)
def test_what_reaches_every_machine_by_itself_runs_from_where_one_stands(command: str) -> None:
    (step,) = steps(f"Do it on every mail host:\n\n{fence(command)}")
    assert step.context == ()


def test_a_prompt_says_better_where_it_is_than_the_sentence_above_it() -> None:
    (step,) = steps("On the primary:\n\n" + fence("[root@db-1 ~]# systemctl status postgresql"))
    assert step.context == (Hop("host", "db-1", "root"),)


@pytest.mark.parametrize(
    ("words", "hop"),
    [
        ("Inside the container:", Hop("container", "<container>")),
        ("Run the following in the cassandra container:", Hop("container", "<cassandra container>")),
        ("In container `db`, run", Hop("container", "db")),
        ("In the affected pod:", Hop("pod", "<affected pod>")),
        ("All commands below in namespace `cache`:", Hop("namespace", "cache")),
        ("In the `orders` namespace:", Hop("namespace", "orders")),
        ("As the `postgres` user:", Hop("user", "postgres")),
        ("From `/srv/app`:", Hop("cwd", "/srv/app")),
        ("Go to `/srv/worker` and run:", Hop("cwd", "/srv/worker")),
        ("Switch context with `kubectl config use-context prod`, then:", Hop("cluster", "prod")),
        ("Go to the folder with `cd /srv/app` and run:", Hop("cwd", "/srv/app")),
    ],
)
def test_what_is_said_about_the_place_of_the_commands_below_holds_for_them(words: str, hop: Hop) -> None:
    (step,) = steps(f"{words}\n\n{fence('./flush.sh all')}")
    assert step.context == (hop,)


@pytest.mark.parametrize(
    "words",
    [
        "Pods in namespace `shop` restart.", "In the namespace where it runs:", "In the same namespace:", "In the pod spec:",
        "In the pod logs look for:", "In a new container:", "As root:", "As a workaround:", "In `/etc/nginx/nginx.conf`, change:",
    ],
)  # fmt: skip
def test_what_is_only_named_is_no_place_to_run_at(words: str) -> None:
    assert surroundings(words) is None


def test_a_place_that_the_command_names_itself_is_not_doubled() -> None:
    (step,) = steps("In namespace `shop`:\n\n" + fence("kubectl -n shop get pods"))
    assert step.context == ()
    (step,) = steps("Inside the pod:\n\n" + fence("kubectl exec web-0 -- df -h"))
    assert step.context == ()


def test_a_directory_said_in_a_list_holds_for_the_items_below() -> None:
    (step,) = steps("1. Go to the app: `cd /srv/app`\n2. Roll back: `./deploy.sh rollback`\n")[-1:]
    assert step.context == (Hop("cwd", "/srv/app"),)


def test_a_place_said_for_one_fence_ends_with_it() -> None:
    found = steps(f"Inside the container:\n\n{fence('rm -rf /data/tmp')}Then:\n\n{fence('kubectl get pods')}")
    assert [step.context for step in found] == [(Hop("container", "<container>"),), ()]


def test_who_logs_out_or_is_at_the_own_laptop_is_no_longer_inside() -> None:
    text = f"1. SSH to `vault-1`.\n2. `vault operator unseal -reset`\n3. Log out of the server.\n4. `vault status -format=json`\n\nFrom your laptop:\n\n{fence('vault status')}"
    assert [step.context for step in steps(text)] == [(Hop("host", "vault-1"),), (), ()]
    text = f"SSH to `vault-1`.\n\nFrom your laptop:\n\n{fence('vault status -format=json')}Then:\n\n{fence('vault operator seal')}"
    assert [step.context for step in steps(text)] == [(), (Hop("host", "vault-1"),)]


@pytest.mark.parametrize(
    "words", ["Exit the code freeze.", "Leave it running.", "Log out users.", "Exit code 1"]
)
def test_what_is_left_is_no_session(words: str) -> None:
    assert not goes_out(words)


LOG_IN = "## Disks are slow\n\nLog in to `nas-1` and look at the disks:\n\n```\nssh nas-1\nzpool status\n{end}```\n\nTake it out:\n\n```\nzpool offline tank sda\n```\n"


@pytest.mark.parametrize(("end", "after"), [("", "nas-1"), ("exit\n", None)])
def test_who_is_sent_by_words_and_by_ssh_is_there_once_until_it_is_left(end: str, after: str | None) -> None:
    book = compile_text("# Storage\n\n" + LOG_IN.format(end=end))
    found = [
        (action.text, [hop.name for hop in action.context if hop.kind == "host"])
        for section in book.sections
        for step in section.steps()
        for action in step.actions
    ]
    assert found == [("zpool status", ["nas-1"]), ("zpool offline tank sda", [after] if after else [])]


def test_leaving_an_ssh_leaves_the_host_of_a_heading_to_the_heading() -> None:
    text = "# S\n\n## On `db-1`\n\n```bash\nssh db-1\nsystemctl stop postgresql\nexit\n```\n\n```bash\nrm -rf /var/cache/x\n```\n"
    actions = [
        action
        for section in compile_text(text).sections
        for step in section.steps()
        for action in step.actions
    ]
    assert [(action.text, action.context) for action in actions] == [
        ("systemctl stop postgresql", (Hop("host", "db-1"),)),
        ("rm -rf /var/cache/x", (Hop("host", "db-1"),)),
    ]


@pytest.mark.parametrize(
    ("sentence", "host"),
    [
        ("On the primary (`pg-1`), look at the disk:", "pg-1"),
        ("Auf dem DB-Server (`sql01`) nachsehen:", "sql01"),
        ("On the CI runner (runner-3) run:", "runner-3"),
        ("On the branch (`fix-12`):", None),
        ("In the namespace (`shop-1`):", None),
        ("In the logs (app-1.log) look for:", None),
    ],
)
def test_a_name_in_brackets_behind_what_it_is_tells_the_host(sentence: str, host: str | None) -> None:
    assert host_in(sentence) == host
