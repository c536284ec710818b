"""Below a host that was named for one block, nobody knows whether the reader is still there: what changes a machine waits for that."""

import pytest

from tocsin.runbook.book import Step
from tocsin.runbook.compile import compile as compile_runbook


def _steps(body: str) -> list[Step]:
    book = compile_runbook(f"# Depot\n\n## Parcels are stuck\n\n{body}\n")
    return [step for section in book.sections for step in section.steps() if step.actions]


def _places(body: str) -> list[tuple[str, list[str]]]:
    return [
        (step.actions[0].text, [hop.name for hop in step.context if hop.kind == "host"])
        for step in _steps(body)
    ]


def _fence(*lines: str) -> str:
    return "\n\n```bash\n" + "\n".join(lines) + "\n```\n\n"


@pytest.mark.parametrize("words", ["If it does not start:", "Then restart it:", "Restart:"])
def test_a_change_below_waits_for_a_place(words: str) -> None:
    body = f"On `db-1`:{_fence('systemctl status postgresql')}{words}{_fence('systemctl restart postgresql')}"
    assert _places(body) == [
        ("systemctl status postgresql", ["db-1"]),
        ("systemctl restart postgresql", ["db-1, or here"]),
    ]


def test_items_of_a_list_are_no_different() -> None:
    body = "1. Log in to `mq-1` and look:\n   ```bash\n   rabbitmqctl status\n   ```\n2. Move it:\n   ```bash\n   mv /a /b\n   ```\n3. `systemctl start mq`\n"
    assert [places for _, places in _places(body)] == [["mq-1"], ["mq-1, or here"], ["mq-1, or here"]]


def test_what_reaches_its_machine_from_anywhere_is_where_it_says() -> None:
    body = (
        f"On `db-1`:{_fence('df -h')}Then:{_fence('kubectl -n shop rollout restart deployment/api')}"
        f"{_fence('ansible-playbook site.yml')}{_fence('ssh db-2 systemctl restart x')}"
    )
    assert [places for _, places in _places(body)] == [["db-1"], [], [], []]


@pytest.mark.parametrize(
    "words", ["Back on your laptop:", "On your workstation:", "Log out of db-1 again, then:", "On `db-2`:"]
)
def test_a_word_about_the_place_ends_the_doubt(words: str) -> None:
    body = f"On `db-1`:{_fence('df -h')}{words}{_fence('rm -rf ./build')}"
    assert all("or here" not in name for _, places in _places(body) for name in places)


def test_who_came_back_by_a_command_is_back() -> None:
    body = f"On `db-1`:{_fence('ssh db-1', 'df -h', 'exit')}Then:{_fence('rm -rf ./build')}"
    assert _places(body)[-1] == ("rm -rf ./build", [])


def test_the_author_is_told() -> None:
    book = compile_runbook(
        f"# Depot\n\n## Parcels are stuck\n\nOn `db-1`:{_fence('df -h')}Then:{_fence('systemctl restart web')}"
    )
    (said,) = [each.message for each in book.diagnostics if "or it runs nowhere" in each.message]
    assert "db-1" in said
