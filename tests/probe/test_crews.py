"""Checks that come and go while others are measured: nobody else is disturbed, and who is gone is not heard again."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Deadline

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.crews import Crews, check_changes
from tocsin.probe.registry import Probers

CLOCK = SystemClock()
Soon = Callable[..., Any]
A, B = CheckName("a"), CheckName("b")


def check(name: str, kind: str = "tcp", **settings: object) -> CheckSpec:
    return CheckSpec(CheckName(name), kind, dict(settings), interval=timedelta(seconds=0.02))


@dataclass
class Prober:
    """Answers at once, unless it holds a check back; says in a fact who it is."""

    name: str = "first"
    held: str = ""
    inside: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def validate(self, spec: CheckSpec) -> None:
        if spec.settings.get("bad"):
            raise ConfigError("bad settings")

    def probe(self, spec: CheckSpec) -> Sample:
        if spec.name == self.held:
            self.inside.set()
            self.go.wait(120)
        return Sample(spec.name, CLOCK.now(), Verdict.UP, timedelta(), "fine", {"by": self.name})


class House:
    """The crews of a test, and what they handed over."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.crews = Crews(self.take, CLOCK)

    def take(self, samples: Sequence[Sample]) -> None:
        self.samples += samples

    def of(self, name: str, by: str = "first") -> list[Sample]:
        return [one for one in self.samples if one.check == name and one.facts.get("by") == by]


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.crews.stop()


@pytest.fixture
def soon(deadline: Deadline) -> Soon:
    return partial(deadline, within=timedelta(seconds=120))


def test_a_check_that_is_ended_is_not_heard_again_and_the_others_go_on(house: House, soon: Soon) -> None:
    house.crews.begin([check("a"), check("b")], Prober())
    soon(lambda: house.of("a") and house.of("b"), what="both are heard")
    house.crews.end([A])
    last, others = len(house.of("a")), len(house.of("b"))
    soon(lambda: len(house.of("b")) >= others + 5, what="the other goes on")
    assert len(house.of("a")) == last


def test_an_attempt_in_flight_of_a_check_that_is_ended_is_not_heard(house: House, soon: Soon) -> None:
    prober = Prober(held="a")
    house.crews.begin([check("a"), check("b")], prober)
    soon(prober.inside.is_set, what="an attempt is in flight")
    house.crews.end([A])
    prober.go.set()
    soon(lambda: len(house.of("b")) >= 5, what="the other goes on")
    assert house.of("a") == []


def test_a_changed_check_is_measured_by_its_new_crew_only(house: House, soon: Soon) -> None:
    house.crews.begin([check("a"), check("b")], Prober())
    soon(lambda: house.of("a"), what="as it was")
    house.crews.end([A])
    before = len(house.of("a"))
    house.crews.begin([check("a", port=1)], Prober("second"))
    soon(lambda: len(house.of("a", "second")) >= 3, what="as it is now")
    assert len(house.of("a")) == before
    assert house.of("b", "second") == []


def test_a_crew_without_checks_leaves_nothing_running(house: House, soon: Soon) -> None:
    before = threading.active_count()
    house.crews.begin([check("a")], Prober())
    soon(lambda: house.of("a"), what="it is heard")
    house.crews.end([A])
    soon(lambda: threading.active_count() <= before, what="its threads have ended")


def test_a_crew_of_many_taken_together_loses_one_and_goes_on(house: House, soon: Soon) -> None:
    specs = [
        replace(check(name, "http", url="http://127.0.0.1:9/"), timeout=timedelta(seconds=5)) for name in "ab"
    ]
    house.crews.begin(specs, Probers(CLOCK, variables={}))
    soon(lambda: {one.check for one in house.samples} == {"a", "b"}, what="both are heard")
    house.crews.end([A])
    last, others = _count(house, "a"), _count(house, "b")
    soon(lambda: _count(house, "b") >= others + 5, what="the other goes on")
    assert _count(house, "a") == last


def _count(house: House, name: str) -> int:
    return sum(one.check == name for one in house.samples)


def test_checks_of_which_one_cannot_be_used_are_not_begun_at_all(house: House, soon: Soon) -> None:
    house.crews.begin([check("a")], Prober())
    with pytest.raises(ConfigError):
        house.crews.begin([check("b"), check("c", bad=True)], Prober())
    before = len(house.of("a"))
    soon(lambda: len(house.of("a")) > before, what="who was there goes on")
    assert not house.of("b")


NAMES = st.lists(st.sampled_from("abcd"), unique=True)


@given(NAMES, NAMES, st.sampled_from("abcd"))
def test_every_check_is_begun_kept_or_ended(before: list[str], after: list[str], changed: str) -> None:
    was = [check(name) for name in before]
    now = [check(name, port=2) if name == changed else check(name) for name in after]
    found = check_changes(was, now)
    assert set(found.kept) == (set(before) & set(after)) - {changed}
    assert set(found.begun) == set(after) - set(found.kept)
    assert set(found.ended) == set(before) - set(found.kept)


def test_checks_of_a_kind_that_starts_programs_begin_anew_where_those_run_elsewhere() -> None:
    specs = [check("a", "command"), check("b", "tcp")]
    found = check_changes(specs, specs, frozenset(("command",)))
    assert (found.begun, found.ended, found.kept) == ((A,), (A,), (B,))
