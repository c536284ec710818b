"""What counts of several, and what is never said: fine without data, a hundred percent with an outage."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.status.boards import COMPONENTS, FULL, NOW, OPEN, OVER, WORKS

from tocsin.status import words
from tocsin.status.board import DAYS, Day, State, last_days, together, worst
from tocsin.status.spans import joined, length, without


def test_nothing_known_is_unknown_and_unknown_is_worse_than_fine() -> None:
    assert worst([]) is State.UNKNOWN
    assert worst([State.OPERATIONAL, State.UNKNOWN]) is State.UNKNOWN
    assert worst([State.UNKNOWN, State.MAJOR, State.PARTIAL]) is State.MAJOR


def test_there_are_always_ninety_days_and_those_without_data_say_so() -> None:
    days = last_days(NOW.date(), [Day(NOW.date(), timedelta(hours=1))])
    assert len(days) == DAYS
    assert {day.word for day in days[:-1]} == {"no data"}
    assert days[-1].word == "fine"


def test_a_component_is_as_bad_as_its_worst_check_and_known_only_where_all_are() -> None:
    today = NOW.date()
    one = [Day(today, timedelta(hours=3), timedelta(minutes=2))]
    other = [Day(today, timedelta(hours=2), timedelta(), timedelta(minutes=5))]
    last = together(today, [one, other])[-1]
    assert last == Day(today, timedelta(hours=2), timedelta(minutes=2), timedelta(minutes=5))
    assert together(today, [one, []])[-1].known == timedelta(minutes=2)


def at(*hours: tuple[float, float]) -> tuple[tuple[int, int], ...]:
    return tuple((round(start * 3_600_000), round(end * 3_600_000)) for start, end in hours)


def down(*hours: tuple[float, float], told: bool = True) -> Day:
    took = timedelta(hours=sum(end - start for start, end in hours))
    return Day(NOW.date(), timedelta(days=1), took, down_spans=at(*hours) if told else ())


def test_outages_of_two_checks_at_different_hours_are_both_the_components() -> None:
    last = together(NOW.date(), [[down((1, 2))], [down((5, 7))]])[-1]
    assert (last.down, last.down_spans) == (timedelta(hours=3), at((1, 2), (5, 7)))


def test_what_two_checks_saw_at_the_same_time_is_counted_once() -> None:
    last = together(NOW.date(), [[down((1, 4))], [down((2, 5), (9, 10))]])[-1]
    assert (last.down, last.known) == (timedelta(hours=5), timedelta(days=1))


def test_degraded_is_what_was_slow_while_nothing_was_down() -> None:
    slow = Day(NOW.date(), timedelta(days=1), degraded=timedelta(hours=4), degraded_spans=at((1, 5)))
    last = together(NOW.date(), [[slow], [down((2, 3))]])[-1]
    assert (last.down, last.degraded) == (timedelta(hours=1), timedelta(hours=3))


def test_a_day_counted_before_the_hours_were_remembered_keeps_its_meaning() -> None:
    last = together(NOW.date(), [[down((1, 2), told=False)], [down((5, 7))]])[-1]
    assert (last.down, last.told_whole) == (timedelta(hours=2), False)


SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12)


@given(SPANS, SPANS)
def test_united_spans_hold_every_moment_of_any_and_none_else(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    def moments(spans: list[tuple[int, int]]) -> set[int]:
        return {moment for start, end in spans for moment in range(start, end)}

    both, first, second = joined([*one, *other]), joined(one), joined(other)
    assert moments(both) == moments(one) | moments(other)
    assert length(both) == len(moments(both))
    assert all(before[1] < after[0] for before, after in pairwise(both))
    assert moments(without(first, second)) == moments(first) - moments(second)


def test_a_second_of_downtime_is_never_rounded_to_a_hundred_percent() -> None:
    full = [Day(NOW.date() - timedelta(days=n), timedelta(days=1)) for n in range(DAYS)]
    full[3] = replace(full[3], down=timedelta(seconds=1))
    part = replace(COMPONENTS[2], days=last_days(NOW.date(), full))
    assert part.uptime_percent == 99.99
    assert words.uptime(replace(part, days=last_days(NOW.date(), ()))) == "no data yet"


def test_a_promise_is_said_with_its_time_and_as_overdue_when_it_passed() -> None:
    assert words.promise(OPEN, NOW) == "Next update by 03:10 UTC"
    assert not OPEN.overdue(NOW)
    later = NOW + timedelta(hours=1)
    assert OPEN.overdue(later)
    assert words.overdue(OPEN, later) == "overdue since 03:10 UTC"
    assert words.promise(OVER, NOW) is None


def test_a_withdrawn_update_does_not_say_how_it_stands() -> None:
    newest = replace(OPEN.updates[0], withdrawn=True, state="resolved")
    assert replace(OPEN, updates=(newest, *OPEN.updates[1:])).state == "investigating"


def test_work_begins_ends_and_is_called_off() -> None:
    work = WORKS[0]
    assert [work.status(at) for at in (work.starts_at - timedelta(1), NOW, work.ends_at)] == [
        "scheduled", "in_progress", "completed",
    ]  # fmt: skip
    assert replace(work, over_at=NOW).status(NOW) == "completed"


def test_the_page_is_as_bad_as_its_worst_part() -> None:
    assert FULL.state is State.MAJOR
    assert replace(FULL, components=COMPONENTS[2:3], incidents=()).state is State.OPERATIONAL
