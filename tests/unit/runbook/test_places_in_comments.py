"""A comment that names a machine says where the lines below it run, until another does or the fence ends."""

import pytest
from tests.unit.runbook.reading import only, steps

from tocsin.runbook.words.whereabouts import host_in, host_in_comment


def hosts(text: str) -> list[tuple[str, str | None]]:
    """The commands with the machine each runs on."""
    return [
        (action.text, next((hop.name for hop in action.context if hop.kind == "host"), None))
        for step in steps(text)
        for action in step.actions
    ]


def test_lines_below_a_comment_run_where_it_says() -> None:
    text = (
        "```bash\n# on web-a, if it still answers\nsystemctl stop shop\n\n# on web-b\nsystemctl start shop\n\n# look\nsystemctl status shop\n\n"
        "# from your laptop:\nterraform plan\n```\n\n```bash\nuptime\n```\n"
    )
    assert hosts(text) == [
        ("systemctl stop shop", "web-a"), ("systemctl start shop", "web-b"), ("systemctl status shop", "web-b"),
        ("terraform plan", None), ("uptime", None),
    ]  # fmt: skip
    assert only(text)[0] == ("systemctl stop shop", "if it still answers")


def test_a_lettered_way_from_the_own_machine_runs_there() -> None:
    text = "```bash\n# on web-b\nsystemctl start shop\n\n# a) in the console\n# b) from your laptop:\nterraform plan\n```\n"
    assert hosts(text) == [("systemctl start shop", "web-b"), ("terraform plan", None)]


def test_a_role_without_a_name_is_a_hole() -> None:
    assert hosts("```bash\n# On the primary:\nsystemctl stop pg\n# on db2:\nsystemctl start pg\n```\n") == [
        ("systemctl stop pg", "<primary>"), ("systemctl start pg", "db2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "comment",
    [
        "on failure",
        "on Debian",
        "on success: look",
        "on pre-prod",
        "on call-out",
        "on ubuntu22",
        "on port 80",
    ],
)
def test_other_comments_name_no_machine(comment: str) -> None:
    assert host_in_comment(comment) is None
    assert hosts(f"```bash\n# {comment}\nsystemctl restart web\n```\n") == [("systemctl restart web", None)]


def test_lines_that_go_there_themselves_need_no_comment() -> None:
    assert hosts("```bash\n# on web1\nssh web1.example.net\nuptime\n```\n") == [
        ("uptime", "web1.example.net")
    ]


@pytest.mark.parametrize("name", ["db-pay-1", "eu-web-2", "mq-a-1"])
def test_a_machine_of_two_letters_and_more_is_no_region(name: str) -> None:
    assert host_in(f"Auf `{name}`:") == name


@pytest.mark.parametrize("name", ["eu-west-1", "us-east-2", "ap-southeast-1", "us-gov-west-1"])
def test_a_region_is_no_machine(name: str) -> None:
    assert host_in(f"On `{name}`:") is None
