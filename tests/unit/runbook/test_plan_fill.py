"""Filling holes: a value stays a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.runbook.builders import step

from tocsin.effects.effect import Effect, Judgement
from tocsin.effects.judge import judge
from tocsin.runbook.book import Placeholder, StepKind
from tocsin.runbook.fill import fill
from tocsin.runbook.lint.shell import read


def hole(name: str, spelling: str, kind: str = "text", default: str | None = None) -> Placeholder:
    return Placeholder(name, (spelling,), kind, default=default)


def calm(text: str, language: str) -> Judgement:
    return Judgement(Effect.CHANGE)


CHECKOUT = step("git checkout <commit>", Effect.CHANGE, placeholders=(hole("commit", "<commit>", "commit"),))
MESSAGE = step('git commit -m "Hotfix: <words>"', Effect.CHANGE, placeholders=(hole("words", "<words>"),))
SEARCH = step(
    "SELECT * FROM t WHERE name = '<name>'",
    Effect.CHANGE,
    kind=StepKind.SQL,
    placeholders=(hole("name", "<name>"),),
)


def test_a_plain_value_is_put_in() -> None:
    assert fill(CHECKOUT, {"commit": "4fe21ab"}, calm).texts == ("git checkout 4fe21ab",)


@pytest.mark.parametrize(
    "value",
    [
        "a; rm -rf /",
        "$(id)",
        "`id`",
        "x y",
        "--force",
        "",
        "a\nb",
        "'",
        '"',
        "<commit>",
        "a|b",
        "a\x00b",
        "a && b",
    ],
)
def test_a_value_that_is_more_than_a_value_is_refused(value: str) -> None:
    filled = fill(CHECKOUT, {"commit": value}, calm)
    assert filled.texts == ()
    assert filled.reasons


def test_a_default_is_used_and_an_open_hole_blocks() -> None:
    with_default = step("a <x>", Effect.CHANGE, placeholders=(hole("x", "<x>", default="1"),))
    assert fill(with_default, {}, calm).texts == ("a 1",)
    left = fill(CHECKOUT, {}, calm)
    assert left.open == ("commit",)
    assert left.reasons == ("commit has no value",)


def test_words_stay_inside_their_quotation() -> None:
    assert fill(MESSAGE, {"words": "null check in cart"}, calm).texts == (
        'git commit -m "Hotfix: null check in cart"',
    )
    assert fill(MESSAGE, {"words": 'x" && rm -rf / "'}, calm).reasons
    assert fill(MESSAGE, {"words": "$(id)"}, calm).reasons


def test_a_quote_in_sql_is_doubled() -> None:
    assert fill(SEARCH, {"name": "O'Neill"}, calm).texts == ("SELECT * FROM t WHERE name = 'O''Neill'",)


ROW = step(
    'psql -d shop -c "UPDATE t SET a = 1 WHERE id = <id>"', Effect.CHANGE, placeholders=(hole("id", "<id>"),)
)


@pytest.mark.parametrize("value", ["1 OR 1=1", "id", "1--", "1;DROP TABLE t", "TRUE", "1,2"])
def test_a_value_in_sql_stays_one_value(value: str) -> None:
    assert fill(ROW, {"id": value}, calm).texts == ()


def test_a_number_may_stand_bare_in_sql() -> None:
    assert fill(ROW, {"id": "42"}, calm).texts == ('psql -d shop -c "UPDATE t SET a = 1 WHERE id = 42"',)


def test_what_a_second_shell_reads_takes_bare_words_only() -> None:
    remote = step("ssh host rm /srv/<file>", Effect.CHANGE, placeholders=(hole("file", "<file>"),))
    assert fill(remote, {"file": "a.txt"}, calm).texts == ("ssh host rm /srv/a.txt",)
    assert fill(remote, {"file": "a b"}, calm).texts == ()
    assert fill(remote, {"file": "a;id"}, calm).texts == ()


def test_the_filled_text_is_judged_again_by_the_real_judge() -> None:
    scale = step(
        "kubectl scale deployment api --replicas=<n>",
        Effect.CHANGE,
        placeholders=(hole("n", "<n>", "integer"),),
    )
    zero = fill(scale, {"n": "0"})
    assert zero.texts == ()
    assert "disrupt" in zero.reasons[0]


def test_a_name_the_step_does_not_have_is_refused() -> None:
    assert "no parameter" in fill(CHECKOUT, {"commit": "abcd", "other": "x"}, calm).reasons[0]


def test_a_value_that_changes_the_effect_blocks() -> None:
    scaled = step("kubectl scale deployment api --replicas=<n>", placeholders=(hole("n", "<n>", "integer"),))
    before = judge(scaled.text)
    again = fill(
        step(scaled.text, before.effect, placeholders=scaled.placeholders),
        {"n": "0"},
        lambda t, _: Judgement(Effect.DESTROY),
    )
    assert again.texts == ()
    assert "effect" in again.reasons[0]


def test_a_secret_is_never_repeated_in_a_reason() -> None:
    secret = step("x <token>", Effect.CHANGE, placeholders=(hole("token", "<token>", "secret"),))
    assert not any("hunter2" in reason for reason in fill(secret, {"token": "hunter2\n"}, calm).reasons)


def test_a_longer_name_is_not_mistaken_for_a_shorter_one() -> None:
    both = step("rm $DIRECTORY $DIR", Effect.CHANGE, placeholders=(hole("dir", "$DIR"),))
    assert fill(both, {"dir": "/srv/x"}, calm).texts == ("rm $DIRECTORY /srv/x",)


@given(st.text(max_size=40))
def test_no_value_ever_adds_a_word_or_a_command(value: str) -> None:
    for template in ("tool <x> end", "tool '<x>' end", 'tool "<x>" end', "tool --key=<x> end"):
        one = step(template, Effect.CHANGE, placeholders=(hole("x", "<x>"),))
        for text in fill(one, {"x": value}, calm).texts:
            [command] = read(text).commands
            assert len(command.words) == 3
            assert command.words[1].removeprefix("--key=") == value


def test_a_hole_that_could_take_the_worst_value_is_a_plain_change_with_another_and_never_worse() -> None:
    replicas = hole("replicas", "<replicas>", "integer")
    text = "kubectl scale deployment shop --replicas=<replicas> -n shop"
    template = step(text, Effect.DISRUPT, placeholders=(replicas,))

    def judged(filled: str, language: str) -> Judgement:
        return Judgement(judge(filled, language).effect)

    assert fill(template, {"replicas": "4"}, judged).judgements[0].effect is Effect.CHANGE
    assert fill(template, {"replicas": "0"}, judged).judgements[0].effect is Effect.DISRUPT
    calmed = step(text, Effect.CHANGE, placeholders=(replicas,))
    assert "disrupt, not change" in fill(calmed, {"replicas": "0"}, judged).reasons[0]
