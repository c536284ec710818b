"""Who is on call: one answer for every instant, equal however it is asked, with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.oncall.plans import (
    BERLIN,
    DAY,
    HOUR,
    QUIET,
    WEEK,
    ZONES,
    amendment,
    ids,
    layer,
    naive,
    person,
    plan,
    rotation,
    utc,
    wall,
)  # fmt: skip
from tests.unit.oncall.test_walltime import transitions

from tocsin.oncall.amendment import Amendment, Kind
from tocsin.oncall.escalation import roster_at
from tocsin.oncall.layer import Layer, Window
from tocsin.oncall.schedule import Level, OnCall, on_call, shifts
from tocsin.oncall.walltime import instant, local

NAMES = ("ana", "bo", "chen", "dee")
SECOND = timedelta(seconds=1)

# -- plans of any kind -------------------------------------------------------------------------------

zones = st.sampled_from(ZONES).map(ZoneInfo)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.datetimes(naive("2005-01-01T00:00"), naive("2045-01-01T00:00")).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
lengths = st.one_of(
    st.sampled_from((HOUR, 8 * HOUR, 12 * HOUR, DAY, WEEK, 2 * WEEK)),
    st.integers(1, 400).map(lambda n: n * HOUR),
)
windows = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), times, times)


@st.composite
def layers(draw: st.DrawFn, name: str = "primary", *, whole: bool = False) -> Layer:
    first = draw(st.datetimes(naive("2005-01-01T00:00"), naive("2040-01-01T00:00"))).replace(
        second=0, microsecond=0
    )
    people = ids(*draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)))
    only = () if whole else tuple(draw(st.lists(windows, max_size=2)))
    begins = naive("2000-01-01T00:00") if whole else first
    ends = None if whole or draw(st.booleans()) else first + draw(st.integers(1, 900)) * HOUR
    return Layer(name, people, draw(zones), first, draw(lengths), begins, ends, only)


@st.composite
def amendments(draw: st.DrawFn, around: datetime) -> tuple[Amendment, ...]:
    made = []
    for _ in range(draw(st.integers(0, 4))):
        start = around + draw(st.integers(-72, 72)) * HOUR
        one, other = draw(st.permutations(NAMES))[:2]
        kind = draw(st.sampled_from(Kind))
        made.append(
            amendment(
                kind,
                one,
                start,
                start + draw(st.integers(1, 72)) * HOUR,
                other=other if kind is Kind.SWAP else None,
                level=None if kind is Kind.ABSENCE else draw(st.sampled_from((1, None))),
                number=len(made) + 1,
            )
        )
    return tuple(made)


EVERYBODY = tuple(person(name) for name in NAMES)


def whole_plan(*of_level: Layer) -> OnCall:
    return OnCall(EVERYBODY, (Level((), of_level, of_level[0].zone),))


# -- every instant has its answer --------------------------------------------------------------------


@QUIET
@given(layers(whole=True), moments, st.integers(1, 200))
def test_a_layer_without_restrictions_has_exactly_one_person_at_every_instant(
    of_level: Layer, start: datetime, hours: int
) -> None:
    end = start + hours * HOUR
    found = shifts(whole_plan(of_level), (), 1, start, end)
    assert all(len(shift.people) == 1 for shift in found)
    assert [shift.start for shift in found[1:]] == [shift.end for shift in found[:-1]]
    assert (found[0].start, found[-1].end) == (start, end)
    assert all(shift.start < shift.end for shift in found)


@QUIET
@given(layers(whole=True), st.integers(-300, 3000))
def test_a_hand_over_happens_when_the_wall_shows_its_time(of_level: Layer, number: int) -> None:
    turn = of_level.turn(number)
    said = of_level.first + number * of_level.length
    assert local(turn.start, of_level.zone) >= said > local(turn.start - SECOND, of_level.zone)
    assert of_level.turn(number + 1).start == turn.end
    if turn.start < turn.end:
        assert of_level.number_at(turn.start) == number
        assert of_level.number_at(turn.end - SECOND) == number


@pytest.mark.parametrize("name", ZONES)
def test_on_every_night_clocks_change_there_is_one_person_at_a_time_and_they_follow_each_other(
    name: str,
) -> None:
    zone = ZoneInfo(name)
    for length in (HOUR, DAY):
        rota = layer(*NAMES, zone=zone, start="2019-06-01", at="02:30", length=length)
        for change in transitions(zone, 2023, 2027):
            found = shifts(whole_plan(rota), (), 1, change - DAY, change + DAY)
            assert [shift.start for shift in found[1:]] == [shift.end for shift in found[:-1]]
            assert all(len(shift.people) == 1 for shift in found)
            for shift in found[1:]:
                shown = local(shift.start, zone)
                jumped = (
                    shift.start.astimezone(zone).utcoffset()
                    != (shift.start - SECOND).astimezone(zone).utcoffset()
                )
                assert jumped or (shown.minute, shown.second) == (30, 0)


@settings(QUIET, max_examples=150)
@given(st.data(), moments)
def test_shifts_say_of_every_instant_what_asking_about_it_says(data: st.DataObject, start: datetime) -> None:
    of_level = [data.draw(layers(name)) for name in ("low", "high")]
    known = data.draw(amendments(start))
    made = whole_plan(*of_level)
    end = start + data.draw(st.integers(1, 240)) * HOUR
    found = shifts(made, known, 1, start, end)
    assert [shift.start for shift in found[1:]] == [shift.end for shift in found[:-1]]
    assert (found[0].start, found[-1].end) == (start, end)
    for shift in found:
        length = shift.end - shift.start
        for at in (shift.start, shift.end - SECOND, shift.start + data.draw(st.floats(0, 0.999)) * length):
            answer = on_call(made, known, 1, at)
            assert (answer.people, answer.source) == (shift.people, shift.source)
            assert roster_at(made, known, at).levels == (shift.people,)


@settings(QUIET, max_examples=100)
@given(st.data(), moments)
def test_the_answer_depends_neither_on_the_order_of_asking_nor_on_where_one_begins_to_look(
    data: st.DataObject, start: datetime
) -> None:
    made = whole_plan(data.draw(layers("low")), data.draw(layers("high", whole=True)))
    known = data.draw(amendments(start))
    asked = [start + data.draw(st.integers(-500, 500)) * HOUR for _ in range(6)]
    forth = [on_call(made, known, 1, at) for at in asked]
    back = [on_call(made, tuple(reversed(known)), 1, at) for at in reversed(asked)]
    assert forth == back[::-1]
    whole = shifts(made, known, 1, start, start + 100 * HOUR)
    cut = start + data.draw(st.integers(1, 99)) * HOUR
    halves = (*shifts(made, known, 1, start, cut), *shifts(made, known, 1, cut, start + 100 * HOUR))
    for at in [shift.start for shift in whole]:
        assert [s.people for s in halves if s.start <= at < s.end] == [
            s.people for s in whole if s.start <= at < s.end
        ]


@QUIET
@given(st.data(), moments)
def test_nobody_absent_is_on_call_and_nobody_is_called_while_nobody_could_answer(
    data: st.DataObject, at: datetime
) -> None:
    made = whole_plan(data.draw(layers(whole=True)))
    known = data.draw(amendments(at))
    away = {each.person for each in known if each.kind is Kind.ABSENCE and each.holds(at)}
    answer = on_call(made, known, 1, at)
    assert not set(answer.people) & away
    assert answer.people or set(made.levels[0].everybody) <= away or known
    assert answer.because


def test_the_shifts_of_a_far_week_cost_as_much_as_those_of_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    real = instant

    def counting(at: datetime, zone: ZoneInfo) -> datetime:
        nonlocal asked
        asked += 1
        return real(at, zone)

    monkeypatch.setattr("tocsin.oncall.layer.instant", counting)
    made = whole_plan(layer(*NAMES, length=DAY))
    costs = []
    for start, days in (("2025-02-01T00:00", 30), ("2044-02-01T00:00", 30), ("2044-02-01T00:00", 60)):
        asked = 0
        shifts(made, (), 1, utc(start), utc(start) + days * DAY)
        costs.append(asked)
    near, far, twice = costs
    assert far == near
    assert twice <= 2.1 * near


# -- what each part does -----------------------------------------------------------------------------

MONDAY = wall("2025-01-06 09:00")


def people_at(made: OnCall, known: tuple[Amendment, ...], at: datetime, level: int = 1) -> tuple[str, ...]:
    return on_call(made, known, level, at).people


def test_people_take_their_turns_in_order() -> None:
    made = whole_plan(layer("ana", "bo", "chen"))
    assert [people_at(made, (), MONDAY + week * WEEK) for week in range(4)] == [
        ("ana",),
        ("bo",),
        ("chen",),
        ("ana",),
    ]
    assert people_at(made, (), MONDAY - SECOND) == ()


def test_a_later_layer_overrides_an_earlier_one_where_it_speaks() -> None:
    office = Window(frozenset(range(5)), time(9), time(17))
    made = whole_plan(layer("ana"), layer("bo", name="office", only=(office,)))
    assert people_at(made, (), wall("2025-02-03 10:00")) == ("bo",)
    assert people_at(made, (), wall("2025-02-03 17:00")) == ("ana",)
    assert people_at(made, (), wall("2025-02-08 10:00")) == ("ana",)


def test_hours_past_midnight_belong_to_the_day_they_begin_on() -> None:
    night = Window(frozenset({4}), time(22), time(6))
    made = whole_plan(layer("ana"), layer("bo", name="friday night", only=(night,)))
    asked = (
        "2025-02-07 21:59",
        "2025-02-07 22:00",
        "2025-02-08 05:59",
        "2025-02-08 06:00",
        "2025-02-08 22:00",
    )
    assert [people_at(made, (), wall(at))[0] for at in asked] == ["ana", "bo", "bo", "ana", "ana"]


def test_an_override_takes_the_pager_and_gives_it_back() -> None:
    made = whole_plan(layer("ana", "bo"))
    over = amendment(Kind.OVERRIDE, "bo", MONDAY + DAY, MONDAY + DAY + HOUR, level=1)
    asked = (MONDAY + DAY - SECOND, MONDAY + DAY, MONDAY + DAY + HOUR)
    assert [people_at(made, (over,), at) for at in asked] == [("ana",), ("bo",), ("ana",)]
    assert "override" in on_call(made, (over,), 1, MONDAY + DAY).because[0]


def test_the_override_written_last_wins() -> None:
    made = whole_plan(layer("ana", "bo", "chen"))
    early = amendment(Kind.OVERRIDE, "bo", MONDAY, MONDAY + DAY, level=1, number=1)
    late = amendment(Kind.OVERRIDE, "chen", MONDAY, MONDAY + HOUR, level=1, number=2)
    assert people_at(made, (late, early), MONDAY) == ("chen",)
    assert people_at(made, (late, early), MONDAY + HOUR) == ("bo",)


def test_a_swap_exchanges_two_people_in_both_directions() -> None:
    made = whole_plan(layer("ana", "bo", "chen"))
    swap = amendment(Kind.SWAP, "ana", MONDAY, MONDAY + 2 * WEEK, other="bo")
    assert [people_at(made, (swap,), MONDAY + week * WEEK) for week in range(4)] == [
        ("bo",),
        ("ana",),
        ("chen",),
        ("ana",),
    ]


def test_the_next_of_the_order_stands_in_for_somebody_absent_and_the_reason_says_so() -> None:
    made = whole_plan(layer("ana", "bo"))
    absence = amendment(Kind.ABSENCE, "ana", MONDAY, MONDAY + DAY)
    answer = on_call(made, (absence,), 1, MONDAY)
    assert answer.people == ("bo",)
    assert "stands in" in answer.because[0]
    assert any("absent" in because for because in answer.because)


def test_somebody_who_cannot_be_reached_is_stood_in_for() -> None:
    made = replace(whole_plan(layer("ana", "bo")), people=(person("ana", page=()), person("bo")))
    assert people_at(made, (), MONDAY) == ("bo",)


def test_whoever_gave_a_turn_away_stands_in_when_the_other_is_absent_too() -> None:
    made = whole_plan(layer("ana", "bo"))
    swap = amendment(Kind.SWAP, "ana", MONDAY, MONDAY + WEEK, other="bo")
    absence = amendment(Kind.ABSENCE, "bo", MONDAY, MONDAY + DAY)
    assert people_at(made, (swap, absence), MONDAY) == ("ana",)


def test_with_a_whole_layer_absent_the_layer_below_speaks() -> None:
    made = whole_plan(layer("ana"), layer("bo", name="above"))
    absence = amendment(Kind.ABSENCE, "bo", MONDAY, MONDAY + DAY)
    assert people_at(made, (absence,), MONDAY) == ("ana",)


def test_a_plain_list_names_all_of_its_people_in_their_order() -> None:
    made = plan(("ana", "bo"), ("chen",))
    assert people_at(made, (), MONDAY) == ("ana", "bo")
    absence = amendment(Kind.ABSENCE, "ana", MONDAY, MONDAY + DAY)
    assert people_at(made, (absence,), MONDAY) == ("bo",)
    assert people_at(made, (), MONDAY, level=3) == ()


def test_a_gap_says_why_nobody_is_there() -> None:
    office = Window(frozenset(range(5)), time(9), time(17))
    made = whole_plan(layer("ana", only=(office,)))
    answer = on_call(made, (), 1, wall("2025-02-08 10:00"))
    assert answer.people == ()
    assert answer.because == ('layer "primary" says nothing at this time',)


def test_a_shift_change_at_half_past_two_on_the_night_clocks_go_back_happens_once() -> None:
    made = whole_plan(layer("ana", "bo", start="2025-10-25", at="02:30", length=DAY))
    found = shifts(made, (), 1, utc("2025-10-25T12:00"), utc("2025-10-26T12:00"))
    assert [(shift.people, shift.end) for shift in found] == [
        (("ana",), utc("2025-10-26T00:30")),
        (("bo",), utc("2025-10-26T12:00")),
    ]


def test_a_turn_of_24_hours_is_a_day_on_the_wall_also_when_the_day_has_23() -> None:
    made = layer("ana", "bo", start="2025-03-29", length=24 * HOUR)
    assert [local(made.turn(number).start, BERLIN).hour for number in range(4)] == [9, 9, 9, 9]
    assert made.turn(0).end - made.turn(0).start == 23 * HOUR


def test_levels_of_a_rotation_are_independent() -> None:
    made = OnCall(EVERYBODY, (rotation(layer("ana", "bo")), rotation(layer("chen", "dee"))))
    over = amendment(Kind.OVERRIDE, "dee", MONDAY, MONDAY + DAY, level=2)
    assert roster_at(made, (over,), MONDAY).levels == (("ana",), ("dee",))
