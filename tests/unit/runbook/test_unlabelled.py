"""What a person is to type into a program nobody here knows is a step by hand, not lost; what is printed stays text."""

import pytest

from tocsin.runbook.book import Step, StepKind
from tocsin.runbook.compile import compile as compile_text


def found(text: str) -> list[Step]:
    book = compile_text(f"# Shop\n\n## Queue stuck\n\nSymptoms: nothing moves.\n\n{text}", "shop.md")
    return [step for section in book.sections for step in section.steps()]


@pytest.mark.parametrize(
    "typed", ["mqtool -x drain --all", "zonetool reload -f /etc/zones", "brokershell ops@mq1\nSHOW QUEUES;\nFAILOVER;"]
)  # fmt: skip
def test_a_line_with_options_for_an_unknown_program_is_typed_by_hand(typed: str) -> None:
    (step,) = found(f"On the broker's console:\n\n    {typed.replace(chr(10), chr(10) + '    ')}\n")
    assert (step.kind, step.title, step.text) == (StepKind.MANUAL, "On the broker's console", typed)


def test_what_must_be_so_first_is_its_condition() -> None:
    (step,) = found("Never without the vendor on the phone.\n\n```\nmqtool -x drain --all\n```\n")
    assert step.title == "mqtool -x drain --all"
    assert step.condition is not None
    assert step.condition.text == "Never without the vendor on the phone."


@pytest.mark.parametrize(
    "printed",
    ["queue    messages\norders   12", "error: no such queue - see the log", "Usage of /srv is at 98 %", "depth = 5"],
)  # fmt: skip
def test_what_is_printed_stays_text(printed: str) -> None:
    assert found(f"```\n{printed}\n```\n") == []


def test_what_is_labelled_as_text_is_no_step() -> None:
    assert found("```text\nmqtool -x drain --all\n```\n") == []


def test_labels_below_each_other_in_one_paragraph_are_sections_of_their_own() -> None:
    text = "Fix:\n\n```bash\nsystemctl restart mq\n```\n\nVerify: the queue moves.\nRollback: start the old broker.\n"
    assert [(step.role.value, step.title) for step in found(text)] == [
        ("mitigation", "Fix"),
        ("verification", "the queue moves"),
        ("rollback", "start the old broker"),
    ]


@pytest.mark.parametrize("words", ["To undo", "Way back", "Rollback"])
def test_a_command_behind_the_words_for_the_way_back_is_no_remedy(words: str) -> None:
    text = (
        f"```bash\nsystemctl stop mq\n```\n\nGood when the queue is empty. {words}: `systemctl start mq`.\n"
    )
    assert [step.role.value for step in found(text)] == ["mitigation", "rollback"]
