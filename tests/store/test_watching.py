"""One process of an installation measures at a time: a watcher before the engine, and nobody twice (ADR 0010). On both databases."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from tests.conftest import Deadline

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.engine.leadership import NAME, TTL
from tocsin.engine.watch import Watch
from tocsin.engine.watching import RIGHT, Measured, Watching
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.crews import check_changes
from tocsin.store import lease
from tocsin.store.database import Database

LAMP = CheckSpec(CheckName("lamp"), "tcp", {}, interval=timedelta(seconds=0.02), failures=1)
DOOR = CheckSpec(CheckName("door"), "tcp", {}, interval=timedelta(seconds=0.02), failures=1)


class Settable(SystemClock):
    """Real, and ahead by as much as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Prober:
    """Sees what a test wants; counts how often it looked."""

    verdict: Verdict = Verdict.UP
    looks: int = 0
    names: set[CheckName] = field(default_factory=set)

    def validate(self, spec: CheckSpec) -> None:
        pass

    def probe(self, spec: CheckSpec) -> Sample:
        self.looks += 1
        self.names.add(spec.name)
        return Sample(spec.name, SystemClock().now(), self.verdict, timedelta(), "seen", {})


class Process:
    """What a process of the installation has for measuring; `look` is its turn, which its thread would do each second."""

    def __init__(self, address: str, clock: Settable, name: str, *, apart: bool) -> None:
        self.database = Database.open(address)
        self.prober = Prober()
        self.watch = Watch(self.database, [LAMP], clock)
        leads: Callable[[], lease.Lease] | None = None
        if not apart:
            with self.database.write() as tx:
                held = lease.get(tx, NAME) or lease.acquire(tx, NAME, "engine", clock.now(), TTL)
            assert held is not None
            leads = partial(_same, held)
        self.watching = Watching(
            self.database, self.watch, clock, Measured((LAMP,), lambda: self.prober), leads
        )
        self.watching._name = f"elsewhere/1:{name}:1" + (":apart" if apart else "")

    def look(self) -> None:
        self.watching._look()

    def measures(self) -> bool:
        return self.watching.measuring

    def close(self) -> None:
        self.watching.stop()
        self.database.close()


def _same(held: lease.Lease) -> lease.Lease:
    return held


@pytest.fixture
def clock() -> Settable:
    return Settable()


@pytest.fixture
def engine(address: str, clock: Settable) -> Iterator[Process]:
    made = Process(address, clock, "1", apart=False)
    yield made
    made.close()


@pytest.fixture
def watcher(address: str, clock: Settable, engine: Process) -> Iterator[Process]:
    made = Process(address, clock, "2", apart=True)
    yield made
    made.close()


def test_the_engine_measures_when_no_watcher_does(engine: Process, deadline: Deadline) -> None:
    engine.look()
    deadline(lambda: engine.watch.states()[LAMP.name].verdict is Verdict.UP, what="a sample is kept")
    assert engine.watching.others is None


def test_a_watcher_takes_over_and_the_engine_stops(
    engine: Process, watcher: Process, deadline: Deadline
) -> None:
    engine.look()
    deadline(lambda: engine.prober.looks, what="the engine looks")
    watcher.look()
    assert watcher.measures()
    engine.look()
    assert not engine.measures()
    assert engine.watching.others == "elsewhere/1:2:1:apart"
    before = engine.prober.looks
    deadline(lambda: watcher.prober.looks > 10, what="the watcher looks")
    assert engine.prober.looks <= before + 1  # one may have been under way


def test_what_was_seen_under_a_right_that_is_gone_is_not_stored(engine: Process, watcher: Process) -> None:
    """However long the engine does not notice: a stalled process must not write over the other's view."""
    engine.look()
    old = engine.watching._right
    watcher.look()
    down = Sample(LAMP.name, SystemClock().now(), Verdict.DOWN, timedelta(), "refused", {})
    engine.watch.take([down], old)
    assert not engine.watch.states()[LAMP.name].firing
    with engine.database.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM signals").scalar() == 0


def test_the_engine_tells_the_states_the_watcher_stored(
    engine: Process, watcher: Process, deadline: Deadline
) -> None:
    watcher.prober.verdict = Verdict.DOWN
    watcher.look()
    engine.look()
    deadline(lambda: engine.watching.states()[LAMP.name].firing, what="the engine knows that it fires")
    assert engine.prober.looks == 0


def test_an_alert_that_the_watcher_opened_is_closed_by_the_engine_once_it_is_gone(
    engine: Process, watcher: Process, deadline: Deadline
) -> None:
    watcher.prober.verdict = Verdict.DOWN
    watcher.look()
    deadline(lambda: watcher.watch.states()[LAMP.name].firing, what="it fires")
    watcher.watching.stop()
    engine.look()
    assert engine.measures()
    deadline(lambda: not engine.watch.states()[LAMP.name].firing, what="the engine saw it well")
    with engine.database.read() as tx:
        said = tx.connection.exec_driver_sql("SELECT body FROM signals ORDER BY id").scalars().all()
    assert ["firing" in said[0], "resolved" in said[-1], len(said)] == [True, True, 2]


def test_a_watcher_of_another_machine_that_dies_is_replaced_when_its_right_has_run_out(
    engine: Process, watcher: Process, clock: Settable
) -> None:
    watcher.look()
    watcher.watching._crews.stop()  # killed: nobody renews and nobody gives back
    clock.ahead = TTL - timedelta(seconds=2)
    engine.look()
    assert not engine.measures()
    clock.ahead = TTL + timedelta(seconds=1)
    engine.look()
    assert engine.measures()
    watcher.watching._right = None


def test_a_watcher_that_lives_keeps_its_right(engine: Process, watcher: Process, clock: Settable) -> None:
    watcher.look()
    for seconds in (3, 6, 9):
        clock.ahead = timedelta(seconds=seconds)
        watcher.look()
        engine.look()
    assert (watcher.measures(), engine.measures()) == (True, False)


def test_a_second_watcher_waits_for_the_first(
    address: str, clock: Settable, engine: Process, watcher: Process
) -> None:
    watcher.look()
    second = Process(address, clock, "3", apart=True)
    try:
        second.look()
        assert (second.measures(), second.watching.others) == (False, "elsewhere/1:2:1:apart")
        watcher.watching.stop()
        second.look()
        assert second.measures()
    finally:
        second.close()


def test_an_engine_that_does_not_lead_any_more_does_not_measure(engine: Process, clock: Settable) -> None:
    with engine.database.write() as tx:
        held = lease.get(tx, NAME)
        assert held is not None
        lease.release(tx, held, clock.now())
        assert lease.acquire(tx, NAME, "another engine", clock.now(), TTL)
    with pytest.raises(lease.Lost):
        engine.look()
    assert not engine.measures()
    with engine.database.read() as tx:
        assert lease.get(tx, RIGHT) is None


def test_checks_that_come_and_go_do_so_wherever_is_measured(
    engine: Process, watcher: Process, deadline: Deadline
) -> None:
    engine.look()
    probers = Prober()
    changes = check_changes([LAMP], [DOOR])
    stored = engine.watch.stored([DOOR])
    engine.watching.take_up(Measured((DOOR,), lambda: probers), changes, stored, None)
    deadline(lambda: probers.names == {DOOR.name}, what="only the new one is measured")
    watcher.look()
    engine.look()
    assert set(engine.watching.states()) == {DOOR.name}


def test_a_batch_that_arrives_when_the_right_is_gone_is_not_stored(engine: Process) -> None:
    engine.look()
    engine.watching.stop()
    with engine.database.read() as tx:
        before = tx.connection.exec_driver_sql("SELECT count(*) FROM samples").scalar()
    engine.watching._take([Sample(LAMP.name, SystemClock().now(), Verdict.DOWN, timedelta(), "refused", {})])
    with engine.database.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM samples").scalar() == before
