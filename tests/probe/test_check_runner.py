"""Taking samples at their planned times, and saying so when that was not possible."""

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detection.alert import Alert, AlertState
from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.detection.condition import CheckState, observe
from tocsin.errors import ConfigError
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.registry import Probers
from tocsin.probe.scheduler import CheckRunner, _next, _Planned

CLOCK = SystemClock()
LONG = timedelta(minutes=2)
Wait = Callable[..., Any]


def check(name: str = "it", every: float = 0.02, **more: Any) -> CheckSpec:
    return CheckSpec(CheckName(name), "tcp", {}, interval=timedelta(seconds=every), **more)


@dataclass
class Gate:
    """A prober that answers "up", remembers when it was asked, and holds back until let through."""

    open: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, float]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def validate(self, spec: CheckSpec) -> None:
        if spec.settings:
            raise ConfigError("bad settings")

    def probe(self, spec: CheckSpec) -> Sample:
        with self._lock:
            self.asked.append((spec.name, CLOCK.monotonic()))
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.open.wait(240)
        with self._lock:
            self.at_once -= 1
        return Sample(spec.name, CLOCK.now(), Verdict.UP, timedelta(), "fine")


class Heard:
    """Remembers samples."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []

    def __call__(self, samples: Sequence[Sample]) -> None:
        self.samples += samples

    def of(self, verdict: Verdict) -> list[Sample]:
        return [sample for sample in self.samples if sample.verdict is verdict]


@pytest.fixture
def gate() -> Gate:
    made = Gate()
    made.open.set()
    return made


def test_every_check_is_asked_again_and_again(gate: Gate, deadline: Wait) -> None:
    heard = Heard()
    runner = CheckRunner([check("a"), check("b")], heard, CLOCK, probers=gate)
    runner.start()
    deadline(
        lambda: all(sum(s.check == n for s in heard.samples) >= 5 for n in "ab"), what="five samples each"
    )
    assert runner.stop(LONG)
    assert not heard.of(Verdict.DOWN)


@given(base=st.floats(0, 1e6), every=st.floats(0.05, 3600), lates=st.lists(st.floats(0, 10_000), max_size=20))
def test_planned_starts_are_a_fixed_base_plus_whole_intervals(
    base: float, every: float, lates: list[float]
) -> None:
    # Lateness does not add up: however late each start was noticed, the plan stays on its grid, ahead of now.
    planned = _Planned(check(every=every), base)
    interval = planned.spec.interval.total_seconds()
    for late in lates:
        now = planned.next_start + late
        missed = _next(planned, now)
        steps = (planned.next_start - base) / interval
        assert steps == pytest.approx(round(steps), abs=1e-3)
        assert planned.next_start > now - 1e-6
        assert missed == pytest.approx(late / interval, abs=1.001)


def test_first_attempts_are_spread_over_the_interval(gate: Gate, deadline: Wait) -> None:
    runner = CheckRunner([check(name, every=0.4) for name in "abcd"], Heard(), CLOCK, probers=gate)
    assert [each.next_start for each in runner._plan(100.0)] == pytest.approx([100.0, 100.1, 100.2, 100.3])
    runner.start()
    deadline(lambda: len(gate.asked) >= 4, what="four attempts")
    runner.stop()
    assert {name for name, _ in gate.asked} == set("abcd")


def test_no_more_than_the_cap_is_in_flight_and_who_waited_too_long_is_unknown(
    gate: Gate, deadline: Wait
) -> None:
    gate.open.clear()
    heard = Heard()
    runner = CheckRunner(
        [check(str(n), every=0.1) for n in range(10)], heard, CLOCK, probers=gate, in_flight=3
    )
    runner.start()
    deadline(lambda: runner.lateness().skipped >= 30 and len(gate.asked) >= 3, what="skipped starts")
    assert (gate.most_at_once, len(gate.asked)) == (3, 3)
    gate.open.set()
    deadline(lambda: heard.of(Verdict.UP), what="up again")
    deadline(lambda: runner.lateness().late >= 7, what="those who waited are late")
    runner.stop()
    assert not heard.of(Verdict.DOWN)
    late = [sample for sample in heard.of(Verdict.UNKNOWN) if "late_ms" in sample.facts]
    assert late
    assert all(sample.took is None and "not measured: we were late" in sample.message for sample in late)


def test_a_start_while_the_attempt_before_is_not_over_is_skipped_and_unknown(
    gate: Gate, deadline: Wait
) -> None:
    gate.open.clear()
    heard = Heard()
    runner = CheckRunner([check()], heard, CLOCK, probers=gate)
    runner.start()

    def skipped() -> list[Sample]:
        return [each for each in heard.samples if "the attempt before is not over" in each.message]

    deadline(lambda: len(skipped()) >= 3, what="three skipped")
    gate.open.set()
    deadline(lambda: heard.of(Verdict.UP), what="measured again")
    runner.stop()
    assert {each.verdict for each in skipped()} == {Verdict.UNKNOWN}


def test_lateness_is_published(gate: Gate, deadline: Wait) -> None:
    runner = CheckRunner([check(every=0.01)], Heard(), CLOCK, probers=gate)
    assert runner.lateness().started == 0
    runner.start()
    deadline(lambda: runner.lateness().started >= 20, what="twenty starts")
    runner.stop()
    found = runner.lateness()
    assert timedelta() <= found.p50 <= found.p99 <= found.most


def test_stopping_is_quick_even_with_an_attempt_in_flight_and_then_nothing_is_heard(
    gate: Gate, deadline: Wait
) -> None:
    gate.open.clear()
    heard = Heard()
    runner = CheckRunner([check(every=5)], heard, CLOCK, probers=gate)
    runner.start()
    deadline(lambda: gate.asked, what="an attempt")
    assert not runner.stop(timedelta(milliseconds=50))
    gate.open.set()
    assert runner.stop(LONG)
    assert heard.samples == []


def test_who_chokes_on_a_sample_does_not_end_the_watching(
    gate: Gate, deadline: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Sample] = []

    def choke(samples: Sequence[Sample]) -> None:
        seen.extend(samples)
        raise RuntimeError("disk full")

    runner = CheckRunner([check()], choke, CLOCK, probers=gate)
    runner.start()
    deadline(lambda: len(seen) >= 3, what="three samples")
    runner.stop()
    assert "could not take in" in caplog.text


def test_a_prober_that_raises_is_our_fault_and_unknown(deadline: Wait) -> None:
    class Broken(Gate):
        def probe(self, spec: CheckSpec) -> Sample:
            raise RuntimeError("no such luck")

    heard = Heard()
    runner = CheckRunner([check()], heard, CLOCK, probers=Broken())
    runner.start()
    # On a busy machine some starts are missed, which is unknown for another reason.
    deadline(lambda: any("no such luck" in each.message for each in heard.samples), what="it is told")
    runner.stop()
    assert {each.verdict for each in heard.samples} == {Verdict.UNKNOWN}


def test_wrong_settings_are_refused_before_anything_runs(gate: Gate) -> None:
    bad = CheckSpec(CheckName("bad"), "tcp", {"x": 1})
    runner = CheckRunner([check(), bad], Heard(), CLOCK, probers=gate)
    with pytest.raises(ConfigError, match="bad settings"):
        runner.start()
    assert gate.asked == []
    assert runner.stop()


def test_a_runner_may_be_stopped_from_where_it_hands_over(gate: Gate, deadline: Wait) -> None:
    stopped: list[bool] = []

    def take(samples: Sequence[Sample]) -> None:
        stopped.append(runner.stop())

    runner = CheckRunner([check()], take, CLOCK, probers=gate)
    runner.start()
    deadline(lambda: stopped, what="stopped")
    assert runner.stop(LONG)
    assert len(stopped) == 1


def test_no_checks_is_fine(gate: Gate) -> None:
    runner = CheckRunner([], Heard(), CLOCK, probers=gate)
    runner.start()
    assert runner.stop(LONG)


def test_a_redis_that_fills_up_fires_once_and_resolves_after_the_fix(redis: Any, deadline: Wait) -> None:
    settings: dict[str, object] = {"port": redis.port, "write_probe": True}
    spec = CheckSpec(
        CheckName("redis"), "redis", settings, interval=timedelta(milliseconds=30), impact="no bookings"
    )
    alerts: list[Alert] = []
    state = CheckState()

    def take(samples: Sequence[Sample]) -> None:
        nonlocal state
        for sample in samples:
            state, alert = observe(spec, state, sample)
            if alert is not None:
                alerts.append(alert)

    runner = CheckRunner([spec], take, CLOCK, probers=Probers(CLOCK, variables={}))
    runner.start()
    try:
        deadline(lambda: state.verdict is Verdict.UP, what="up at first")
        numbers = itertools.count()

        def fires() -> bool:
            # A look that stands in its buffers just now makes Redis full, and its end makes room again: filled on and on.
            for size in (100_000, 1_000, 1):
                while not isinstance(redis.ask("SET", f"k{next(numbers)}", "x" * size), str):
                    pass
            return state.firing

        deadline(fires, what="an alert")
        redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        deadline(lambda: not state.firing, what="resolved")
    finally:
        runner.stop()
        redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
        redis.ask("FLUSHALL")
    assert [alert.state for alert in alerts] == [AlertState.FIRING, AlertState.RESOLVED]
    assert alerts[0].labels["oom"] == "true"
    assert "OOM command not allowed when used memory > 'maxmemory'." in alerts[0].title
    assert alerts[0].impact == "no bookings"
