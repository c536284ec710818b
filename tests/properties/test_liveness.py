"""Whatever has happened: somebody or something always moves an open incident on, and it can always be brought to its end."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.test_response import acts, world

from tocsin.detection.alert import Alert, AlertState
from tocsin.incident import events as ev
from tocsin.incident.commands import RunStep
from tocsin.incident.state import AskState, RunState
from tocsin.kit.ids import PersonId
from tocsin.testing.world import World

ANA, BO, CHEN, DEE = (PersonId(name) for name in ("ana", "bo", "chen", "dee"))

_SAME = "api-health: HTTP 502"


def fires(w: World) -> None:
    w.happen(
        ev.AlertReceived(
            Alert("x:same", AlertState.FIRING, _SAME, "check:x", w.now, {}, "Complete service outage")
        ),
        "check:x",
    )


def one_ends(which: int, outcome: str) -> Callable[[World], None]:
    """One of the runs that really run ends, whichever it is."""

    def act(w: World) -> None:
        running = [run.queued.run for run in w.incident.runs.values() if run.state is RunState.RUNNING]
        steps = [command for command in w.asked if isinstance(command, RunStep) and command.run in running]
        if steps:
            w.finish(steps[which % len(steps)], outcome)

    return act


def request(number: str) -> Callable[[World], None]:
    def act(w: World) -> None:
        w.happen(ev.StepRequested(number, DEE), "person:dee")

    return act


def settle(took: bool) -> Callable[[World], None]:
    def act(w: World) -> None:
        for run in w.incident.in_doubt:
            w.happen(ev.DoubtSettled(run.queued.run, ANA, took), "person:ana")

    return act


def passes(seconds: int) -> Callable[[World], None]:
    return lambda w: w.until(w.now + timedelta(seconds=seconds))


def all_end(outcome: str) -> Callable[[World], None]:
    """Whatever runs ends the same way."""

    def act(w: World) -> None:
        while any(run.state is RunState.RUNNING for run in w.incident.runs.values()):
            one_ends(0, outcome)(w)

    return act


# What happens around the end of an incident, where the paths cross: green and red again, while something still runs.
_AROUND_THE_END = st.one_of(
    st.just(lambda w: fires(w)),
    st.just(lambda w: all_green(w)),
    st.just(lambda w: all_green(w)),
    st.just(lambda w: say_yes(w)),
    st.sampled_from(["1.5", "1.6", "2.3", "3.4", "5.4"]).map(request),
    st.builds(one_ends, st.integers(0, 9), st.sampled_from(["done", "failed", "in doubt"])),
    st.sampled_from(["done", "done", "failed"]).map(all_end),
    st.booleans().map(settle),
    st.sampled_from([15, 61, 620, 910, 1900]).map(passes),
)
any_history = st.sampled_from(["cookcam", "prepchef"]).flatmap(
    lambda name: st.lists(st.one_of(_AROUND_THE_END, _AROUND_THE_END, acts(name)), max_size=20).map(
        lambda happened: played(name, happened)
    )
)


def played(name: str, happened: list[Callable[[World], None]]) -> World:
    w = world(name)
    fires(w)
    for act in happened:
        act(w)
    return w


thorough = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))

# Every check goes green and every question is answered: then two watch windows and the clocks between them are plenty.
_ROUNDS = 40


def end_what_runs(w: World) -> None:
    """Every run that was begun ends well; what is in doubt took effect, says a person who looked."""
    for command in list(w.asked):
        if isinstance(command, RunStep) and w.incident.runs[command.run].state is RunState.RUNNING:
            w.finish(command)
    for run in w.incident.in_doubt:
        w.happen(ev.DoubtSettled(run.queued.run, ANA, True), "person:ana")


def all_green(w: World) -> None:
    for alert in w.incident.firing:
        well = Alert(alert.fingerprint, AlertState.RESOLVED, alert.title, alert.source, w.now)
        w.happen(ev.AlertReceived(well), alert.source)


def say_yes(w: World) -> None:
    for person in (ANA, BO, CHEN, DEE):
        ask = w.incident.open_ask
        if ask is not None:
            w.happen(ev.Approved(ask.made.ask, person, ask.made.digest, ask.made.target), f"person:{person}")


def moved_by(w: World) -> list[str]:
    """What will move an open incident on without anybody having to think of it."""
    i = w.incident
    found = [name for name in ("look", "settle", "watch", "verify again") if i.clock_running(name)]
    if i.open_ask is not None:
        found.append("ask")
    if i.running_change is not None:
        found.append("change")
    if not i.firing and any(run.open for run in i.runs_for("verify")):
        found.append("verify")
    if i.firing and i.spent is not None:
        found.append("people were told that nothing is left")
    return found


@thorough
@given(any_history)
def test_an_open_incident_always_has_something_that_moves_it_on(w: World) -> None:
    if w.incident.open:
        assert moved_by(w)


@thorough
@given(any_history)
def test_every_open_question_has_a_clock_that_ends_it(w: World) -> None:
    ask = w.incident.open_ask
    if ask is not None:
        assert w.incident.clock_running(f"answer {ask.made.ask}")


@thorough
@given(any_history)
def test_nothing_of_an_incident_that_is_over_is_still_being_watched(w: World) -> None:
    if w.incident.resolved_at is not None:
        assert w.incident.watching_until is None
        assert not any(run.changes and run.open for run in w.incident.runs.values())
    ends = 0
    for record in w.log:
        match record.event:
            case ev.Resolved():
                ends += 1
                assert ends == 1, "resolved twice"
            case ev.Reopened():
                ends = 0
            case ev.WatchStarted():
                assert ends == 0, "watched after the end"


@thorough
@given(any_history)
def test_when_everybody_acts_and_every_check_is_green_it_ends(w: World) -> None:
    if w.incident.declared is None:
        return
    for _ in range(_ROUNDS):
        if not w.incident.open:
            return
        if not w.incident.acknowledged:
            w.happen(ev.Acknowledged(ANA), "person:ana")
        end_what_runs(w)
        all_green(w)
        w.until(w.now + timedelta(minutes=5))
    raise AssertionError(f"still {w.incident.stage.value}: {moved_by(w) or 'nothing moves it'}")


@thorough
@given(any_history, st.integers(min_value=5, max_value=30))
def test_when_everybody_says_yes_and_nothing_helps_people_are_told_that_nothing_is_left(
    w: World, minutes: int
) -> None:
    if not w.incident.open or not w.incident.firing:
        return
    for _ in range(3 * _ROUNDS):
        i = w.incident
        if i.open_ask is None and i.spent == (i.changes_run, i.relapses):
            return
        end_what_runs(w)
        say_yes(w)
        w.until(w.now + timedelta(minutes=minutes))
    raise AssertionError(f"still {w.incident.stage.value}: {moved_by(w) or 'nothing moves it'}")


@thorough
@given(any_history)
def test_whoever_is_wanted_is_called_again_until_somebody_answers_or_it_is_said_that_nobody_did(
    w: World,
) -> None:
    if w.incident.open and not w.incident.acknowledged:
        assert (
            w.incident.clock_running("respond") or w.incident.clock_running("snooze") or w.incident.exhausted
        )


@thorough
@given(any_history)
def test_an_ask_is_answered_expired_withdrawn_or_open_and_only_the_last_is(w: World) -> None:
    asks = list(w.incident.asks.values())
    assert all(ask.state is not AskState.OPEN for ask in asks[:-1])
