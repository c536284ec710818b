"""Whatever happens, in whatever order: what may never be true of an incident."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.words import words

from tocsin.detection.alert import Alert, AlertState
from tocsin.effects.effect import Effect
from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.commands import Page, RunStep, SendUpdate
from tocsin.incident.incident import fold
from tocsin.incident.kept import ResponseSettings
from tocsin.incident.place import digest_of, judgements
from tocsin.incident.said import OUTSIDE
from tocsin.incident.state import AskState
from tocsin.incident.targets import Targets
from tocsin.incident.timeline import timeline
from tocsin.kit.ids import PersonId
from tocsin.postmortem.draft import draft, part_titles
from tocsin.response.decide import decide
from tocsin.response.document import outlives_the_end
from tocsin.response.warning import watched
from tocsin.runbook.book import Runbook
from tocsin.runbook.document import Text, read
from tocsin.testing.story import DAY, roster
from tocsin.testing.world import World

ROOT = Path(__file__).parents[2]
PEOPLE = ("ana", "bo", "chen", "dee", "vic", "nobody")


@cache
def runbook(name: str) -> Runbook:
    path = ROOT / "examples" / name / "runbook.md"
    return read(Text(path, path.read_text(encoding="utf-8")), date(2025, 10, 7))


def world(name: str) -> World:
    targets = Targets(
        "local",
        frozenset({"production-server"}),
        frozenset({"kubernetes"}),
        "DATABASE_URL",
        frozenset({"DATABASE_URL"}),
    )
    chosen = ResponseSettings(watch=timedelta(minutes=10))
    return World(runbook(name), roster(), targets, chosen, DAY)


Act = Callable[[World], None]

_ALERTS = {
    "cookcam": ("api-health: HTTP 502", "Too many connections", "429 errors for users"),
    "prepchef": (
        "OOM command not allowed when used memory > 'maxmemory'.",
        "CPU > 90% on postgres",
        "certificate expired",
    ),
}


def _alert(title: str, state: AlertState) -> Callable[[World], None]:
    def act(w: World) -> None:
        impact = "Complete service outage" if state is AlertState.FIRING else None
        w.happen(ev.AlertReceived(Alert(f"x:{title}", state, title, "check:x", w.now, {}, impact)))

    return act


def _person(make: Callable[[World, PersonId], ev.Event | None]) -> st.SearchStrategy[Act]:
    def act(name: str) -> Act:
        def run(w: World) -> None:
            event = make(w, PersonId(name))
            if event is not None:
                w.happen(event, f"person:{name}")

        return run

    return st.sampled_from(PEOPLE).map(act)


def _approve(w: World, by: PersonId) -> ev.Event | None:
    asks = list(w.incident.asks.values())
    return ev.Approved(asks[-1].made.ask, by, asks[-1].made.digest, asks[-1].made.target) if asks else None


def _approve_old(w: World, by: PersonId) -> ev.Event | None:
    asks = list(w.incident.asks.values())
    return ev.Approved(asks[0].made.ask, by, asks[0].made.digest, asks[0].made.target) if asks else None


def _approve_other_text(w: World, by: PersonId) -> ev.Event | None:
    asks = list(w.incident.asks.values())
    return ev.Approved(asks[-1].made.ask, by, "f" * 64) if asks else None


def _reject(w: World, by: PersonId) -> ev.Event | None:
    asks = list(w.incident.asks.values())
    return ev.Rejected(asks[-1].made.ask, by) if asks else None


def _settle(took: bool) -> Callable[[World, PersonId], ev.Event | None]:
    def make(w: World, by: PersonId) -> ev.Event | None:
        doubt = w.incident.in_doubt
        return ev.DoubtSettled(doubt[0].queued.run, by, took) if doubt else None

    return make


def _finish(which: int, outcome: str) -> Act:
    """End any run that was ever asked for: also one that has ended already, as a repeated report would."""

    def act(w: World) -> None:
        steps = [command for command in w.asked if isinstance(command, RunStep)]
        if steps:
            w.finish(steps[which % len(steps)], outcome)

    return act


def _interrupt(w: World) -> None:
    steps = [command for command in w.asked if isinstance(command, RunStep) and command.ask]
    if steps:
        w.happen(ev.StepInterrupted(steps[-1].run, "killed"))


def _pass_time(minutes: int) -> Act:
    return lambda w: w.until(w.now + timedelta(minutes=minutes))


def _request(which: int, by: str) -> Act:
    def act(w: World) -> None:
        steps = [step for section in w.book.walk() for step in section.steps()]
        w.happen(ev.StepRequested(steps[which % len(steps)].number, PersonId(by)), f"person:{by}")

    return act


def _replay_clock(w: World) -> None:
    """A clock that reports twice, or late."""
    for name, clock in list(w.incident.clocks.items())[-1:]:
        w.happen(ev.ClockPassed(name, clock.started.due), "clock")


def _jump(minutes: int) -> Act:
    """The machine slept: everything that fell due meanwhile passes at once, in no good order, some of it twice."""

    def act(w: World) -> None:
        w.now += timedelta(minutes=minutes)
        due = [
            (name, clock.started.due)
            for name, clock in w.incident.clocks.items()
            if clock.state == "running" and clock.started.due <= w.now
        ]
        for name, at in [*reversed(due), *due]:
            w.happen(ev.ClockPassed(name, at), "clock")

    return act


def acts(name: str) -> st.SearchStrategy[Act]:
    titles = st.sampled_from(_ALERTS[name])
    return st.one_of(
        titles.map(lambda t: _alert(t, AlertState.FIRING)),
        titles.map(lambda t: _alert(t, AlertState.RESOLVED)),
        _person(lambda w, by: ev.Acknowledged(by)),
        _person(_approve),
        _person(_approve),
        _person(_approve_old),
        _person(_approve_other_text),
        _person(_reject),
        _person(_settle(True)),
        _person(_settle(False)),
        _person(lambda w, by: ev.NoteAdded(by, "a note")),
        _person(lambda w, by: ev.SeverityChanged("P0", 0, by)),
        _person(lambda w, by: ev.SeverityChanged("P2", 2, by, "a reason")),
        _person(lambda w, by: ev.Resolved(by, "by hand")),
        _person(lambda w, by: ev.Resolved(by, "by hand", "I say so")),
        st.builds(_finish, st.integers(0, 30), st.sampled_from(["done", "failed", "no effect", "in doubt"])),
        st.builds(_finish, st.integers(0, 30), st.just("done")),
        st.builds(_request, st.integers(0, 200), st.sampled_from(PEOPLE)),
        st.sampled_from([1, 3, 10, 16, 31, 70]).map(_pass_time),
        st.just(_interrupt),
        st.just(_replay_clock),
        st.sampled_from([2, 20, 200]).map(_jump),
        words,
        words,
        words,
    )


def histories(name: str) -> st.SearchStrategy[World]:
    first = st.sampled_from(_ALERTS[name]).map(lambda t: _alert(t, AlertState.FIRING))

    def play(parts: tuple[Act, bool, list[Act]]) -> World:
        w = world(name)
        parts[0](w)
        if parts[1]:
            w.happen(ev.Acknowledged(PersonId("ana")), "person:ana")
        for act in parts[2]:
            act(w)
        return w

    return st.tuples(first, st.booleans(), st.lists(acts(name), min_size=5, max_size=25)).map(play)


any_history = st.one_of(histories("cookcam"), histories("prepchef"))
thorough = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@thorough
@given(any_history)
def test_nothing_that_changes_the_world_runs_without_a_yes_to_exactly_that(w: World) -> None:
    used: list[str] = []
    for command in w.asked:
        if not isinstance(command, RunStep):
            continue
        judged = [each for t in command.texts for each in judgements(t.text, t.language, t.environment)]
        if command.ask is None:
            assert all(judgement.runs_by_itself for judgement in judged)
            continue
        ask = w.incident.asks[command.ask]
        assert ask.state is AskState.APPROVED
        assert command.digest == ask.made.digest
        assert command.digest == digest_of(command.texts)
        people = {answer.by for answer in ask.approvals}
        assert len(people) >= ask.made.approvals_needed
        assert people <= {"ana", "bo", "chen", "dee"}
        if Effect.join(judgement.effect for judgement in judged).needs_two:
            assert len(people) >= 2
        used.append(command.ask)
    assert len(used) == len(set(used)), "an approval was used twice"


@thorough
@given(any_history)
def test_no_step_with_an_error_of_the_text_ever_runs(w: World) -> None:
    for command in w.asked:
        if isinstance(command, RunStep):
            blocking = {d.rule for d in w.book.blocking(command.step)}
            assert blocking <= {"TOC101", "TOC115"}, blocking


@thorough
@given(any_history)
def test_nobody_is_woken_after_the_end(w: World) -> None:
    over = False
    for record in w.log:
        match record.event:
            case ev.Resolved():
                over = True
            case ev.Reopened():
                over = False
            case ev.PageQueued(_, _, _, _, urgent):
                assert not (over and urgent)
            case ev.AskMade() | ev.StepQueued():
                assert not over
            case _:
                pass


@thorough
@given(any_history)
def test_acknowledging_stops_the_paging_of_everybody_already_called(w: World) -> None:
    """After a yes only these wake anybody: no end in time, a raise, an empty runbook, a relapse, silence, and people."""
    allowed = (
        "not resolved in time", "raised to", "nothing more to offer", "it came back", "no word from", "escalates:",
        "needs you:", "security incident",
    )  # fmt: skip
    acknowledged = False
    for record in w.log:
        match record.event:
            case ev.Acknowledged():
                acknowledged = True
            case ev.Reopened() | ev.Relapsed() | ev.AcknowledgementLapsed():
                acknowledged = False
            case ev.PageQueued(_, _, _, why, True) if acknowledged:
                assert any(reason in why for reason in allowed), why
            case _:
                pass


@thorough
@given(any_history)
def test_one_question_and_one_change_at_a_time(w: World) -> None:
    open_asks: set[str] = set()
    running: set[str] = set()
    for record in w.log:
        match record.event:
            case ev.AskMade() as made:
                assert not open_asks
                open_asks.add(made.ask)
            case ev.AskExpired(ask) | ev.AskWithdrawn(ask, _) | ev.Rejected(ask, _, _):
                open_asks.discard(ask)
            case ev.StepQueued() as queued if queued.ask is not None:
                open_asks.discard(queued.ask)
                assert not running
                running.add(queued.run)
            case ev.StepFinished() as ended:
                running.discard(ended.run)
            case ev.DoubtSettled(run):
                running.discard(run)
            case _:
                pass


@thorough
@given(any_history)
def test_an_end_stops_every_clock_but_the_one_of_the_post_mortem(w: World) -> None:
    if w.incident.resolved_at is not None:
        running = {name for name, clock in w.incident.clocks.items() if clock.state == "running"}
        assert all(outlives_the_end(name) for name in running), running


@thorough
@given(any_history)
def test_an_incident_that_is_open_and_unanswered_always_has_a_clock_or_has_said_that_nobody_answered(
    w: World,
) -> None:
    if w.incident.open and not w.incident.acknowledged:
        assert (
            w.incident.clock_running("respond") or w.incident.clock_running("snooze") or w.incident.exhausted
        )


@thorough
@given(any_history)
def test_the_incident_is_the_sum_of_its_events_also_after_writing_and_reading_them(w: World) -> None:
    read_back = [
        ev.Recorded(
            r.position, r.at, r.actor, codec.decode_event(codec.kind_of(r.event), codec.encode(r.event))
        )
        for r in w.log
    ]
    assert read_back == w.log
    assert fold(w.incident.id, read_back) == w.incident
    assert fold(w.incident.id, w.log) == fold(w.incident.id, w.log)


@thorough
@given(any_history, st.sampled_from(_ALERTS["cookcam"]))
def test_deciding_twice_gives_the_same(w: World, title: str) -> None:
    event = ev.AlertReceived(Alert(f"x:{title}", AlertState.FIRING, title, "check:x", w.now))
    assert decide(w.incident, event, w.situation()) == decide(w.incident, event, w.situation())


@thorough
@given(any_history)
def test_every_command_survives_the_outbox(w: World) -> None:
    for command in w.asked:
        assert codec.decode_command(codec.kind_of(command), codec.encode(command)) == command
        if isinstance(command, Page):
            assert len(command.subject) <= 160


@thorough
@given(any_history)
def test_every_event_has_a_line_in_the_timeline(w: World) -> None:
    lines = timeline(w.log)
    assert len(lines) == len(w.log)
    assert all(line.text for line in lines)


@thorough
@given(any_history)
def test_a_post_mortem_can_be_drafted_at_any_moment_and_has_its_six_parts(w: World) -> None:
    text = draft(w.incident, w.log, w.book, timedelta(hours=48))
    for title in part_titles(w.book.policy):
        assert f". {title}" in text
    assert all(row.count(" | ") >= 3 for row in text.splitlines() if row.startswith("| 0"))


@thorough
@given(any_history)
def test_no_word_for_outsiders_leaves_without_the_commanders_yes_to_exactly_that(w: World) -> None:
    commander: str | None = None
    restricted = False
    approved: dict[str, set[str]] = {}
    audience: dict[str, str] = {}
    for record in w.log:
        match record.event:
            case ev.RoleTaken("commander", person):
                commander = person
            case ev.Reopened():
                commander = None
            case ev.SecurityDeclared():
                restricted = True
            case ev.UpdateDrafted() as drafted:
                audience[drafted.update] = drafted.audience
            case ev.UpdateApproved(update, by):
                approved.setdefault(update, set()).add(by)
            case ev.UpdateSent(update, by, digest) if audience[update] in OUTSIDE:
                agreed = {by, *approved.get(update, ())}
                assert commander in agreed
                assert not restricted or "chen" in agreed
                assert digest == w.incident.said.updates[update].digest
            case _:
                pass


@thorough
@given(any_history)
def test_an_update_leaves_once_as_it_was_read_and_never_with_a_secret(w: World) -> None:
    sent = [command for command in w.asked if isinstance(command, SendUpdate)]
    assert len({command.update for command in sent}) == len(sent)
    for command in sent:
        update = w.incident.said.updates[command.update]
        assert command.text == update.drafted.text
        assert update.sent is not None
        assert "hunter22x" not in command.text


@thorough
@given(any_history)
def test_whoever_has_it_there_is_exactly_one_commander(w: World) -> None:
    commanders = [
        tenure for tenure in w.incident.team.tenures if tenure.role == "commander" and tenure.until is None
    ]
    if w.incident.open and w.incident.acknowledged:
        assert w.incident.commander is not None
        assert [tenure.person for tenure in commanders] == [w.incident.commander]
    assert len(commanders) <= 1


@thorough
@given(any_history)
def test_the_command_moves_only_to_who_took_it(w: World) -> None:
    wanted: set[str] = set()
    for record in w.log:
        match record.event:
            case ev.RoleWanted("commander", by) | ev.Acknowledged(by):
                wanted.add(by)
            case ev.RoleTaken("commander", person):
                assert person in wanted
            case _:
                pass


@thorough
@given(any_history)
def test_a_major_incident_always_owes_the_public_its_next_word(w: World) -> None:
    i = w.incident
    if i.open and i.major and i.security is None:
        assert i.clock_running("public update") or i.clock_running("deputy reminder")


@thorough
@given(any_history)
def test_whoever_has_it_is_asked_for_a_sign_of_life(w: World) -> None:
    i = w.incident
    if i.open and i.acknowledged and i.rank <= 2 and i.watching_until is None:
        assert i.clock_running("stale")


@thorough
@given(any_history)
def test_nobody_who_may_not_act_ever_did(w: World) -> None:
    assert not w.incident.team.acted & {"vic", "nobody"}
    assert not set(w.incident.roles.values()) & {"vic", "nobody"}
    assert all(task.given.to not in ("vic", "nobody") for task in w.incident.team.tasks.values())


@thorough
@given(any_history)
def test_a_clock_that_warns_runs_only_beside_the_one_it_warns_of(w: World) -> None:
    for name, clock in w.incident.clocks.items():
        of = watched(name)
        if of is not None and clock.state == "running":
            assert w.incident.clock_running(of)
