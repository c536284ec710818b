"""SELF-09: a step of the machine's clock neither delays nor doubles what is due."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tocsin.kit.clock import SteadyClock

START = datetime(2025, 10, 7, 3, tzinfo=UTC)


@dataclass
class Hands:
    """A machine whose two clocks are moved by hand."""

    wall: datetime = START
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def passes(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds


def test_a_clock_set_back_by_ten_minutes_delays_a_page_of_five_minutes_by_a_few_seconds() -> None:
    hands = Hands()
    clock = SteadyClock(hands)
    due = clock.now() + timedelta(minutes=5)
    hands.wall -= timedelta(minutes=10)
    clock.now()
    hands.passes(5 * 60 + 20)
    assert clock.now() >= due


def test_a_clock_set_forward_is_followed_at_once() -> None:
    hands = Hands()
    clock = SteadyClock(hands)
    hands.wall += timedelta(hours=2)
    assert clock.now() == START + timedelta(hours=2)


def test_after_a_step_back_both_agree_again() -> None:
    hands = Hands()
    clock = SteadyClock(hands)
    hands.wall -= timedelta(minutes=1)
    clock.now()
    hands.passes(21 * 60)
    clock.now()
    hands.passes(1)
    assert clock.now() == hands.wall


def test_a_step_is_told_with_its_size_and_ordinary_time_is_not() -> None:
    told: list[timedelta] = []
    hands = Hands()
    clock = SteadyClock(hands, told.append)
    hands.passes(100)
    clock.now()
    hands.wall -= timedelta(minutes=10)
    clock.now()
    assert told == [timedelta(minutes=-10)]


@given(st.lists(st.tuples(st.floats(0, 3600), st.floats(-80_000, 3600)), max_size=30))
def test_time_never_goes_back_and_never_runs_slower_than_nineteen_twentieths(
    moves: list[tuple[float, float]],
) -> None:
    hands = Hands()
    clock = SteadyClock(hands)
    before, ran = clock.now(), 0.0
    behind = timedelta(0)
    for passed, stepped in moves:
        hands.passes(passed)
        hands.wall += timedelta(seconds=stepped)
        now = clock.now()
        ran += passed
        if now < before:  # only when it had been wrong by more than a day
            behind += before - now
            assert behind > timedelta(days=1)
            return
        assert now - before >= timedelta(seconds=passed * 0.94)
        before = now
