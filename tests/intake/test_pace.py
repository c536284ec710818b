"""Whose answers are held back: never whoever is alone or keeps to its share, and nobody for long."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.engine.foreign.pace import AHEAD, LONGEST_SECONDS, SHARE, THERE_SECONDS, Pace

TICK = 0.025


def test_whoever_is_alone_is_answered_at_once_however_much_it_sends() -> None:
    pace = Pace()
    assert [pace.hold("flood", 10 + number / 10_000) for number in range(5_000)] == [0.0] * 5_000


def test_a_flood_beside_another_key_is_answered_no_faster_than_its_share() -> None:
    pace, now, answered = Pace(), 10.0, 0
    while now < 20.0:
        pace.hold("other", now)
        now += max(pace.hold("flood", now), 1e-4)  # it waits for each answer before it sends again
        answered += 1
    assert answered <= 10 * SHARE + 2 * AHEAD


def test_a_key_that_keeps_to_its_share_is_never_held_back_beside_a_flood() -> None:
    pace = Pace()
    for number in range(2_000):
        now = 10 + number / 1_000
        pace.hold("flood", now)
        if number % 10 == 0:  # a hundred a second
            assert pace.hold("small", now) == 0.0


def test_a_flood_is_answered_at_once_again_when_the_other_key_has_gone() -> None:
    pace = Pace()
    pace.hold("other", 10.0)
    while pace.hold("flood", 10.0) == 0.0:
        pass
    assert pace.hold("flood", 10.0 + THERE_SECONDS) == 0.0


def test_a_burst_within_its_share_is_no_flood() -> None:
    pace = Pace()
    pace.hold("other", 10.0)
    assert [pace.hold("burst", 10.0) for _ in range(20)] == [0.0] * 20


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 0.5)), max_size=300))
def test_no_answer_is_held_longer_than_a_sender_waits(what: list[tuple[str, float]]) -> None:
    pace, now = Pace(), 1_000.0
    for key, later in what:
        now += later
        assert 0.0 <= pace.hold(key, now) <= LONGEST_SECONDS + TICK
