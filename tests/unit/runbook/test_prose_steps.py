"""Commands that a paragraph asks for one after the other, and ways marked by letters."""

import pytest

from tocsin.runbook.book import Choice, ChoiceKind
from tocsin.runbook.compile import compile

HEAD = "# Mail\n\n## Mail hangs\n\n### Mitigation\n\n"


def commands(text: str) -> list[str]:
    steps = (step for section in compile(HEAD + text).walk() for step in section.steps())
    # a subsection is walked with its parent and by itself
    return list(dict.fromkeys(action.text for step in steps for action in step.actions))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Stop the worker with `systemctl stop worker`, then empty the spool: `rm -rf /srv/spool/x` and start it with `systemctl start worker`.\n",
            ["systemctl stop worker", "rm -rf /srv/spool/x", "systemctl start worker"],
        ),
        (
            "Run `postqueue -p`. Then run `postfix flush`\nand look at `/var/log/mail.log`.\n",
            ["postqueue -p", "postfix flush"],
        ),
        (
            "1. Pause the queue with `rabbitmqctl stop_app` and go on with `rabbitmqctl start_app`.\n2. Tell the team.\n",
            ["rabbitmqctl stop_app", "rabbitmqctl start_app"],
        ),
        (
            "Stoppen Sie den Dienst mit `systemctl stop worker` und starten Sie ihn mit `systemctl start worker`.\n",
            ["systemctl stop worker", "systemctl start worker"],
        ),
    ],
)
def test_a_paragraph_that_asks_for_several_commands_has_a_step_for_each(
    text: str, expected: list[str]
) -> None:
    assert commands(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The worker is started by cron with `systemctl start worker` and stopped with `systemctl stop worker`.\n",
        "Restart it with `systemctl restart a` or with `systemctl restart b`.\n",
        "Restart it with `systemctl restart a`; if it stays down, run `systemctl restart b`.\n",
        "`rm -rf /srv/a` and `rm -rf /srv/b` lose the mail.\n",
        "Use `systemctl restart a` and never `systemctl stop b`.\n",
        "Compare `ls -l /srv/a` with `ls -l /srv/b`.\n",
    ],
)
def test_what_is_only_spoken_of_or_left_open_is_no_step(text: str) -> None:
    assert commands(text) == []


def choices(text: str) -> list[Choice]:
    return [node for section in compile(text).walk() for node in section.body if isinstance(node, Choice)]


def test_lettered_ways_that_are_announced_are_a_choice() -> None:
    text = "# Labor\n\n## Kanal steht\n\n### Beheben\n\nDanach gibt es zwei Wege:\n\na) Dienst neu starten\n\n```bash\nsystemctl restart x\n```\n\nb) Server neu starten\n\n```bash\nreboot\n```\n"
    (choice,) = choices(text)
    assert choice.kind is ChoiceKind.ALTERNATIVES
    assert [option.label for option in choice.options] == ["a) Dienst neu starten", "b) Server neu starten"]


def test_lettered_steps_that_nobody_announced_as_ways_are_done_in_order() -> None:
    text = "# Labor\n\n## Kanal steht\n\n### Beheben\n\nIn order:\n\na) stop it\n\n```bash\nsystemctl stop x\n```\n\nb) start it\n\n```bash\nsystemctl start x\n```\n"
    assert choices(text) == []


@pytest.mark.parametrize(
    "otherwise", ["En otro caso:", "De lo contrario:", "Andernfalls:", "Dans le cas contraire:"]
)
def test_otherwise_is_the_other_case_in_several_languages(otherwise: str) -> None:
    text = f"# Web\n\n## No responde\n\n### Mitigación\n\nSi responde 502:\n\n```bash\nsystemctl restart x\n```\n\n{otherwise}\n\n```bash\nreboot\n```\n"
    (choice,) = choices(text)
    assert choice.kind is ChoiceKind.CASES
    assert len(choice.options) == 2


def test_a_fence_without_a_label_holds_a_house_s_own_program() -> None:
    fence = "```\nrelayctl --pool outbound disable mx-2\nrelayctl --pool outbound status\n```\n"
    assert commands(fence) == ["relayctl --pool outbound disable mx-2", "relayctl --pool outbound status"]
    assert commands("```\nsystemctl, relayctl and the others are on the jump host.\n```\n") == []
