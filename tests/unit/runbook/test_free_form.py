"""Runbooks without the usual headings: ways, hosts and commands said in sentences are heard all the same."""

import pytest

from tocsin.runbook.book import Choice, Hop, Step
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.words.fallbacks import in_vain
from tocsin.runbook.words.whereabouts import host_in, session_in

RESTART = "kubectl -n shop rollout restart deploy/consumer"
SCALE = "kubectl -n shop scale deploy/consumer --replicas=10"
PURGE = "rabbitmqctl purge_queue -p shop checkout"


def said(step: Step) -> str:
    return "\n".join(action.text for action in step.actions)


def steps(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Queue backlog\n\n{text}".encode(), "shop.md")
    return [step for section in book.sections for step in section.steps()]


def ways(text: str) -> list[list[str]]:
    """The commands of each way of each choice."""
    book = compile_text(f"# Shop\n\n## Queue backlog\n\n{text}".encode(), "shop.md")
    found = [node for section in book.sections for node in section.nodes() if isinstance(node, Choice)]
    return [
        [said(step) for option in one.options for step in option.body if isinstance(step, Step)]
        for one in found
    ]


def fence(command: str) -> str:
    return f"```\n{command}\n```\n\n"


@pytest.mark.parametrize(
    "words",
    [
        "If that doesn't help: scale up to 10 (normally 3). Don't forget to scale down again.",
        "If that doesn't help, scale up to 10.",
        "Still stuck? Scale up to 10.",
        "Failing that, scale up",
        "As a last resort, scale up",
        "Should that not help, scale up to 10",
        "Nothing changed?",
        "Hilft das nicht, auf 10 vergrößern.",
        "Als letztes Mittel vergrößern",
        "En dernier recours, augmentez à 10.",
        "Como último recurso, suba a 10",
        "Em último caso, aumente para 10.",
        "Si no basta, suba a 10.",
    ],
)  # fmt: skip
def test_what_is_done_when_all_else_was_in_vain_is_another_way_also_without_a_colon(words: str) -> None:
    assert ways(f"Restart the consumers:\n\n{fence(RESTART)}{words}\n\n{fence(SCALE)}") == [[RESTART, SCALE]]


def test_three_ways_in_ascending_order_are_one_choice() -> None:
    text = f"Restart:\n\n{fence(RESTART)}If it persists, scale up.\n\n{fence(SCALE)}Worst case purge the queue (orders are lost!):\n\n{fence(PURGE)}"
    assert ways(text) == [[RESTART, SCALE, PURGE]]


@pytest.mark.parametrize(
    "words",
    [
        "The worst case is a lost order.",
        "Worst-case latency is 5 s.",
        "Is the queue empty now?",
        "Not a member? Ask Dana.",
        "No errors?",
        "Then scale up to 10.",
        "Nothing in the queue?",
        "Last option B was removed in May.",
    ],
)
def test_words_that_only_look_like_it_make_no_choice(words: str) -> None:
    assert ways(f"Restart the consumers:\n\n{fence(RESTART)}{words}\n\n{fence(SCALE)}") == []


@pytest.mark.parametrize(
    ("text", "ends"),
    [("As a last resort, delete", 16), ("Still red? Kill it", 10), ("Letztes Mittel: löschen", 14), ("Restart it", None)],
)  # fmt: skip
def test_the_words_end_where_the_instruction_begins(text: str, ends: int | None) -> None:
    assert in_vain(text) == ends


@pytest.mark.parametrize(
    "opening",
    [
        "1. ssh into the box: `ssh db-1.prod`\n2. `df -h /var/lib/postgresql`\n",
        "Log in to the box with `ssh db-1.prod` and check the disk:\n\n" + fence("df -h /var/lib/postgresql"),
        "On `db-1.prod`:\n\n" + fence("df -h /var/lib/postgresql"),
        "On the host `db-1.prod`, look at the disk.\n\n" + fence("df -h /var/lib/postgresql"),
        "Auf dem Server `db-1.prod`:\n\n" + fence("df -h /var/lib/postgresql"),
        "Sur le serveur `db-1.prod` :\n\n" + fence("df -h /var/lib/postgresql"),
        "1. On `db-1.prod`:\n\n   ```\n   df -h /var/lib/postgresql\n   ```\n",
    ],
)
def test_what_a_sentence_sends_to_another_host_never_runs_here(opening: str) -> None:
    (look,) = [step for step in steps(opening) if said(step).startswith("df")]
    assert look.context[:1] == (Hop("host", "db-1.prod"),)


def test_a_host_is_said_for_what_comes_next_and_a_session_for_the_rest_of_the_section() -> None:
    text = f"On `db-1`:\n\n{fence('df -h')}Then:\n\n{fence('kubectl get pods')}"
    assert [step.context[:1] for step in steps(text)] == [(Hop("host", "db-1"),), ()]
    text = f"Connect with `ssh db-1`.\n\n{fence('df -h')}Then:\n\n{fence('uptime -p')}"
    assert [step.context[:1] for step in steps(text) if step.actions] == [(Hop("host", "db-1"),)] * 2


def test_two_hosts_are_a_place_that_no_target_is() -> None:
    (look,) = steps(f"On `web1` and `web2`:\n\n{fence('df -h')}")
    assert look.context == (Hop("host", "web1, web2"),)


@pytest.mark.parametrize(
    "text",
    [
        "On the `main` branch:", "On `main`:", "On `nginx.conf`:", "On `us-east-1`:", "On `sda1`:", "On `pg16`:", "On port `8080`:",
        "On `checkout` namespace:", "From `app.log`:", "The host `db-1` is slow:", "On `prod-1` cluster:",
    ],
)  # fmt: skip
def test_what_is_no_host_sends_nobody(text: str) -> None:
    assert host_in(text) is None


def test_commands_in_the_sentences_of_a_section_that_holds_commands_are_steps() -> None:
    text = (
        "First look at the consumers: `kubectl -n shop get pods -l app=consumer`, then the depth with `rabbitmqctl list_queues -p shop name messages`.\n\n"
        f"Restart them\n\n{fence(RESTART)}"
    )
    assert [said(step) for step in steps(text)] == [
        "kubectl -n shop get pods -l app=consumer", "rabbitmqctl list_queues -p shop name messages", RESTART,
    ]  # fmt: skip


def test_a_sentence_above_a_fence_is_its_title_with_or_without_a_colon() -> None:
    text = f"Restart the consumers\n\n{fence(RESTART)}and scale them\n\n{fence(SCALE)}"
    assert [step.title for step in steps(text)] == ["Restart the consumers", "scale them"]


def test_nothing_of_it_breaks_what_stays_text() -> None:
    """Sections that only tell keep their words, and no step is made of them."""
    book = compile_text(
        b"# Shop\n\n## Architecture\n\nOn `web1` we run nginx. As a last resort there is a spare.\n",
        "shop.md",
    )
    assert not [step for section in book.sections for step in section.steps()]
    assert "spare" in "".join(each.text for section in book.sections for each in section.walk())


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("SSH to lb-1", "lb-1"),
        ("ssh into the affected node and run:", "<affected node>"),
        ("Find the node of the pod, then ssh into it.", "<host>"),
        ("ssh in to the box", "<box>"),
        ("Log in to lb-1 via SSH", "lb-1"),
        ("Per SSH auf lb-1 verbinden", "lb-1"),
        ("SSH to the host is disabled.", None),
        ("If SSH to the node fails, call the provider.", None),
        ("SSH access is required.", None),
        ("Check the SSH keys.", None),
        ("Connect to the database.", None),
    ],
)
def test_a_host_entered_in_words_is_heard_and_one_without_a_name_is_a_hole(
    text: str, host: str | None
) -> None:
    assert session_in(text) == host


@pytest.mark.parametrize(
    "opening",
    [
        "1. SSH to lb-1\n2. `sudo certbot renew`\n",
        "SSH to lb-1.\n\n" + fence("sudo certbot renew"),
        "### On `lb-1`\n\n" + fence("sudo certbot renew"),
        "### On `lb-1`\n\n**Renew**\n\n" + fence("sudo certbot renew"),
        fence("ssh lb-1\nsudo certbot renew"),
    ],
)
def test_what_follows_runs_on_the_host_that_was_entered(opening: str) -> None:
    (renewed,) = [step for step in steps(opening) if step.actions]
    assert renewed.context[:1] == (Hop("host", "lb-1"),)


@pytest.mark.parametrize("hole", ["<affected host>", "<ip of the node>", "{{ host }}", "<node>", "$HOST"])
def test_a_hole_of_several_words_is_one_place_to_enter(hole: str) -> None:
    """`ssh <affected host>` with lines below it once was one command, and without a label no command at all."""
    for label in ("bash", ""):
        (removed,) = [
            step for step in steps(f"```{label}\nssh {hole}\nrm -rf /tmp/cache\n```\n") if step.actions
        ]
        assert [action.text for action in removed.actions] == ["rm -rf /tmp/cache"]
        assert removed.context == (Hop("host", hole),)


def test_on_the_affected_host_is_a_place_somebody_has_to_name() -> None:
    (look,) = steps(f"Run as `root` on the affected host:\n\n{fence('df -h')}")
    assert look.context == (Hop("host", "<affected host>"),)


def test_who_logs_out_in_a_sentence_is_back() -> None:
    text = f"Connect with `ssh redis-1`.\n\n{fence('redis-cli ping')}Log out (`exit`) and look from here:\n\n{fence('redis-cli -h redis-1 ping')}"
    inside, outside = [step for step in steps(text) if step.actions]
    assert inside.context == (Hop("host", "redis-1"),)
    assert Hop("host", "redis-1") not in outside.context


def test_one_goes_on_from_a_bastion_and_back_from_any_other_host() -> None:
    text = f"SSH to bastion-1.\n\nThen ssh to db-1:\n\n{fence('df -h')}SSH to db-2.\n\n{fence('df -i')}"
    first, second = [step for step in steps(text) if step.actions]
    assert first.context == (Hop("host", "bastion-1"), Hop("host", "db-1"))
    assert second.context == (Hop("host", "db-2"),)


def test_a_question_before_a_command_asks_for_it_and_a_case_with_a_colon_is_one() -> None:
    text = (
        "* Is the database up?\n  `pg_isready -h db.internal`\n* If OOM: restart the container `docker restart payments`\n\n"
        + fence("docker ps")
    )
    assert [said(step) for step in steps(text)] == [
        "pg_isready -h db.internal",
        "docker restart payments",
        "docker ps",
    ]


@pytest.mark.parametrize(
    "words",
    [
        "Do not `exit` or close this session yet.",
        "If it hangs, `exit`, leave and try again.",
        "Never leave by `exit` here.",
        "Die Sitzung nicht mit `exit` verlassen.",
        "No salir con `exit`.",
    ],
)
def test_who_is_told_not_to_leave_or_only_in_a_case_is_still_inside(words: str) -> None:
    text = f"Connect with `ssh redis-1`.\n\n{words}\n\n{fence('redis-cli ping')}"
    (inside,) = [step for step in steps(text) if step.actions]
    assert inside.context == (Hop("host", "redis-1"),)


def test_a_collection_of_commands_sends_its_reader_too() -> None:
    text = f"# Shop\n\n## Useful commands\n\nLog in with `ssh db-1`:\n\n{fence('df -h')}On `db-2`:\n\n{fence('df -i')}"
    book = compile_text(text.encode(), "shop.md")
    first, second = [step for section in book.sections for step in section.steps() if step.actions]
    assert first.context == (Hop("host", "db-1"),)
    assert second.context == (Hop("host", "db-2"),)


def test_the_first_of_two_options_is_called_as_its_own_words_call_it() -> None:
    text = (
        "# Pictures\n\n## Pictures fail\n\nMitigate:\n\nOption A – roll back\n\n```bash\nhelm -n img rollback resizer 2\n```\n\n"
        "Option B – scale up\n\n```bash\nkubectl -n img scale deploy/resizer --replicas=9\n```\n"
    )
    steps = [step for section in compile_text(text).sections for step in section.steps()]
    assert [step.title for step in steps] == ["Option A – roll back", "Option B – scale up"]
