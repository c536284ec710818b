"""What pings and silence mean: each state, each deadline, and that nothing is told twice or never."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection import heartbeat
from tocsin.detection.heartbeat import About, Kind, Missed, News, Ping, Rules, Standing, State, Turn
from tocsin.detection.heartbeat_plan import Every, Plan
from tocsin.detection.heartbeat_zone import wrong_zone
from tocsin.jobs.deadline import schedule
from tocsin.kit import codec

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
HOURLY = Every(HOUR)
NIGHTLY = schedule("0 2 * * *", "UTC", HOUR)
RULES = Rules(grace=10 * MINUTE, limit=20 * MINUTE, wall=False)
WALL = Rules(grace=30 * MINUTE, limit=HOUR, wall=True)
TWO = datetime(2026, 11, 22, 2, tzinfo=UTC)


class Job:
    """A heartbeat and its time, moved by hand."""

    def __init__(self, rules: Rules = RULES, plan: Plan = HOURLY, now: datetime = NOON) -> None:
        self.rules, self.plan, self.now = rules, plan, now
        self.state = heartbeat.begin(now)
        self.news: list[News] = []
        self.missed: list[Missed] = []

    def ping(self, kind: Kind, after: timedelta = timedelta(), **more: object) -> Turn:
        self.wait(after)
        said = Ping(kind, self.now, **more)  # type: ignore[arg-type]  # names of its fields
        return self._keep(heartbeat.ping(self.rules, self.plan, self.state, said))

    def wait(self, span: timedelta) -> None:
        self.now += span
        self._keep(heartbeat.pass_time(self.rules, self.plan, self.state, self.now))

    def at(self, moment: datetime) -> None:
        self.wait(moment - self.now)

    @property
    def standing(self) -> Standing:
        return heartbeat.standing(self.plan, self.state, self.now)

    @property
    def told(self) -> list[tuple[About, Standing]]:
        return [(each.about, each.standing) for each in self.news]

    def _keep(self, turn: Turn) -> Turn:
        self.state = codec.decode(codec.encode(turn.state), State)  # as the store has it
        assert self.state == turn.state
        self.news += turn.news
        self.missed += turn.missed
        return turn


def test_a_job_in_time_is_new_then_due_then_late_then_due_again() -> None:
    job = Job()
    assert job.standing is Standing.NEW
    job.ping(Kind.SUCCESS)
    assert job.standing is Standing.DUE
    job.wait(HOUR)
    assert job.standing is Standing.LATE
    job.ping(Kind.SUCCESS, 9 * MINUTE)
    assert job.standing is Standing.DUE
    assert job.news == []
    assert job.missed == []


def test_a_job_that_is_silent_is_missed_once_when_its_grace_ends() -> None:
    job = Job()
    job.ping(Kind.SUCCESS)
    job.wait(HOUR + 10 * MINUTE - SECOND)
    assert job.news == []
    job.wait(SECOND)
    assert job.standing is Standing.MISSED
    assert job.missed == [Missed(NOON + HOUR, NOON + HOUR + 10 * MINUTE, "missed")]
    job.wait(timedelta(days=3))
    assert job.told == [(About.DOWN, Standing.MISSED)]
    job.ping(Kind.SUCCESS)
    assert job.told[1:] == [(About.UP, Standing.DUE)]


def test_a_job_never_seen_alarms_after_its_first_planned_time_and_grace() -> None:
    job = Job(WALL, NIGHTLY)
    job.at(TWO + 30 * MINUTE - SECOND)
    assert job.told == []
    job.wait(SECOND)
    assert job.told == [(About.DOWN, Standing.NEVER_SEEN)]
    assert job.missed == [Missed(TWO, TWO + 30 * MINUTE, "never_seen")]


def test_every_missed_night_is_a_deadline_of_its_own_also_after_a_long_sleep() -> None:
    job = Job(WALL, NIGHTLY)
    job.ping(Kind.SUCCESS)
    job.wait(timedelta(days=3))
    assert [each.expected for each in job.missed] == [TWO + timedelta(days=n) for n in range(3)]
    assert {each.last for each in job.missed} == {"missed"}
    # Each night is told anew: whoever closed yesterday's incident hears of today's silence.
    assert job.told == [(About.DOWN, Standing.MISSED)] * 3


def test_a_job_every_minute_that_is_silent_is_not_told_every_minute() -> None:
    job = Job(Rules(MINUTE, MINUTE, True), schedule("* * * * *", "UTC", MINUTE))
    job.ping(Kind.SUCCESS)
    job.wait(timedelta(hours=2))
    assert len(job.missed) >= 118
    assert len(job.news) == 2


def test_a_failure_is_told_at_once_and_its_deadline_passes_as_failed() -> None:
    job = Job(WALL, NIGHTLY)
    job.at(TWO + MINUTE)
    job.ping(Kind.FAIL, exit=3)
    assert (job.standing, job.state.exit) == (Standing.FAILED, 3)
    job.at(TWO + HOUR)
    assert job.missed == [Missed(TWO, TWO + 30 * MINUTE, "failed")]
    assert job.told == [(About.DOWN, Standing.FAILED)]  # one trouble, told once


def test_a_failure_that_is_mended_within_its_grace_misses_nothing() -> None:
    job = Job(WALL, NIGHTLY)
    job.at(TWO + MINUTE)
    job.ping(Kind.FAIL)
    job.ping(Kind.SUCCESS, 20 * MINUTE)
    job.at(TWO + HOUR)
    assert job.missed == []
    assert job.told == [(About.DOWN, Standing.FAILED), (About.UP, Standing.DUE)]


def test_a_run_without_an_end_is_too_long_at_its_limit_not_at_the_next_schedule() -> None:
    job = Job(WALL, NIGHTLY)
    job.ping(Kind.START)
    assert job.standing is Standing.RUNNING
    job.wait(HOUR - SECOND)
    assert job.told == []
    job.wait(SECOND)
    assert job.told == [(About.DOWN, Standing.TOO_LONG)]
    assert job.standing is Standing.TOO_LONG
    turn = job.ping(Kind.SUCCESS, HOUR)
    assert turn.took == 2 * HOUR
    assert job.standing is Standing.DUE


def test_a_start_alone_is_no_success() -> None:
    job = Job()
    job.ping(Kind.SUCCESS)
    job.ping(Kind.START, HOUR + 5 * MINUTE)
    job.wait(5 * MINUTE)
    assert job.missed == [Missed(NOON + HOUR, NOON + HOUR + 10 * MINUTE, "running")]


def test_a_start_counts_where_it_is_said_to() -> None:
    job = Job(Rules(10 * MINUTE, 20 * MINUTE, False, start_counts=True))
    job.ping(Kind.SUCCESS)
    job.ping(Kind.START, HOUR + 5 * MINUTE)
    job.wait(15 * MINUTE)
    assert job.told == []
    job.wait(5 * MINUTE)
    assert job.told == [(About.DOWN, Standing.TOO_LONG)]


def test_only_the_run_that_is_named_ends_and_a_failure_ends_all() -> None:
    job = Job()
    job.ping(Kind.START, rid="a")
    job.ping(Kind.START, MINUTE, rid="b")
    assert job.ping(Kind.SUCCESS, MINUTE, rid="a").took == 2 * MINUTE
    assert [run.rid for run in job.state.runs] == ["b"]
    job.ping(Kind.SUCCESS, rid="c")
    assert [run.rid for run in job.state.runs] == ["b"]
    job.ping(Kind.FAIL, MINUTE, rid="c")
    assert job.state.runs == ()


def test_without_a_name_all_runs_end_or_the_newest_as_the_sender_means_it() -> None:
    job = Job()
    for rid in ("a", "b"):
        job.ping(Kind.START, rid=rid)
    job.ping(Kind.SUCCESS, newest=True)
    assert [run.rid for run in job.state.runs] == ["a"]
    job.ping(Kind.SUCCESS)
    assert job.state.runs == ()


def test_a_start_that_its_own_end_overtook_opens_no_run() -> None:
    job = Job()
    job.ping(Kind.SUCCESS, rid="a")
    job.ping(Kind.START, SECOND, rid="a")
    assert job.state.runs == ()
    job.ping(Kind.START, HOUR, rid="a")  # much later the same id is a new run of a careless script
    assert [run.rid for run in job.state.runs] == ["a"]


def test_a_moment_too_early_stands_for_the_planned_time() -> None:
    job = Job(WALL, NIGHTLY)
    job.at(TWO - 20 * SECOND)
    job.ping(Kind.SUCCESS)
    job.at(TWO + timedelta(hours=12))
    assert job.missed == []
    often = Job(Rules(MINUTE, MINUTE, True), schedule("* * * * *", "UTC", MINUTE))
    often.ping(Kind.SUCCESS, 30 * SECOND)
    often.wait(2 * MINUTE)
    assert len(often.missed) == 1  # half a minute early is not early where a minute is the rhythm


def test_paused_nothing_is_expected_and_a_ping_resumes() -> None:
    job = Job()
    job.ping(Kind.SUCCESS)
    job.state = heartbeat.pause(job.state, job.now)
    job.wait(timedelta(days=9))
    assert (job.standing, job.told) == (Standing.PAUSED, [])
    job.ping(Kind.SUCCESS)
    assert job.standing is Standing.DUE


def test_paused_by_hand_only_a_hand_resumes() -> None:
    job = Job(Rules(10 * MINUTE, 20 * MINUTE, False, manual_resume=True))
    job.state = heartbeat.pause(job.state, job.now)
    assert job.ping(Kind.FAIL).kind is Kind.IGNORED
    assert job.standing is Standing.PAUSED
    job.state = heartbeat.resume(job.state, job.now)
    job.wait(HOUR + 11 * MINUTE)
    assert job.standing is Standing.NEVER_SEEN


def test_a_log_and_what_is_ignored_change_nothing() -> None:
    job = Job()
    before = job.state
    for kind in (Kind.LOG, Kind.IGNORED):
        job.ping(kind)
    assert job.state == before


def test_only_so_many_in_a_row_are_told() -> None:
    job = Job(Rules(10 * MINUTE, 20 * MINUTE, False, failures=3, recoveries=2))
    for _ in range(2):
        job.ping(Kind.FAIL)
    assert job.told == []
    job.ping(Kind.FAIL)
    assert job.told == [(About.DOWN, Standing.FAILED)]
    job.ping(Kind.SUCCESS)
    assert len(job.told) == 1
    job.ping(Kind.SUCCESS)
    assert job.told[1:] == [(About.UP, Standing.DUE)]


def test_a_run_far_longer_than_usual_is_told_and_so_is_the_end_of_it() -> None:
    job = Job()
    for _ in range(5):
        job.ping(Kind.SUCCESS, took=60 * SECOND)
    job.ping(Kind.SUCCESS, took=170 * SECOND)
    assert job.told == []
    job.ping(Kind.SUCCESS, took=181 * SECOND)
    assert [(each.about, each.took, each.usual) for each in job.news] == [(About.SLOW, 181.0, 60.0)]
    job.ping(Kind.SUCCESS, took=60 * SECOND)
    assert job.told[1:] == [(About.USUAL, Standing.DUE)]


def test_what_takes_a_moment_is_never_too_slow() -> None:
    job = Job()
    for _ in range(9):
        job.ping(Kind.SUCCESS, took=timedelta(milliseconds=5))
    job.ping(Kind.SUCCESS, took=30 * SECOND)
    assert job.told == []


def test_months_are_calendar_months() -> None:
    plan = Every(months=1)
    due = plan.due_after(datetime(2027, 1, 31, 12, tzinfo=UTC))
    assert [next(due).day for _ in range(3)] == [28, 31, 30]
    assert list(Every(months=12).due_after(datetime(9998, 6, 1, tzinfo=UTC))) == [
        datetime(9999, 6, 1, tzinfo=UTC)
    ]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe", "UTC"])
def test_the_nights_clocks_change_expect_one_run_each(zone: str) -> None:
    job = Job(WALL, schedule("30 1 * * *", zone, HOUR), datetime(2026, 1, 1, tzinfo=UTC))
    job.ping(Kind.SUCCESS)
    for _ in range(30):
        job.wait(timedelta(days=365 * 5 // 30))
    days = [each.expected.astimezone(ZoneInfo(zone)).date() for each in job.missed]
    assert len(days) == len(set(days))
    assert len(days) >= 365 * 5 - 31


def _transitions(zone: ZoneInfo) -> list[date]:
    """Days of the next five years on which clocks change in a zone."""
    found = []
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    before = moment.astimezone(zone).utcoffset()
    for _ in range(5 * 366):
        moment += timedelta(days=1)
        offset = moment.astimezone(zone).utcoffset()
        if offset != before:
            found.append(moment.astimezone(zone).date())
        before = offset
    return found


def test_in_every_zone_a_nightly_job_is_expected_once_on_each_night_clocks_change() -> None:
    """JOB-05, for every transition of the next five years, at the hours in which clocks change."""
    changes = 0
    for name in sorted(available_timezones()):
        days = _transitions(ZoneInfo(name))
        for hour in (0, 1, 2, 3) if days else ():
            plan = schedule(f"30 {hour} * * *", name, HOUR)
            for day in days:
                changes += 1
                start = datetime(day.year, day.month, day.day, 12, tzinfo=plan.zone).astimezone(UTC)
                due = list(
                    takewhile(lambda at, end=start + 2 * DAY: at <= end, plan.due_after(start - 3 * DAY))
                )
                nights = [at.astimezone(plan.zone).date() for at in due]
                assert len(nights) == len(set(nights)), (name, day, hour)
                gaps = {(later - earlier).days for earlier, later in pairwise(nights)}
                assert gaps == {1}, (name, day, hour)
    assert changes > 4_000


# -- properties ------------------------------------------------------------------------------------------

PLANS = st.sampled_from(
    [(RULES, HOURLY), (WALL, NIGHTLY), (Rules(10 * MINUTE, 5 * MINUTE, True, start_counts=True), schedule("*/20 * * * *", "Europe/Berlin", HOUR)), (Rules(MINUTE, MINUTE, False, failures=2, recoveries=3, manual_resume=True), Every(months=1))]
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from([*Kind, "pause", "resume", None]),
        st.integers(0, 4 * 3600),
        st.sampled_from([None, "a", "b"]),
        st.booleans(),
    ),
    max_size=40,
)


@given(PLANS, STEPS)
def test_whatever_comes_no_deadline_is_left_behind_and_none_is_told_twice(
    how: tuple[Rules, Plan], steps: list[tuple[Kind | str | None, int, str | None, bool]]
) -> None:
    job = Job(how[0], how[1])
    for what, seconds, rid, newest in steps:
        job.wait(timedelta(seconds=seconds))
        match what:
            case Kind():
                job.ping(what, rid=rid, newest=newest)
            case "pause":
                job.state = heartbeat.pause(job.state, job.now)
            case "resume":
                job.state = heartbeat.resume(job.state, job.now)
        due = heartbeat.deadline(job.rules, job.plan, job.state)
        assert due is None or due > job.now
        assert len(job.state.runs) <= heartbeat.RUNS
    expected = [each.expected for each in job.missed]
    assert len(expected) == len(set(expected))
    assert expected == sorted(expected)


@given(PLANS, STEPS, st.integers(1, 5))
def test_how_often_we_look_changes_nothing(
    how: tuple[Rules, Plan], steps: list[tuple[Kind | str | None, int, str | None, bool]], looks: int
) -> None:
    """A restart in between, or a watcher that comes late, tells the same."""
    seldom, often = Job(how[0], how[1]), Job(how[0], how[1])
    for what, seconds, rid, newest in steps:
        seldom.wait(timedelta(seconds=seconds))
        for _ in range(looks):
            often.wait(timedelta(seconds=seconds) / looks)
        often.at(seldom.now)
        if isinstance(what, Kind):
            seldom.ping(what, rid=rid, newest=newest)
            often.ping(what, rid=rid, newest=newest)
    assert seldom.state == often.state
    assert seldom.missed == often.missed
    assert seldom.news == often.news


@given(PLANS, st.integers(0, 40 * 24 * 3600))
def test_a_success_always_makes_it_well(how: tuple[Rules, Plan], seconds: int) -> None:
    job = Job(how[0], how[1])
    job.wait(timedelta(seconds=seconds))
    for _ in range(how[0].recoveries):
        job.ping(Kind.SUCCESS)
    assert job.standing is Standing.DUE
    assert not job.state.alerting


# -- another time zone -----------------------------------------------------------------------------------


def zones(*names: str) -> list[tuple[str, Plan]]:
    return [(name, schedule("0 2 * * *", name, HOUR)) for name in names]


def test_always_so_many_hours_off_is_another_zone_and_it_is_named() -> None:
    begins = [TWO + timedelta(days=n, hours=8, minutes=n) for n in range(4)]
    found = wrong_zone(NIGHTLY, begins, zones("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"))
    assert found is not None
    assert (found.hours, found.zones) == (8, ("America/Los_Angeles",))
    assert found.sentence == (
        "every run comes 8 h later than planned: wrong time zone?; the plan fits in America/Los_Angeles"
    )


def test_in_time_or_at_odd_hours_or_too_few_no_zone_is_wrong() -> None:
    others = zones("Europe/Berlin")
    exact = [TWO + timedelta(days=n, minutes=3) for n in range(5)]
    odd = [TWO + timedelta(days=n, hours=n) for n in range(5)]
    between = [TWO + timedelta(days=n, hours=3, minutes=31) for n in range(5)]
    few = [TWO + timedelta(days=n, hours=8) for n in range(2)]
    for begins in (exact, odd, between, few, []):
        assert wrong_zone(NIGHTLY, begins, others) is None


def test_where_every_hour_is_planned_no_hour_is_wrong() -> None:
    plan = schedule("0 * * * *", "UTC", HOUR)
    assert wrong_zone(plan, [TWO + timedelta(hours=n, minutes=2) for n in range(5)], []) is None
