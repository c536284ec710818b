"""A command in a sentence that says what it shows is a look with that expectation; one that is only spoken of is not."""

import pytest

from tocsin.effects.effect import Effect
from tocsin.runbook.book import Step, StepKind
from tocsin.runbook.compile import compile as compile_runbook


def steps(text: str) -> list[Step]:
    return [step for section in compile_runbook(f"# Shop\n\n{text}\n").sections for step in section.steps()]


FIRST = "## Search is slow\n\n```bash\nsystemctl restart search\n```\n\n"


@pytest.mark.parametrize(
    ("sentence", "command", "value"),
    [
        ("`systemctl is-active search` prints `active`.", "systemctl is-active search", "active"),
        ("`systemctl is-active search` should print `active`.", "systemctl is-active search", "active"),
        ('Verify: `psql -h db-2 -c "select pg_is_in_recovery()"` prints `t`.', 'psql -h db-2 -c "select pg_is_in_recovery()"', "t"),
        ("It worked if `curl -fsS http://search/health` answers `ok`.", "curl -fsS http://search/health", "ok"),
        ("`systemctl is-active search` liefert `active`.", "systemctl is-active search", "active"),
    ],
)  # fmt: skip
def test_what_a_command_prints_is_looked_at(sentence: str, command: str, value: str) -> None:
    last = steps(FIRST + sentence)[-1]
    assert (last.kind, last.judgement.effect) == (StepKind.SHELL, Effect.OBSERVE)
    assert [action.text for action in last.actions] == [command]
    assert [expected.value for expected in last.expects] == [value]


@pytest.mark.parametrize(
    "sentence",
    [
        "`kubectl get pods` lists the pods of a namespace.",
        "`systemctl is-active search` prints `active` when the unit is up, otherwise `failed`.",
        "The output of `systemctl is-active search` is one word.",
    ],
)
def test_what_is_only_explained_is_no_step(sentence: str) -> None:
    assert len([step for step in steps(FIRST + sentence) if step.actions]) == 1


def test_a_numbered_list_of_commands_in_sentences_is_a_procedure() -> None:
    found = steps(
        "## Search does not start\n\n1. Restart it: `systemctl restart search`\n2. `systemctl is-active search` returns `active`\n"
        "3. Done when `curl -fsS http://search/health` answers 200.\n"
    )
    assert [action.text for step in found for action in step.actions] == [
        "systemctl restart search", "systemctl is-active search", "curl -fsS http://search/health",
    ]  # fmt: skip


def test_words_behind_a_command_are_its_title() -> None:
    found = steps(
        "## Jobs pile up\n\n1. `kubectl -n v get jobs` - how many run?\n2. Scale out: `kubectl -n v scale deploy/t --replicas=9`\n"
    )
    assert [(step.title, step.judgement.effect) for step in found] == [
        ("how many run?", Effect.OBSERVE), ("Scale out", Effect.CHANGE),
    ]  # fmt: skip


def test_who_does_it_is_no_title_of_a_row() -> None:
    found = steps(
        "## Rollback\n\n| Step | Command | Who |\n|---|---|---|\n| 1 | `helm -n v history t` | on-call |\n"
        "| 2 | `helm -n v rollback t <revision>` | on-call |\n"
    )
    assert "on-call" not in [step.title for step in found]
    assert len(found) == 2


def test_a_list_that_explains_commands_is_no_procedure() -> None:
    explained = (
        "- `systemctl restart web` - restarts the web server\n- `kubectl -n x drain n1` - evicts the pods of a node\n"
        "- `journalctl -u web -n 50` - the last lines\n"
    )
    assert [step for step in steps("## Commands\n\n" + explained) if step.actions] == []
    assert len([step for step in steps(FIRST + explained) if step.actions]) == 1
