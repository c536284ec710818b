"""What a time on the wall means, in every zone there is."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.oncall.plans import QUIET, ZONES, naive, utc

from tocsin.oncall.walltime import instant, local

SECOND = timedelta(seconds=1)
walls = st.datetimes(naive("1975-01-01T00:00"), naive("2060-01-01T00:00")).map(
    lambda at: at.replace(microsecond=0)
)


def transitions(zone: ZoneInfo, first: int = 2020, last: int = 2031) -> list[datetime]:
    """The instants at which the clocks of a zone change in some years, to the second."""
    found = []
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    step = timedelta(days=7)  # shorter than any two changes are apart, in these years
    while at < end:
        if at.astimezone(zone).utcoffset() != (at + step).astimezone(zone).utcoffset():
            low, high = at, at + step
            while high - low > SECOND:
                middle = low + (high - low) // 2 // SECOND * SECOND
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += step
    return found


def is_the_first_instant_at_or_past(wall: datetime, zone: ZoneInfo) -> bool:
    at = instant(wall, zone)
    return local(at, zone) >= wall > local(at - SECOND, zone)


@pytest.mark.parametrize("name", ZONES)
def test_around_every_change_of_clocks_a_wall_time_means_the_first_instant_that_shows_it_or_a_later_one(
    name: str,
) -> None:
    zone = ZoneInfo(name)
    for change in transitions(zone):
        before = local(change, zone).replace(minute=0, second=0) - timedelta(hours=4)
        asked = [before + timedelta(minutes=10) * step for step in range(48)]
        means = [instant(wall, zone) for wall in asked]
        assert means == sorted(means)
        assert all(is_the_first_instant_at_or_past(wall, zone) for wall in asked)


@QUIET
@given(st.sampled_from(ZONES), walls, walls)
@example("Pacific/Apia", naive("2011-12-30T09:00"), naive("2011-12-30T17:00"))  # that day did not take place
@example("Australia/Lord_Howe", naive("2025-10-05T02:15"), naive("2025-04-06T01:45"))  # half an hour
@example("America/Nuuk", naive("2024-03-30T23:30"), naive("2024-03-31T00:00"))  # the evening before
def test_two_wall_times_never_change_their_order(name: str, one: datetime, other: datetime) -> None:
    zone = ZoneInfo(name)
    assert (instant(one, zone) <= instant(other, zone)) or one > other
    assert is_the_first_instant_at_or_past(one, zone)
    assert is_the_first_instant_at_or_past(other, zone)


def test_a_machine_without_zones_has_those_of_the_package() -> None:
    asked = "from zoneinfo import ZoneInfo; print(ZoneInfo('Europe/Berlin'))"
    ran = subprocess.run(
        [sys.executable, "-c", asked], env={"PYTHONTZPATH": ""}, capture_output=True, text=True, check=False
    )
    assert ran.stdout == "Europe/Berlin\n", ran.stderr


def test_a_time_that_comes_twice_means_its_first_coming() -> None:
    assert instant(naive("2025-10-26T02:30"), ZoneInfo("Europe/Berlin")) == utc("2025-10-26T00:30")


def test_a_time_that_never_comes_means_the_moment_the_clock_jumped() -> None:
    assert instant(naive("2025-03-30T02:30"), ZoneInfo("Europe/Berlin")) == utc("2025-03-30T01:00")


def test_a_day_that_was_left_out_means_the_moment_the_next_one_began() -> None:
    assert instant(naive("2011-12-30T09:00"), ZoneInfo("Pacific/Apia")) == utc("2011-12-30T10:00")
