"""What a name over folded commands says: an example, or what was done once, is run by nobody unless somebody asks."""

import pytest
from tests.unit.runbook.reading import only

FENCE = '```\n$ kubectl -n orders delete pod -l app=consumer\npod "consumer-7c" deleted\n```'
COMMAND = "kubectl -n orders delete pod -l app=consumer"


@pytest.mark.parametrize(
    "name", ["Example of a bad day (March)", "What we did in March", "Old way", "Beispiel vom 3. März"]
)
@pytest.mark.parametrize("line_break", ["", "\n"])
def test_an_example_or_the_past_in_a_fold_waits_to_be_asked_for(name: str, line_break: str) -> None:
    fold = f"<details>{line_break}<summary>{name}</summary>\n\n{FENCE}\n\n</details>\n"
    assert only(fold) == [(COMMAND, name)]


@pytest.mark.parametrize("name", ["Commands", "Delete the consumers", "How to delete the consumers"])
def test_a_fold_that_only_hides_commands_hides_steps(name: str) -> None:
    assert only(f"<details><summary>{name}</summary>\n\n{FENCE}\n\n</details>\n") == [(COMMAND, None)]


@pytest.mark.parametrize(
    "text",
    [
        "NS=catalog\nkubectl -n $NS get certificate",
        'ns="catalog"  # where it lives\nkubectl -n ${ns} get certificate',
        "NS=catalog\nAPP=web\nkubectl -n $NS rollout status deploy/$APP",
    ],
)
def test_variables_set_for_the_commands_below_them_make_no_text_of_a_fence(text: str) -> None:
    assert [said for said, _ in only(f"```\n{text}\n```\n")] != []


@pytest.mark.parametrize(
    "text",
    ["NS=catalog\nAPP=web", "DB_HOST=db-1\nstatus: green", "NS=catalog\nkubectl -n other get certificate"],
)  # fmt: skip
def test_values_that_no_command_below_uses_are_no_commands(text: str) -> None:
    assert only(f"```\n{text}\n```\n") == []
