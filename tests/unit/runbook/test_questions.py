"""A question is a condition: what changes something behind it is done only where the answer is yes."""

import pytest
from tests.unit.runbook.reading import HEAD, choices, only, steps

from tocsin.runbook.book import ChoiceKind, ConditionKind
from tocsin.runbook.compile import compile as compile_text
from tocsin.runbook.words.questions import asks_only, condition_by_question, question

RESTART = "\n\n```bash\nsystemctl restart web\n```\n"


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("More than 50 active? Restart the API:", "More than 50 active?"),
        ("Exit code 137? Out of memory. Restart it:", "Exit code 137?"),
        ("Is a node missing? Start it:", "Is a node missing?"),
        ("kubelet dead?", "kubelet dead?"),
        ("**Still more than 90 %?**", "Still more than 90 %?"),
        ("Mehr als 10000 Nachrichten und kein Verbraucher? Dann neu starten:", "Mehr als 10000 Nachrichten und kein Verbraucher?"),
        ("¿Más de 50 conexiones? Reinicie:", "Más de 50 conexiones?"),
        ("More than 50\nconnections? Restart the API:", "More than 50 connections?"),
        ("Expected: `off`. If it is still on, restart it:", "If it is still on"),
    ],
)  # fmt: skip
def test_what_stands_behind_a_question_is_done_only_if_so(words: str, condition: str) -> None:
    assert only(words + RESTART) == [("systemctl restart web", condition)]


@pytest.mark.parametrize(
    "item",
    [
        "- Disk full? `rm -rf /var/cache/x`",
        "- Disk full? → `rm -rf /var/cache/x`",
        "1. Disk full?\n\n       rm -rf /var/cache/x\n",
        "- [ ] Disk full? Clear the cache: `rm -rf /var/cache/x`",
    ],
)
def test_so_it_is_in_an_item_of_a_list(item: str) -> None:
    assert only(item) == [("rm -rf /var/cache/x", "Disk full?")]


def test_two_questions_one_after_the_other_are_cases_of_which_nobody_has_both() -> None:
    text = f"More than 50? Restart it:{RESTART}\nFewer than 50? Look:\n\n```bash\nsystemctl status db\n```\n"
    (choice,) = choices(text)
    assert choice.kind is ChoiceKind.CASES
    assert [option.condition.text for option in choice.options if option.condition] == [
        "More than 50?", "Fewer than 50?",
    ]  # fmt: skip


def test_a_heading_that_is_a_question_asks_before_what_changes_something_below_it() -> None:
    text = HEAD + "#### More than 50 connections?\n\n```bash\nss -s\n```\n" + RESTART
    looks, restart = [s for section in compile_text(text, "x.md").sections for s in section.steps()]
    assert looks.condition is None
    assert restart.condition is not None
    assert restart.condition.kind is ConditionKind.CASE


@pytest.mark.parametrize(
    "words",
    [
        "Which server? Restart it:", "How many? Restart the rest:", "What now? Restart it:", "Ready? Restart it:",
        "Welcher Knoten? Neu starten:", "Why? Because it hangs. Restart it:", "Restart it (why not?):",
        "Restart it. Does it help? Tell us:", "Open http://x/?a=b and restart it:",
    ],
)  # fmt: skip
def test_a_question_that_asks_for_a_value_or_stands_elsewhere_holds_nothing_back(words: str) -> None:
    assert only(words + RESTART) == [("systemctl restart web", None)]


@pytest.mark.parametrize(
    "text",
    [
        "- Old files? `ls /backup | wc -l`", "Is the pod running?\n\n```bash\nkubectl get pods\n```\n",
        "Is the database up? Check with:\n\n```bash\npg_isready\n```\n",
    ],
)  # fmt: skip
def test_a_question_that_looking_answers_holds_nothing_back(text: str) -> None:
    assert [condition for _, condition in only(text)] == [None]


@pytest.mark.parametrize(
    "words",
    [
        "Healthy? Fine, stop here. Otherwise:", "Fewer than 50? Do nothing. Else restart it:",
        "If it is green, call Bob. Otherwise, restart it:",
    ],
)  # fmt: skip
def test_what_is_for_the_other_case_says_so_and_never_the_opposite(words: str) -> None:
    ((_, condition),) = only(words + RESTART)
    assert condition == words.rstrip(":")


def test_the_last_words_of_an_item_are_a_condition_of_the_next() -> None:
    text = "1. Start it:\n   ```\n   systemctl start x\n   ```\n   Works? Fine, stop here. Otherwise:\n2. Clear it:\n   ```\n   rm -rf /var/x\n   ```\n"
    assert only(text)[1] == ("rm -rf /var/x", "Works? Fine, stop here. Otherwise")


def test_a_session_opened_in_one_case_is_not_open_in_the_next() -> None:
    first, second = steps(
        "1. Node broken? SSH into the node and run `systemctl restart kubelet`\n2. Neither? Replace it: `terraform apply`\n"
    )
    assert [hop.name for hop in first.context] == ["<node>"]
    assert second.context == ()


def test_without_a_second_case_what_follows_stays_in_the_session() -> None:
    *_, last = steps(
        "1. Broken? SSH into the node and run `systemctl stop x`\n2. Clear it: `rm -rf /var/x`\n"
    )
    assert [hop.name for hop in last.context] == ["<node>"]


def test_questions_are_read_as_such() -> None:
    assert question("Is it up? Then go") == 9
    assert question("Look here. Is it up?") is None
    assert condition_by_question("Stuck? → restart it") == 6
    assert asks_only("**Stuck?**".strip("*"))
    assert not asks_only("Stuck? Restart it")


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("Yellow? Wait ten minutes. Red? Then restart it:", "Red?"),
        ("Status gelb? Dann abwarten (10 Minuten). Rot? Dann neu starten:", "Rot?"),
        ("More than 50? Ask Ana. Still more than 50 after an hour? Restart:", "Still more than 50 after an hour?"),
    ],
)  # fmt: skip
def test_of_several_questions_the_last_one_decides_what_stands_below(words: str, condition: str) -> None:
    assert only(words + RESTART) == [("systemctl restart web", condition)]
