"""Who may say yes to what, and for how long a yes counts."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.effects.effect import Effect
from tocsin.incident.approval import approvals_needed, digest, objection
from tocsin.incident.events import Approved, AskMade
from tocsin.incident.state import Ask, AskState
from tocsin.kit.ids import AskId, PersonId, StepId

NOW = datetime(2025, 10, 7, 3, tzinfo=UTC)
DIGEST = digest((("pm2 restart api", "local"),))


def ask(
    effect: str = "disrupt", state: AskState = AskState.OPEN, proposed_by: str = "tocsin", needed: int = 1
) -> Ask:
    made = AskMade(
        AskId("INC-1.a1"), StepId("0" * 12), "1.4", "Restart", "pm2 restart api", "local", DIGEST, effect, (), (), None,
        None, "no", None, (), (), NOW + timedelta(minutes=15), needed, proposed_by,
    )  # fmt: skip
    return Ask(made, NOW, state)


def yes(by: str = "ana", confirm: str | None = None, shown: str = DIGEST) -> Approved:
    return Approved(AskId("INC-1.a1"), PersonId(by), shown, confirm)


def test_a_yes_in_time_to_what_was_shown_counts() -> None:
    assert objection(ask(), yes(), NOW) is None


def test_a_yes_to_another_text_does_not_count() -> None:
    assert "look at it again" in (objection(ask(), yes(shown="f" * 64), NOW) or "")


def test_a_yes_after_the_deadline_does_not_count() -> None:
    assert "expired" in (objection(ask(), yes(), NOW + timedelta(minutes=15)) or "")


@pytest.mark.parametrize("state", [state for state in AskState if state is not AskState.OPEN])
def test_a_question_that_is_settled_takes_no_more_answers(state: AskState) -> None:
    assert objection(ask(state=state), yes(), NOW)


def test_who_proposed_a_disruption_does_not_approve_it_but_may_approve_a_mere_change() -> None:
    assert objection(ask("disrupt", proposed_by="ana"), yes("ana"), NOW)
    assert objection(ask("disrupt", proposed_by="ana"), yes("bo"), NOW) is None
    assert objection(ask("change", proposed_by="ana"), yes("ana"), NOW) is None


def test_what_destroys_needs_two_people_and_the_typed_name_of_its_target() -> None:
    assert approvals_needed(Effect.DESTROY) == approvals_needed(Effect.UNKNOWN) == 2
    dangerous = ask("destroy", needed=2)
    assert "type the name" in (objection(dangerous, yes(), NOW) or "")
    assert objection(dangerous, yes(confirm="local"), NOW) is None
    once = Ask(dangerous.made, NOW, AskState.OPEN, (yes(confirm="local"),))
    assert "second person" in (objection(once, yes(confirm="local"), NOW) or "")
    assert objection(once, yes("bo", confirm="local"), NOW) is None


def test_one_character_or_one_host_more_is_another_digest() -> None:
    assert digest((("pm2 restart api ", "local"),)) != DIGEST
    assert digest((("pm2 restart api", "web-2"),)) != DIGEST
    assert digest((("a", "b"), ("c", "d"))) != digest((("a", "bc"), ("", "d")))
