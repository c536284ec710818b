"""The parts of a running engine that take up other settings: what is remembered stays, what is said now holds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.engine.watch import Watch
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.kit.redact import Redactor
from tocsin.store.database import Database

CLOCK = SystemClock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(str(tmp_path / "tocsin.db")) as made:
        yield made


def check(name: str, failures: int = 1) -> CheckSpec:
    return CheckSpec(CheckName(name), "tcp", {}, failures=failures)


def sample(name: str, verdict: Verdict) -> Sample:
    return Sample(CheckName(name), CLOCK.now(), verdict, timedelta(), "seen")


def test_a_check_that_stays_keeps_its_state_and_one_that_comes_back_has_its_old_one(
    database: Database,
) -> None:
    both, one = [check("a"), check("b")], [check("a")]
    watch = Watch(database, both, CLOCK)
    watch.take([sample("a", Verdict.DOWN), sample("b", Verdict.DOWN)])
    assert watch.take_up(one, watch.stored(one)) == (
        CheckName("b"),
    )  # its alert is open, and nothing measures it
    assert set(watch.states()) == {"a"}
    assert watch.states()[CheckName("a")].firing
    assert watch.take_up(both, watch.stored(both)) == ()
    assert watch.states()[CheckName("b")].firing


def test_a_sample_of_a_check_that_is_gone_is_dropped(database: Database) -> None:
    watch = Watch(database, [check("a"), check("b")], CLOCK)
    watch.take_up([check("a")], watch.stored([check("a")]))
    watch.take([sample("b", Verdict.DOWN), sample("a", Verdict.UP)])
    watch.take([sample("b", Verdict.DOWN)])
    assert watch.taken() == {(CheckName("a"), Verdict.UP): 1}


def test_who_comes_to_lead_knows_what_another_process_has_seen(database: Database) -> None:
    waits, leads = Watch(database, [check("a")], CLOCK), Watch(database, [check("a")], CLOCK)
    leads.take([sample("a", Verdict.DOWN)])
    assert not waits.states()[CheckName("a")].firing
    waits.read_anew()
    assert waits.states()[CheckName("a")].firing


def test_what_is_known_as_secret_once_stays_hidden() -> None:
    redactor = Redactor(["first-secret-value"])
    redactor.learn(["second-secret-value"])
    hidden = redactor.redact("first-secret-value and second-secret-value")
    assert "secret-value" not in hidden
    assert redactor.longest >= len("second-secret-value")
