"""A job that has to report: what each of its pings means, and what its silence means.

Pure: every function takes the state as it is and gives the state as it becomes, with what has to be told.
Source: docs/reference/response.md, JOB-01 to JOB-08; the words of pings are those of Healthchecks and Sentry Crons.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from itertools import islice
from statistics import median

from tocsin.detection.heartbeat_plan import Plan

RUNS = 16  # open runs that are remembered; beyond that the oldest is forgotten
LEARNT = 20  # durations that are remembered
_ENOUGH = 5  # durations before one is called far outside
_BEGINS = 8
_EARLY = timedelta(minutes=1)  # a clock that is a little fast reports before the planned time
_BEHIND = timedelta(minutes=1)
_AGAIN = timedelta(hours=1)  # a trouble that goes on is alerted again with the next deadline after this


class Kind(Enum):
    """What a ping says."""

    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"  # kept, and nothing changes
    IGNORED = "ignored"  # kept, and nothing changes: wrong method, no keyword, paused until resumed by hand


class Standing(Enum):
    """How a heartbeat stands, for people."""

    NEW = "new"  # nothing was expected of it yet, and nothing came
    DUE = "due"  # it reported, and is expected again
    RUNNING = "running"
    LATE = "late"  # expected, and inside its grace
    MISSED = "missed"
    FAILED = "failed"
    TOO_LONG = "too_long"
    NEVER_SEEN = "never_seen"  # its first expected time and grace passed, and nothing ever came
    PAUSED = "paused"

    @property
    def outward(self) -> str:
        """up, late or down, as badges say it; new and paused are themselves."""
        match self:
            case Standing.NEW | Standing.PAUSED:
                return str(self.value)
            case Standing.DUE | Standing.RUNNING:
                return "up"
            case Standing.LATE:
                return "late"
            case _:
                return "down"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a heartbeat is judged.

    Attributes:
        grace: how long after the planned time it may report. limit: how long a run may take from its start.
        wall: planned by the wall clock (cron), so that every planned time is a deadline of its own; else by intervals.
        start_counts: whether a start answers the plan (as in Sentry) or only a success does (as in Healthchecks).
        failures, recoveries: so many bad, or good, reports in a row before anybody is told.
        manual_resume: whether a paused one stays paused when a ping comes.
        slow_factor: a success beyond this many times the median is told; 0: never. slow_least: nor is a shorter one.
    """

    grace: timedelta
    limit: timedelta
    wall: bool
    start_counts: bool = False
    failures: int = 1
    recoveries: int = 1
    manual_resume: bool = False
    slow_factor: float = 3.0
    slow_least: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Ping:
    """One report.

    Attributes:
        at: when we had it; the sender's clock decides nothing. rid: pairs a start and its end.
        newest: no id was given, and the newest open run is meant (Sentry), not all of them (Healthchecks).
        exit: status of the program, if told. took: as the sender measured it, if told.
    """

    kind: Kind
    at: datetime
    rid: str | None = None
    newest: bool = False
    exit: int | None = None
    took: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A start whose end has not come. told: whether it was said that it takes too long."""

    rid: str | None
    started: datetime
    told: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All that is known of a heartbeat.

    Attributes:
        since: from when deadlines count: made, or resumed. seen: the last success; heard: the last report of any kind.
        counted: the next planned time is the first after this; None: an interval whose silence was told already.
        trouble: what is wrong, and since when; alerting: whether it was told; alerted_at: when last.
        bad, good: reports of that kind in a row. slow: whether the last success took far too long and that was told.
        seconds: of the last successful runs. begins: when they began, for `heartbeat_zone`.
        ended: ids of runs that ended lately: their start may come behind their end.
    """

    since: datetime
    counted: datetime | None
    seen: datetime | None = None
    heard: datetime | None = None
    runs: tuple[Run, ...] = ()
    trouble: Standing | None = None
    trouble_at: datetime | None = None
    alerting: bool = False
    alerted_at: datetime | None = None
    bad: int = 0
    good: int = 0
    slow: bool = False
    seconds: tuple[float, ...] = ()
    begins: tuple[datetime, ...] = ()
    paused_at: datetime | None = None
    exit: int | None = None
    ended: tuple[tuple[str, datetime], ...] = ()


class About(Enum):
    """What is told."""

    DOWN = "down"
    UP = "up"
    SLOW = "slow"
    USUAL = "usual"  # as long as usual again


@dataclass(frozen=True, slots=True)
class News:
    """Something that has to be told.

    Attributes:
        standing: what is wrong, or DUE. took, usual: of a run far outside, seconds.
    """

    about: About
    at: datetime
    standing: Standing
    took: float | None = None
    usual: float | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A planned time whose deadline passed without a success. Told once.

    Attributes:
        last: "never_seen", "missed", "failed" or "running" at the deadline.
    """

    expected: datetime
    deadline: datetime
    last: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a ping or of time that passed.

    Attributes:
        kind: how a ping was taken in the end. took: how long the run that it ended took.
    """

    state: State
    news: tuple[News, ...] = ()
    missed: tuple[Missed, ...] = ()
    kind: Kind | None = None
    took: timedelta | None = None


def begin(now: datetime) -> State:
    """A heartbeat that nobody has heard of yet. What was due before is nobody's fault."""
    return State(now, now)


def expected(plan: Plan, state: State) -> datetime | None:
    """When it has to report next; None while paused, or when its silence was told already."""
    if state.paused_at is not None or state.counted is None:
        return None
    return next(plan.due_after(state.counted), None)


def deadline(rules: Rules, plan: Plan, state: State) -> datetime | None:
    """When something has to be told unless a ping comes before; None: only a ping can change anything."""
    if state.paused_at is not None:
        return None
    due = expected(plan, state)
    found = [] if due is None else [due + rules.grace]
    found += [run.started + rules.limit for run in state.runs if not run.told]
    return min(found, default=None)


def standing(plan: Plan, state: State, now: datetime) -> Standing:
    """How it stands at a moment."""
    if state.paused_at is not None:
        return Standing.PAUSED
    if state.trouble is not None:
        return state.trouble
    if state.runs:
        return Standing.RUNNING
    due = expected(plan, state)
    if due is not None and due <= now:
        return Standing.LATE
    return Standing.NEW if state.heard is None else Standing.DUE


def ping(rules: Rules, plan: Plan, state: State, said: Ping) -> Turn:
    """Take one report in."""
    if said.kind in (Kind.LOG, Kind.IGNORED):
        return Turn(state, kind=said.kind)
    if state.paused_at is not None:
        if rules.manual_resume:
            return Turn(state, kind=Kind.IGNORED)
        state = resume(state, said.at)
    match said.kind:
        case Kind.START:
            return Turn(_started(rules, plan, state, said), kind=said.kind)
        case Kind.FAIL:
            return _failed(rules, state, said)
        case _:
            return _succeeded(rules, plan, state, said)


def pass_time(rules: Rules, plan: Plan, state: State, now: datetime, most: int = 500) -> Turn:
    """Every deadline that has passed, oldest first, each told once; at most `most` of them, the rest the next time."""
    news: list[News] = []
    missed: list[Missed] = []
    for _ in range(most):
        when = deadline(rules, plan, state)
        if when is None or when > now:
            break
        turn = _passed(rules, plan, state, when)
        state = turn.state
        news += turn.news
        missed += turn.missed
    return Turn(state, tuple(news), tuple(missed))


def pause(state: State, now: datetime) -> State:
    """Expect nothing until resumed. What was told stays told; runs are forgotten."""
    return replace(state, paused_at=now, runs=())


def resume(state: State, now: datetime) -> State:
    """Expect it again from now on."""
    return replace(state, paused_at=None, since=now, counted=now, runs=())


def _started(rules: Rules, plan: Plan, state: State, said: Ping) -> State:
    if any(rid == said.rid and said.at - at <= _BEHIND for rid, at in state.ended):
        return replace(state, heard=said.at)  # overtaken by its own end on the way here
    others = tuple(run for run in state.runs if run.rid != said.rid)
    counted = _answered(plan, said.at) if rules.start_counts else state.counted
    return replace(state, heard=said.at, runs=(*others, Run(said.rid, said.at))[-RUNS:], counted=counted)


def _failed(rules: Rules, state: State, said: Ping) -> Turn:
    ended, _ = _ended(state.runs, said)
    state = replace(state, heard=said.at, runs=(), exit=said.exit, ended=_with(state.ended, said))
    state, news = _worse(rules, state, Standing.FAILED, said.at)
    return Turn(state, news, kind=said.kind, took=_duration(ended, said))


def _succeeded(rules: Rules, plan: Plan, state: State, said: Ping) -> Turn:
    ended, rest = _ended(state.runs, said)
    took = _duration(ended, said)
    began = ended.started if ended is not None else said.at - took if took is not None else said.at
    well = state.alerting and state.good + 1 >= rules.recoveries
    news = [News(About.UP, said.at, Standing.DUE)] if well else []
    seconds, slow = state.seconds, state.slow
    if took is not None:
        seconds, slow, lengths = _measured(rules, state, took, said.at)
        news += lengths
    # One copy of all fields: a copy is what costs most about a ping.
    state = replace(
        state,
        seen=said.at,
        heard=said.at,
        counted=_answered(plan, said.at),
        runs=rest,
        trouble=None,
        trouble_at=None,
        alerting=state.alerting and not well,
        bad=0,
        good=state.good + 1,
        slow=slow,
        seconds=seconds,
        begins=(*state.begins, began)[-_BEGINS:],
        exit=said.exit,
        ended=_with(state.ended, said),
    )
    return Turn(state, tuple(news), kind=said.kind, took=took)


def _passed(rules: Rules, plan: Plan, state: State, when: datetime) -> Turn:
    """The one deadline that passes at this moment."""
    late = next((run for run in state.runs if not run.told and run.started + rules.limit == when), None)
    if late is not None:
        runs = tuple(replace(run, told=True) if run is late else run for run in state.runs)
        state, news = _worse(rules, replace(state, runs=runs), Standing.TOO_LONG, when)
        return Turn(state, news)
    due = expected(plan, state)
    assert due is not None, "a deadline that is no run's is the plan's"
    if any(run.started <= when for run in state.runs):
        last, what = "running", Standing.TOO_LONG
    elif state.trouble is Standing.FAILED:
        last, what = "failed", Standing.FAILED
    elif state.heard is None:
        last, what = "never_seen", Standing.NEVER_SEEN
    else:
        last, what = "missed", Standing.MISSED
    state, news = _worse(rules, replace(state, counted=due if rules.wall else None), what, when)
    return Turn(state, news, (Missed(due, when, last),))


def _worse(rules: Rules, state: State, what: Standing, at: datetime) -> tuple[State, tuple[News, ...]]:
    state = replace(state, trouble=what, trouble_at=state.trouble_at or at, bad=state.bad + 1, good=0)
    known = state.alerting and state.alerted_at is not None and at - state.alerted_at < _AGAIN
    if state.bad < rules.failures or known:
        return state, ()
    return replace(state, alerting=True, alerted_at=at), (News(About.DOWN, at, what),)


def _measured(
    rules: Rules, state: State, took: timedelta, at: datetime
) -> tuple[tuple[float, ...], bool, tuple[News, ...]]:
    """Compare a run's length with what is usual, then learn it (JOB-08): the lengths, whether far outside, what is told."""
    seconds, known = took.total_seconds(), state.seconds
    usual = median(known) if known else None
    far = (
        rules.slow_factor > 0
        and usual is not None
        and len(known) >= _ENOUGH
        and seconds > rules.slow_factor * usual
        and took >= rules.slow_least
    )
    news: tuple[News, ...] = ()
    if far:
        news = (News(About.SLOW, at, Standing.DUE, seconds, usual),)
    elif state.slow:
        news = (News(About.USUAL, at, Standing.DUE, seconds, usual),)
    return (*known, seconds)[-LEARNT:], far, news


def _with(ended: tuple[tuple[str, datetime], ...], said: Ping) -> tuple[tuple[str, datetime], ...]:
    """The ids that ended lately, with this one."""
    if said.rid is None:
        return ended
    late = ((rid, at) for rid, at in ended if said.at - at <= _BEHIND and rid != said.rid)
    return (*late, (said.rid, said.at))[-RUNS:]


def _ended(runs: tuple[Run, ...], said: Ping) -> tuple[Run | None, tuple[Run, ...]]:
    """The run that a report ends, and those that stay open."""
    if said.rid is not None:
        mine = next((run for run in runs if run.rid == said.rid), None)
        return mine, tuple(run for run in runs if run is not mine)
    if not runs:
        return None, ()
    return runs[-1], runs[:-1] if said.newest else ()


def _duration(ended: Run | None, said: Ping) -> timedelta | None:
    if said.took is not None:
        return said.took
    return max(said.at - ended.started, timedelta()) if ended is not None else None


def _answered(plan: Plan, at: datetime) -> datetime:
    """From where the next planned time is looked for: a report a moment before its planned time stands for that one."""
    following = tuple(islice(plan.due_after(at), 2))
    if len(following) == 2 and following[0] - at <= min(_EARLY, (following[1] - following[0]) / 10):
        return following[0]
    return at
