"""A deadline that passed is told once, with what was known of the job, whatever the clocks do."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.jobs.deadline import Attempt, LastState, missed, schedule

NIGHTLY = schedule("0 2 * * *", "UTC", timedelta(minutes=30))
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def ran(day: int, *, end: datetime | None, compared: bool = True) -> Attempt:
    return Attempt(at(day, 2), at(day, 2, 1), end, compared)


def test_a_result_in_time_is_no_finding() -> None:
    assert missed(NIGHTLY, (ran(21, end=at(21, 2, 30)),), START, None, at(21, 3)) == ()


@pytest.mark.parametrize(
    ("attempts", "state"),
    [
        ((), LastState.NEVER_SEEN),
        ((Attempt(None, at(20, 13), at(20, 14), True),), LastState.MISSED),
        ((ran(21, end=at(21, 2, 2), compared=False),), LastState.FAILED),
        ((ran(21, end=None),), LastState.RUNNING),
        ((ran(21, end=at(21, 2, 31)),), LastState.RUNNING),
    ],
)
def test_the_ways_to_miss_a_deadline_are_told_apart(attempts: tuple[Attempt, ...], state: LastState) -> None:
    (found,) = missed(NIGHTLY, attempts, START, None, at(21, 3))
    assert (found.due, found.deadline, found.last_state) == (at(21, 2), at(21, 2, 30), state)


def test_before_the_deadline_nothing_is_late() -> None:
    assert missed(NIGHTLY, (), START, None, at(21, 2, 29)) == ()
    assert len(missed(NIGHTLY, (), START, None, at(21, 2, 30))) == 1


def test_a_failed_run_that_was_repeated_in_time_is_fine() -> None:
    attempts = (ran(21, end=at(21, 2, 2), compared=False), ran(21, end=at(21, 2, 9)))
    assert missed(NIGHTLY, attempts, START, None, at(21, 3)) == ()


def test_every_missed_night_is_told_once_and_what_was_told_is_not_told_again() -> None:
    nights = missed(NIGHTLY, (), START, None, at(24, 12))
    assert [each.due for each in nights] == [at(21, 2), at(22, 2), at(23, 2), at(24, 2)]
    assert [each.due for each in missed(NIGHTLY, (), START, at(23, 2), at(24, 12))] == [at(24, 2)]


def test_what_was_due_before_anybody_watched_is_nobodys_fault() -> None:
    assert missed(NIGHTLY, (), at(21, 2, 1), None, at(22, 1)) == ()
    assert len(missed(NIGHTLY, (), at(21, 2), None, at(22, 1))) == 1


def test_a_day_has_its_planned_start() -> None:
    assert NIGHTLY.due_on(date(2026, 11, 21)) == at(21, 2)
    assert NIGHTLY.last_due(at(21, 1, 59)) == at(20, 2)
    assert NIGHTLY.last_due(at(21, 2)) == at(21, 2)
    assert schedule("0 2 * * 1", "UTC", timedelta(hours=1)).due_on(date(2026, 11, 21)) is None


ZONES = [
    "UTC",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["30 1 * * *", "30 2 * * *", "0 2 * * *"])
def test_a_night_job_runs_once_every_day_also_when_clocks_change(zone: str, cron: str) -> None:
    """JOB-05, over every transition of five years."""
    plan = schedule(cron, zone, timedelta(minutes=30))
    found = []
    for due in plan.due_after(datetime(2026, 1, 1, 12, tzinfo=UTC)):
        if due.year == 2031:
            break
        found.append(due.astimezone(ZoneInfo(zone)).date())
    assert len(found) == len(set(found))
    assert {after - before for before, after in itertools.pairwise(found)} == {timedelta(days=1)}


@given(st.integers(0, 4 * 366 * 24 * 3600), st.sampled_from(ZONES))
def test_the_newest_planned_start_is_the_last_one_not_after_now(seconds: int, zone: str) -> None:
    now = START + timedelta(seconds=seconds)
    plan = schedule("30 1 * * *", zone, timedelta(minutes=30))
    due = plan.last_due(now)
    assert due is not None
    assert due <= now
    assert next(plan.due_after(due)) > now


@pytest.mark.parametrize(
    ("cron", "zone"), [("nightly", "UTC"), ("61 2 * * *", "UTC"), ("0 2 * * *", "Mars/Olympus")]
)
def test_a_schedule_nobody_understands_is_refused(cron: str, zone: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        schedule(cron, zone, timedelta(minutes=1))
