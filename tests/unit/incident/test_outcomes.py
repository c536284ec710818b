"""SEV-10: what became of each promise is read from the log: kept, or missed by how much."""

from datetime import date, timedelta
from pathlib import Path

from tocsin.incident.outcomes import Outcome, outcomes
from tocsin.runbook.book import Runbook
from tocsin.runbook.document import Text, read
from tocsin.testing.story import tell

ROOT = Path(__file__).parents[3]


def _runbook(path: str) -> Runbook:
    return read(Text(Path(path), (ROOT / path).read_text(encoding="utf-8")), date(2025, 10, 7))


def promises(*happened: str) -> dict[str, list[Outcome]]:
    text = "\n".join(["runbook: examples/prepchef/runbook.md", "", *happened])
    found: dict[str, list[Outcome]] = {}
    for outcome in outcomes(tell(text, _runbook).world.log):
        found.setdefault(outcome.clock, []).append(outcome)
    return found


ALERT = '03:00 >> alert "strange noise" impact "Major feature unavailable"'


def test_an_answer_in_time_is_a_promise_kept() -> None:
    (respond,) = promises(ALERT, "03:02 >> ana acknowledges")["respond"]
    assert respond.met
    assert respond.missed_by is None


def test_an_answer_too_late_is_missed_by_what_it_was_late() -> None:
    (respond,) = promises(ALERT, "03:17 >> ana acknowledges")["respond"]
    assert not respond.met
    assert respond.missed_by == timedelta(minutes=2)


def test_what_is_still_owed_is_missed_without_an_end() -> None:
    (respond,) = promises(ALERT, "03:45 >> dee notes dark")["respond"]
    assert (respond.met, respond.kept_at) == (False, None)


def test_a_word_to_the_public_in_time_and_one_too_late() -> None:
    told = promises(
        ALERT, "03:02 >> ana acknowledges", "03:03 >> ana sends public", "03:09 >> ana sends public"
    )
    assert [(each.met, each.missed_by) for each in told["public update"]] == [
        (True, None),
        (False, timedelta(minutes=1)),
    ]


def test_a_cause_named_in_time_is_kept_and_one_that_became_moot_is_left_out() -> None:
    named = promises(ALERT, "03:02 >> ana acknowledges", "03:05 >> ana guesses: the fan")
    assert [each.met for each in named["investigate"]] == [True]
    moot = promises(ALERT, "03:02 >> ana acknowledges", "03:05 >> ana lowers to P3 because one user")
    assert "investigate" not in moot
