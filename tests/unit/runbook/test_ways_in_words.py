"""Ways of which one is taken, told in words: "pick one of these", "two ways", tries, cases at the start of every item."""

import pytest
from tests.unit.runbook.reading import choices, only, steps

from tocsin.runbook.book import ChoiceKind, ConditionKind, Role
from tocsin.runbook.words.roles import condition_kind
from tocsin.runbook.words.ways import begins_tries, next_try, picks_one

TWO = "\n\n- Restart it: `systemctl restart web`\n- Reboot: `systemctl reboot`\n"


@pytest.mark.parametrize(
    "words",
    [
        "Pick **one** of these:", "Choose one:", "Do one of the following:", "There are two ways:", "Use either of these:",
        "Make room. Select one of the options below:", "Es gibt zwei Möglichkeiten:", "Nur eine davon:", "Haga uno de los siguientes:",
    ],
)  # fmt: skip
def test_of_a_list_from_which_one_is_to_be_taken_nobody_runs_two(words: str) -> None:
    (choice,) = choices(words + TWO)
    assert choice.kind is ChoiceKind.ALTERNATIVES
    assert len(choice.options) == 2


def test_so_it_is_where_an_item_says_it_about_the_list_in_it() -> None:
    (choice,) = choices(
        "1. Make room. Pick one of these:\n   - `redis-cli CONFIG SET maxmemory 2gb`\n   - as a last resort: `redis-cli FLUSHDB`\n2. Look: `redis-cli DBSIZE`\n"
    )
    assert [option.condition.text if option.condition else None for option in choice.options] == [
        None, "as a last resort",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "Pick one node and do this:", "There are two ways to lose data here, so:", "Do all of the following:", "One by one:",
        "If one of these fails, stop:", "Take one replica out, then:",
    ],
)  # fmt: skip
def test_other_lists_go_on_in_order(words: str) -> None:
    three = TWO + "- Look: `systemctl status web`\n"
    assert not [choice for choice in choices(words + three) if choice.kind is ChoiceKind.ALTERNATIVES]


def test_a_count_of_ways_is_believed_where_as_many_items_follow() -> None:
    assert picks_one("There are two ways:", 2)
    assert not picks_one("There are two ways:", 3)


def test_a_further_try_is_for_when_those_before_it_did_not_help() -> None:
    text = (
        "First try (works mostly): restart it\n\n```\nsystemctl restart web\n```\n\n"
        "Second try:\n\n1. `systemctl stop web`\n2. `systemctl start web`\n\n"
        "Third: restore it. What was written since is gone!\n\n```\npg_restore --clean -d x x.dump\n```\n"
    )
    (choice,) = choices(text)
    assert choice.kind is ChoiceKind.FALLBACK
    assert len(choice.options) == 3
    assert steps(text)[-1].warned


def test_first_second_third_without_a_try_is_a_sequence() -> None:
    text = "First: stop it\n\n```\nsystemctl stop web\n```\n\nSecond: start it\n\n```\nsystemctl start web\n```\n"
    assert choices(text) == []
    assert begins_tries("1st attempt: restart")
    assert next_try("Secondly we look") is None


@pytest.mark.parametrize(
    "words", ["Does neither help?", "None of these helped?", "Neither works?", "Second attempt:", "Try 2:"]
)
def test_what_is_for_when_nothing_helped_waits_for_that(words: str) -> None:
    text = f"```\nsystemctl reload web\n```\n\n{words}\n\n```\nsystemctl restart web\n```\n"
    (choice,) = choices(text)
    assert choice.kind is ChoiceKind.FALLBACK


@pytest.mark.parametrize(
    "items",
    [
        "- for `quota`: do nothing, it retries\n- for `invalid`: move it\n\n  ```\n  mv /in/x /out/\n  ```\n- for anything else: ask Tove\n",
        "* memory exhausted → drain nothing! add one: `mv /in/x /out/`\n* filtered → someone changed it, look there\n",
        "- für Fehler 7: `mv /in/x /out/`\n- für Fehler 8: Anna anrufen\n",
    ],
)
def test_items_that_all_begin_with_their_case_are_cases(items: str) -> None:
    (choice,) = choices(items)
    assert choice.kind is ChoiceKind.CASES
    assert all(condition is not None for _, condition in only(items))


@pytest.mark.parametrize(
    "items",
    [
        "- for `web`: `systemctl restart web`\n- then look: `systemctl status web`\n",
        "1. for web: `systemctl restart web`\n2. for db: `systemctl restart db`\n",
        "- for each node: `systemctl restart web`\n- for all of them: `systemctl restart db`\n",
    ],
)
def test_other_items_are_none(items: str) -> None:
    assert choices(items) == []


def test_roll_back_below_a_case_is_what_to_do_in_it() -> None:
    text = (
        "**Case 1: out of memory**\n\n```\nsystemctl restart web\n```\n\n**Case 2: bad release**\n\nRoll back:\n\n```\ngit checkout v1\n```\n\n"
        "**Case 3: anything else**\n\nCall the owner.\n"
    )
    (choice,) = choices(text)
    assert [option.label for option in choice.options] == [
        "Case 1: out of memory", "Case 2: bad release", "Case 3: anything else",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["To put it back later:", "and turn it on again afterwards:", "Back in service:", "Scale back once the queue is empty:"],
)  # fmt: skip
def test_what_is_taken_back_later_is_the_way_back_and_no_remedy(words: str) -> None:
    text = f"Take it out:\n\n```\nnomad node drain -enable n1\n```\n\n{words}\n\n```\nnomad node drain -disable n1\n```\n"
    out, back = steps(text)
    assert back.role is Role.ROLLBACK
    assert out.undone_by == (back.id,)


@pytest.mark.parametrize(
    "words", ["Put the last version back:", "Start it again:", "Turn it off and on again:", "Switch it back:"]
)
def test_a_remedy_that_goes_back_at_once_stays_one(words: str) -> None:
    *_, step = steps(f"{words}\n\n```\ngit checkout v1\n```\n")
    assert step.role is Role.MITIGATION


def test_what_is_done_at_the_sight_of_a_state_is_a_case_and_so_is_what_goes_on_from_it() -> None:
    text = (
        "`LOG_BACKUP`: take one.\n\n```sh\nbackup-log orders\n```\n\n`ACTIVE_TRANSACTION`: find the session\n\n```sql\nSELECT 1 FROM sessions;\n```\n\n"
        "and end it, after a talk with its owner:\n\n```sql\nKILL 57;\n```\n"
    )
    assert [condition for _, condition in only(text)] == [
        "LOG_BACKUP",
        "ACTIVE_TRANSACTION",
        "ACTIVE_TRANSACTION",
    ]


def test_the_planned_way_and_the_forced_one_are_never_both_taken() -> None:
    text = "Planned (both green), on the secondary:\n\n```\npg_ctl promote\n```\n\nForced (the primary is lost), on the secondary:\n\n```\npg_ctl promote -f\n```\n"
    (choice,) = choices(text)
    assert choice.kind is ChoiceKind.ALTERNATIVES
    assert {hop.name for step in steps(text) for hop in step.context} == {"<secondary>"}


def test_a_forced_restart_with_nothing_planned_before_it_is_a_step() -> None:
    assert (
        choices("Look:\n\n```\nsystemctl status x\n```\n\nForced restart:\n\n```\nsystemctl restart x\n```\n")
        == []
    )


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Se connecter à web-3", None),
        ("Se placer dans `/srv/app`", None),
        ("Se connecter, si besoin", None),
        ("Se precisar, reinicie", ConditionKind.CASE),
        ("Se falhar, reinicie", ConditionKind.IF_FAILED),
        ("Se o nó sumiu, reinicie", ConditionKind.CASE),
    ],
)
def test_a_french_verb_with_se_is_an_order_and_no_condition(words: str, kind: ConditionKind | None) -> None:
    assert condition_kind(words) is kind


def test_states_in_code_or_bold_are_cases_of_which_nobody_has_all() -> None:
    body = (
        "- `NODE_LEFT` – retry: `curl -X POST http://es/_cluster/reroute?retry_failed=true`\n"
        "- `AllocationFailed` – restart the node: `systemctl restart elasticsearch`\n"
        "- `CLUSTER_RECOVERED` – nothing to do.\n"
    )
    (choice,) = choices(body)
    assert choice.kind is ChoiceKind.CASES
    assert [option.label for option in choice.options] == [
        "NODE_LEFT",
        "AllocationFailed",
        "CLUSTER_RECOVERED",
    ]
    (choice,) = choices(
        "- **OOMKilled**: raise it with `kubectl set resources deploy/api --limits=memory=1Gi`\n"
        "- **ImagePullBackOff**: go back with `kubectl rollout undo deploy/api`\n"
    )
    assert choice.kind is ChoiceKind.CASES


def test_names_in_bold_and_terms_with_their_meaning_are_no_cases() -> None:
    assert (
        choices(
            "- **PostgreSQL**: `systemctl restart postgresql`\n- **RabbitMQ**: `systemctl restart rabbit`\n"
        )
        == []
    )
    assert choices("- `NODE_LEFT` – a node is gone.\n- `ALLOCATION_FAILED` – it cannot be placed.\n") == []
    assert steps("- `NODE_LEFT` – a node is gone.\n- `ALLOCATION_FAILED` – it cannot be placed.\n") == []
