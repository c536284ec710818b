"""One drill of each seed, from nothing to nothing: what it says of the section, and that it leaves nothing."""

from dataclasses import replace
from pathlib import Path

from tests.drills.conftest import CAPSULE, Yard, scenario

from tocsin.drill.record import Kind, Run, State
from tocsin.drill.result import in_words, result
from tocsin.drill.scenario import Fixed
from tocsin.engine.history import records
from tocsin.incident import events as ev
from tocsin.store import incidents
from tocsin.store.database import Database

WHOLE = [
    State.PROVISION, State.BASELINE, State.ARM, State.INJECT, State.CONFIRM, State.DETECT, State.MATCH, State.RESPOND,
    State.VERIFY, State.WAY_BACK, State.RESTORE, State.VERIFY_AGAIN, State.REPORT,
]  # fmt: skip


def sound(run: Run) -> None:
    """The sandbox stood, and nothing of it is left."""
    assert run.broken is None
    assert run.residue == ()
    assert run.walls.kind == ("capsule" if CAPSULE else "open room")


def noted(kept: Path) -> list[str]:
    """What the drill wrote into the incident's own log."""
    with Database.open(kept / "tocsin.db", create=False) as database, database.read() as tx:
        (row,) = incidents.listing(tx)
        assert row.drill
        return [each.event.text for each in records(tx, row.id) if isinstance(each.event, ev.NoteAdded)]


def test_a_stopped_api_is_noticed_matched_restarted_and_proven(yard: Yard) -> None:
    wanted = scenario("cookcam", "api-stopped")
    run = yard.run(wanted)
    sound(run)
    assert [moved.state for moved in run.states] == WHOLE
    assert run.detection is not None
    assert run.detection.right
    assert run.detection.page_says_drill
    assert run.detection.pages >= 3
    assert run.shown[0].held, "pm2 says that it is stopped"
    assert (run.by, run.green, run.gone) == ("1.4a", True, True)
    assert run.differs == ()
    assert run.left == ()
    found = result(wanted, (run,), run.times.began)
    assert found.wrong == ()
    assert found.verdict.passed
    assert in_words(found.verdict) == "fixed as written by 1.4a"
    notes = "\n".join(noted(yard.kept))
    for state in WHOLE[:-1]:
        assert f" {state.value}: " in notes, "every transition stands in the incident's own log"
    assert (yard.kept / "postmortems" / "INC-1.md").is_file()
    assert yard.left() == []


def test_a_full_redis_is_mended_by_its_policy_and_the_way_back_is_exercised(yard: Yard) -> None:
    wanted = scenario("prepchef", "redis-memory-full")
    run = yard.run(wanted)
    sound(run)
    assert run.by == "5.4"
    assert [one.held for one in run.ways_back] == [True]
    assert "noeviction" in run.ways_back[0].about
    refused = {one.number: one.why for one in run.turned}
    assert "destroy" in refused["5.2a"], "FLUSHALL is never proposed"
    assert result(wanted, (run,), run.times.began).verdict.passed
    assert yard.left() == []


def test_without_a_fault_the_detectors_stay_silent(yard: Yard) -> None:
    run = yard.run(scenario("prepchef", "redis-memory-full"), kind=Kind.NO_FAULT)
    sound(run)
    assert run.detection is None
    assert run.false_alarms == ()


def test_without_the_runbook_it_stays_broken_and_without_the_step_too(yard: Yard) -> None:
    wanted = scenario("prepchef", "redis-memory-full")
    trial = yard.run(wanted)
    idle = yard.run(wanted, kind=Kind.NO_RUNBOOK)
    without = yard.run(wanted, kind=Kind.WITHOUT_STEP, left_out="5.4")
    for run in (trial, idle, without):
        sound(run)
    found = result(wanted, (trial, idle, without), trial.times.began).verdict
    assert [(control.name, control.held) for control in found.controls] == [("no runbook", True)]
    assert [(one.number, one.need.value) for one in found.ablations] == [("5.4", "needed")]


def test_a_fault_that_no_check_sees_is_not_detected_and_put_right_all_the_same(yard: Yard) -> None:
    """The wrong check watches: the drill says so, and the room is restored."""
    wanted = scenario("prepchef", "redis-memory-full")
    blind = {
        "name": "other", "kind": "tcp", "host": "127.0.0.1", "port": 6379, "every": "1 s", "failures": 1, "successes": 1,
    }  # fmt: skip
    wanted = replace(
        wanted,
        checks=("other",),
        more_checks=(blind,),
        expect=replace(wanted.expect, detected=False, fixed=Fixed.NOT_TRIED),
    )
    run = yard.run(wanted)
    sound(run)
    assert run.detection is None
    assert State.RESTORE in [moved.state for moved in run.states]
    found = result(wanted, (run,), run.times.began)
    assert found.wrong == ()
    assert not found.verdict.passed
