"""The other rules of checks, each against a naive oracle: m of n, hold-down, burn rate, maintenance, dependencies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.detection.burn import BurnRule, BurnState, burn, counted, factor, fires
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, Hold, observe
from tocsin.detection.hold import circle, hold
from tocsin.detection.maintenance import Window, checked
from tocsin.errors import ConfigError
from tocsin.kit import codec
from tocsin.kit.ids import CheckName

NIGHT = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)
NAME, PARENT = CheckName("api"), CheckName("host")
LETTERS = {"u": Verdict.UP, "d": Verdict.DOWN, "s": Verdict.DEGRADED, "?": Verdict.UNKNOWN}
SPEC = CheckSpec(NAME, "http", {})
STEP = timedelta(seconds=30)


def sample(index: int, letter: str, name: CheckName = NAME, step: timedelta = STEP) -> Sample:
    return Sample(name, NIGHT + step * index, LETTERS[letter], timedelta(milliseconds=5), letter)


def play(letters: str, spec: CheckSpec, held: str = "") -> tuple[CheckState, list[tuple[int, str]]]:
    """The state after a row of samples and when alerts came; `held` has an "h" (or an "a": anew) where opening is held."""
    state, alerts = CheckState(), []
    for index, letter in enumerate(letters):
        mark = held[index : index + 1]
        holding = Hold("work", anew=mark == "a") if mark in ("h", "a") else None
        state, alert = observe(spec, state, sample(index, letter), holding)
        if alert is not None:
            alerts.append((index, alert.state.value))
    return state, alerts


rows = st.text(alphabet="uuuudds?", max_size=80)


# --- m of n


def test_three_bad_of_the_last_five_fire_even_with_good_ones_between() -> None:
    spec = replace(SPEC, failures=3, of=5)
    assert play("dudud", spec)[1] == [(4, "firing")]
    assert play("duduud", spec)[1] == []
    assert play("d??u??d??u??d", spec)[1] == [(12, "firing")]


@given(rows, st.integers(1, 6), st.integers(0, 20), st.integers(1, 4))
def test_m_of_n_does_what_counting_by_hand_says(letters: str, m: int, more: int, successes: int) -> None:
    n = m + more
    spec = replace(SPEC, failures=m, of=n, successes=successes)
    firing, expected = False, []
    for index, letter in enumerate(letters):
        if letter == "?":
            continue
        measured = [each for each in letters[: index + 1] if each != "?"]
        many = measured[-n:].count("d") >= m
        last_ten = measured[-10:]
        changes = sum((a == "u") != (b == "u") for a, b in pairwise(last_ten))
        good = len(measured) - len("".join(measured).rstrip("u"))
        if not firing and letter == "d" and many:
            firing = True
            expected.append((index, "firing"))
        elif firing and good >= successes and not many and changes < 4:
            firing = False
            expected.append((index, "resolved"))
    assert play(letters, spec)[1] == expected


# --- hold-down and the gap between two limits


def test_an_alert_stays_until_it_was_good_for_long_enough() -> None:
    spec = replace(SPEC, failures=1, successes=1, hold=timedelta(minutes=2))
    assert play("duuuu", spec)[1] == [(0, "firing")]
    assert play("duuuuu", spec)[1] == [(0, "firing"), (5, "resolved")]
    assert play("duuusuuuuu", spec)[1] == [(0, "firing"), (9, "resolved")]


@given(rows, st.integers(0, 6))
def test_no_alert_resolves_before_the_good_stretch_is_as_long_as_asked(letters: str, steps: int) -> None:
    spec = replace(SPEC, failures=1, successes=1, hold=STEP * steps)
    for index, what in play(letters, spec)[1]:
        if what == "resolved":
            stretch = letters[: index + 1]
            first = max(stretch.rfind("d"), stretch.rfind("s")) + 1
            good = [at for at in range(first, index + 1) if letters[at] == "u"]
            assert index - good[0] >= steps


@given(rows)
def test_between_degraded_and_down_nothing_opens_and_nothing_ends(letters: str) -> None:
    """Two limits are a hysteresis: from down, an alert ends only below the one for degraded."""
    state, alerts = play("ddd" + letters.replace("u", "s"), SPEC)
    assert alerts == [(2, "firing")]
    assert state.firing


# --- burn rate

RULE = BurnRule(0.99, timedelta(hours=1), timedelta(minutes=5), 14.4, least=30)
MINUTE = timedelta(minutes=1)


def test_the_factors_of_the_book() -> None:
    month = timedelta(days=30)
    assert factor(0.02, month, timedelta(hours=1)) == pytest.approx(14.4)
    assert factor(0.05, month, timedelta(hours=6)) == pytest.approx(6)
    assert factor(0.10, month, timedelta(days=3)) == pytest.approx(1)
    assert factor(0.02, timedelta(days=7), timedelta(hours=1)) == pytest.approx(3.36)
    assert factor(0.02, timedelta(days=90), timedelta(hours=1)) == pytest.approx(43.2)


def spend(letters: str, rule: BurnRule = RULE) -> list[tuple[int, str]]:
    spec, state, alerts = replace(SPEC, burn=rule), CheckState(), []
    for index, letter in enumerate(letters):
        state, alert = observe(spec, state, sample(index, letter, step=MINUTE))
        if alert is not None:
            alerts.append((index, alert.state.value))
    return alerts


def test_a_budget_spent_too_fast_fires_and_ends_with_the_long_window() -> None:
    letters = "u" * 60 + "d" * 12 + "u" * 80
    (fired, _), (ended, word) = spend(letters)
    assert 60 < fired < 72
    assert word == "resolved"
    assert ended > 60 + 60  # not when the short window is good again


def test_nothing_fires_before_a_long_window_of_history() -> None:
    assert spend("d" * 60) == []
    assert spend("d" * 62)[0] == (60, "firing")


def test_too_few_samples_say_nothing() -> None:
    spec, state = replace(SPEC, burn=RULE), CheckState()
    for index in range(20):
        state, alert = observe(spec, state, sample(index, "d", step=timedelta(minutes=10)))
        assert alert is None


def test_after_an_end_it_is_quiet_for_a_long_window() -> None:
    rule = replace(RULE, target=0.5, factor=1.0)
    letters = "u" * 60 + "d" * 40 + "u" * 40 + "d" * 120
    alerts = spend(letters, rule)
    assert [word for _, word in alerts] == ["firing", "resolved", "firing"]
    assert alerts[2][0] - alerts[1][0] >= 60


def test_slow_samples_spend_the_budget_only_if_asked() -> None:
    assert spend("s" * 80) == []
    assert spend("s" * 80, replace(RULE, degraded_is_bad=True))[0] == (60, "firing")


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from("uuud")), min_size=1, max_size=120),
    st.integers(1, 50),
)
def test_burn_rates_are_what_counting_every_sample_says(steps: list[tuple[int, str]], least: int) -> None:
    rule = replace(RULE, least=least)
    state, seen, at = BurnState(), [], NIGHT
    for pause, letter in steps:
        at += timedelta(seconds=pause)
        state = counted(rule, state, at, letter == "d")
        seen.append((at, letter))

        def share(span: timedelta, now: datetime = at) -> tuple[int, float]:
            # Windows are made of whole minutes (a fifth of the short one) and end with the one that is running.
            end = now.replace(second=0, microsecond=0) + MINUTE
            inside = [each for when, each in seen if end - span <= when]
            return len(inside), inside.count("d") / len(inside) / 0.01

        count, long = share(rule.long)
        _, short = share(rule.short)
        found = burn(rule, state, at)
        assert (found.samples, found.full) == (count, at - seen[0][0] >= rule.long)
        assert (found.long, found.short) == (pytest.approx(long), pytest.approx(short))
        assert fires(rule, state, at) == (
            found.full and count >= least and long > rule.factor and short > rule.factor
        )


def test_what_is_remembered_of_a_budget_is_bounded_and_survives_the_store() -> None:
    spec, state = replace(SPEC, burn=RULE), CheckState()
    for index in range(500):
        state, _ = observe(spec, state, sample(index, "u", step=STEP))
    assert state.burn is not None
    assert len(state.burn.buckets) <= 60
    assert codec.decode(codec.encode(state), CheckState) == state


# --- holding back


def test_an_alert_that_is_held_back_is_counted_and_comes_when_the_work_is_over() -> None:
    state, alerts = play("ddddd", SPEC, "hhhhh")
    assert (alerts, state.verdict, state.held, state.held_count) == ([], Verdict.DOWN, "work", 3)
    assert play("dddddd", SPEC, "hhhhh.")[1] == [(5, "firing")]


def test_what_is_good_again_before_the_work_is_over_tells_nobody() -> None:
    state, alerts = play("dddduu", SPEC, "hhhh..")
    assert (alerts, state.held, state.verdict) == ([], None, Verdict.UP)


def test_work_never_keeps_an_alert_from_ending() -> None:
    assert play("ddduu", SPEC, "...hh")[1] == [(2, "firing"), (4, "resolved")]


def test_what_hung_on_a_parent_is_given_time_to_come_back() -> None:
    assert play("ddddd" + "ddd", SPEC, "aaaaa...")[1] == [(7, "firing")]
    assert play("ddddd" + "duu", SPEC, "aaaaa...")[1] == []


@given(rows, st.text(alphabet="h...", max_size=80), st.integers(1, 4))
def test_holding_back_only_ever_delays(letters: str, held: str, failures: int) -> None:
    """Every sample is judged the same; no alert opens where it is held; every resolve that is due comes."""
    spec = replace(SPEC, failures=failures)
    free, kept = play(letters, spec), play(letters, spec, held)
    assert all(held[index : index + 1] != "h" for index, what in kept[1] if what == "firing")
    assert (free[0].bad_streak, free[0].good_streak, free[0].verdict) == (
        kept[0].bad_streak,
        kept[0].good_streak,
        kept[0].verdict,
    )
    assert {at for at, what in kept[1] if what == "resolved"} <= {
        at for at, what in free[1] if what == "resolved"
    }
    tail, more = play(letters + "d" * 10, spec, held), len(letters) + 9
    if len(held) <= more:
        assert tail[0].firing


# --- dependencies


def holding(parent: CheckState, letter: str = "d") -> Hold | None:
    spec = replace(SPEC, depends_on=(PARENT,))
    return hold(spec, sample(9, letter), {PARENT: parent})


def test_a_bad_parent_holds_its_child_and_a_good_or_unknown_one_does_not() -> None:
    parent = CheckSpec(PARENT, "tcp", {})
    assert holding(play("uu", parent)[0]) is None
    assert holding(CheckState()) is None
    assert holding(play("ddd", parent)[0]) == Hold("depends on host, which is down", anew=True)
    assert holding(play("d", parent)[0]) == Hold("depends on host, which seems to be down", anew=False)
    assert holding(play("d?", parent)[0]) is None
    assert holding(play("ddd?", parent)[0]) is not None
    assert holding(play("ddd", parent)[0], "u") is None


@given(
    st.dictionaries(
        st.sampled_from("abcdef").map(CheckName),
        st.lists(st.sampled_from("abcdef").map(CheckName), max_size=3).map(tuple),
    )
)
def test_a_circle_is_found_exactly_if_there_is_one(edges: dict[CheckName, tuple[CheckName, ...]]) -> None:
    reach = {name: set(parents) for name, parents in edges.items()}
    for _ in range(6):
        reach = {
            name: parents | {far for near in parents for far in reach.get(near, set())}
            for name, parents in reach.items()
        }
    found = circle(edges)
    assert (found is not None) == any(name in parents for name, parents in reach.items())
    if found is not None:
        assert all(after in edges[before] for before, after in zip(found, found[1:] + found[:1], strict=True))


# --- maintenance


def test_a_window_that_comes_once_is_open_between_its_ends() -> None:
    window = Window("disks", begins=NIGHT, ends=NIGHT + timedelta(hours=1))
    assert [window.open_at(NIGHT + timedelta(minutes=m)) is not None for m in (-1, 0, 59, 60)] == [
        False,
        True,
        True,
        False,
    ]


@settings(max_examples=200)
@given(
    st.sampled_from(["0 2 * * *", "30 1 * * 0", "15 */6 * * *", "0 0 1 * *", "30 2 * * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.integers(1, 300),
    st.integers(0, 720 * 86400).map(
        lambda second: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    ),
)
def test_a_recurring_window_is_open_exactly_for_its_length_from_each_beginning(
    cron: str, zone: str, minutes: int, now: datetime
) -> None:
    window = checked(Window("work", cron=cron, lasts=timedelta(minutes=minutes), zone=zone))
    begins = CronSim(cron, (now - timedelta(days=40)).astimezone(ZoneInfo(zone)))
    latest = None
    for begun in begins:
        if begun.astimezone(UTC) > now:
            break
        latest = begun.astimezone(UTC)
    assert latest is not None
    ends = latest + timedelta(minutes=minutes)
    assert window.open_at(now) == (ends if now < ends else None)


def test_a_window_holds_and_says_until_when() -> None:
    window = Window("new disks", cron="0 3 * * *", lasts=timedelta(hours=1))
    found = hold(replace(SPEC, maintenance=(window,)), sample(0, "d"), {})
    assert found == Hold("maintenance: new disks, until 2025-10-07 04:00 UTC", anew=False)
    assert hold(replace(SPEC, maintenance=(window,)), sample(120, "d"), {}) is None


@pytest.mark.parametrize(
    "window",
    [
        Window("x"),
        Window("x", begins=NIGHT, ends=NIGHT),
        Window("x", cron="every night", lasts=timedelta(hours=1)),
        Window("x", cron="0 2 * * *"),
        Window("x", cron="0 2 * * *", lasts=timedelta(days=8)),
        Window("x", cron="0 2 * * *", lasts=timedelta(hours=1), zone="Mars/Olympus"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(window: Window) -> None:
    with pytest.raises(ConfigError):
        checked(window)
