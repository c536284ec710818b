"""Two incidents cannot change the same target at once; the second waits, visibly, and looking is held up by nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tocsin.connectors.process import LocalRunner
from tocsin.engine.decisions import CHANGE, LOOK
from tocsin.engine.recover import recover
from tocsin.engine.run_step import Workshop
from tocsin.engine.turnstile import LOOKS_AT_ONCE, Turnstile
from tocsin.incident import codec
from tocsin.incident import events as ev
from tocsin.incident.commands import RunStep, StepText
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import AskId, IncidentId, RunId, StepId
from tocsin.kit.redact import Redactor
from tocsin.store import outbox, signals, target_lock
from tocsin.store.database import Database

NOW = datetime(2025, 10, 7, 3, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(str(tmp_path / "tocsin.db"))


@pytest.fixture
def workshop() -> Workshop:
    clock, redactor = SystemClock(), Redactor()
    here = LocalRunner("local (web-1)", {}, redactor, clock)
    there = LocalRunner("db-7", {}, redactor, clock)
    runners = {"local (web-1)": here, "production-server": here, "db-7": there}
    return Workshop(runners, redactor, clock, timedelta(seconds=5))


def step(number: int, target: str, ask: bool = True) -> RunStep:
    incident = IncidentId(f"INC-{number}")
    return RunStep(
        RunId(f"{incident}.r1"), incident, StepId("0123456789ab"), (StepText("x", "shell", target),), "change",
        "mitigate", "0" * 64, AskId(f"{incident}.a1") if ask else None,
    )  # fmt: skip


def _body(command: RunStep) -> str:
    return f'{{"command":"RunStep","value":{codec.encode(command)}}}'


def claimed(database: Database, command: RunStep, kind: str = CHANGE) -> outbox.Claimed:
    with database.write() as tx:
        outbox.put(
            tx,
            [outbox.OutboxRow(command.run + str(kind), command.incident, kind, _body(command), 1, NOW)],
        )
    with database.write() as tx:
        (row,) = outbox.claim(tx, NOW, [kind], 1, holder="here")
    return row


def test_the_second_waits_is_told_of_the_first_and_goes_when_it_is_done(
    database: Database, workshop: Workshop
) -> None:
    gate = Turnstile(workshop)
    first, second = step(1, "local (web-1)"), step(2, "production-server")  # two names of one machine
    with database.write() as tx:
        assert gate.lets_change(tx, claimed_in(database, tx, first), first, NOW)
    row = claimed(database, second)
    with database.write() as tx:
        assert not gate.lets_change(tx, row, second, NOW)
    with database.read() as tx:
        (waiting,) = [each for each in signals.next_unhandled(tx, 10) if each.kind == "StepWaiting"]
        assert codec.decode_event(waiting.kind, waiting.body) == ev.StepWaiting(
            second.run, "local (web-1)", first.incident, first.run
        )
        assert outbox.counts(tx).queued == 1, "it is back in the queue"
    with database.write() as tx:
        assert target_lock.give_back(tx, first.run, NOW) == ("local (web-1)",)
        (row,) = outbox.claim(tx, NOW + timedelta(seconds=1), [CHANGE], 1, holder="here")
        assert gate.lets_change(tx, row, second, NOW)


def claimed_in(database: Database, tx: object, command: RunStep) -> outbox.Claimed:
    """A claimed row for a change that is let through: the gate does not touch it."""
    return outbox.Claimed(1, command.run, command.incident, CHANGE, "", 1, 1, "here", NOW, None)


def test_another_target_is_changed_at_the_same_time(database: Database, workshop: Workshop) -> None:
    gate = Turnstile(workshop)
    with database.write() as tx:
        for command in (step(1, "local (web-1)"), step(2, "db-7")):
            assert gate.lets_change(tx, claimed_in(database, tx, command), command, NOW)
        assert [held.target for held in target_lock.all_held(tx, NOW)] == ["db-7", "local (web-1)"]


def test_looking_is_held_up_by_no_change_and_by_too_many_looks_only(
    database: Database, workshop: Workshop
) -> None:
    gate = Turnstile(workshop)
    change = step(1, "local (web-1)")
    with database.write() as tx:
        assert gate.lets_change(tx, claimed_in(database, tx, change), change, NOW)
    looks = [step(number, "local (web-1)", ask=False) for number in range(2, 3 + LOOKS_AT_ONCE)]
    rows = [claimed(database, look, LOOK) for look in looks]
    with database.write() as tx:
        let = [gate.lets_look(tx, row, look, NOW) for row, look in zip(rows, looks, strict=True)]
    assert let == [True] * LOOKS_AT_ONCE + [False]
    gate.looked(looks[0])
    with database.write() as tx:
        (row,) = outbox.claim(tx, NOW + timedelta(seconds=1), [LOOK], 1, holder="here")
        assert gate.lets_look(tx, row, looks[-1], NOW)


def test_a_look_leaves_from_where_it_was_let_in_whatever_the_places_are_called_by_then(
    database: Database, workshop: Workshop
) -> None:
    gate = Turnstile(workshop)
    looks = [step(number, "production-server", ask=False) for number in range(1, 1 + LOOKS_AT_ONCE)]
    rows = [claimed(database, look, LOOK) for look in looks]
    with database.write() as tx:
        assert all(gate.lets_look(tx, row, look, NOW) for row, look in zip(rows, looks, strict=True))
        gate.take_up(replace(workshop, runners={}))  # tocsin.toml says something else now
        for look in looks:
            gate.looked(look)
        gate.take_up(workshop)
        assert all(gate.lets_look(tx, row, look, NOW) for row, look in zip(rows, looks, strict=True))


def test_a_look_that_was_turned_away_begins_as_soon_as_another_ends(
    database: Database, workshop: Workshop
) -> None:
    gate = Turnstile(workshop)
    looks = [step(number, "db-7", ask=False) for number in range(1, 2 + LOOKS_AT_ONCE)]
    rows = [claimed(database, look, LOOK) for look in looks]
    with database.write() as tx:
        let = [gate.lets_look(tx, row, look, NOW) for row, look in zip(rows, looks, strict=True)]
    assert let == [True] * LOOKS_AT_ONCE + [False]
    with database.write() as tx:
        assert outbox.claim(tx, NOW, [LOOK], 1, holder="here") == (), "it waits"
        elsewhere = step(99, "local (web-1)", ask=False)
        gate.let_in(tx, elsewhere, NOW)
        assert outbox.claim(tx, NOW, [LOOK], 1, holder="here") == (), "another target's place is none for it"
    gate.looked(looks[0])
    with database.write() as tx:
        gate.let_in(tx, looks[0], NOW)
        (row,) = outbox.claim(tx, NOW, [LOOK], 1, holder="here")
        assert row.key == rows[-1].key
        assert gate.lets_look(tx, row, looks[-1], NOW)


def test_time_gives_no_target_back(database: Database, workshop: Workshop) -> None:
    change = step(1, "db-7")
    with database.write() as tx:
        assert target_lock.take(tx, ["db-7"], change.incident, change.run, NOW) is None
    with database.read() as tx:
        held = target_lock.holder(tx, "db-7", NOW + timedelta(days=3650))
        assert held is not None
        assert held.run == change.run


def test_a_new_holder_has_a_greater_number(database: Database) -> None:
    tokens = []
    for number in (1, 2, 3):
        run, incident = RunId(f"INC-{number}.r1"), IncidentId(f"INC-{number}")
        with database.write() as tx:
            target_lock.take(tx, ["db-7"], incident, run, NOW)
            held = target_lock.holder(tx, "db-7", NOW)
            assert held is not None
            tokens.append(held.token)
            target_lock.give_back(tx, run, NOW)
    assert tokens == sorted(set(tokens))


def test_a_change_of_several_statements_cut_off_says_how_far_it_was(database: Database) -> None:
    command = step(1, "local (web-1)")
    command = replace(command, texts=command.texts * 3)
    row = claimed(database, command)
    with database.write() as tx:
        target_lock.take(tx, ["local (web-1)"], command.incident, command.run, NOW)
        outbox.note(tx, row.id, "statement 2 of 3")
    with database.write() as tx:
        assert recover(tx, NOW) == 1
    with database.read() as tx:
        (told,) = signals.next_unhandled(tx, 10)
        assert target_lock.holder(tx, "local (web-1)", NOW) is not None, "a crash gives nothing back"
    event = codec.decode_event(told.kind, told.body)
    assert isinstance(event, ev.StepInterrupted)
    assert event.because.endswith("it was at statement 2 of 3")
