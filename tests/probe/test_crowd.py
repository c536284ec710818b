"""Many HTTP checks by one thread: each is asked as if it were alone, and who was kept from asking does not accuse the other side."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import Deadline

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import SystemClock
from tocsin.kit.ids import CheckName
from tocsin.probe.crowd import Crowd
from tocsin.probe.delivery import AT_ONCE, Delivery
from tocsin.probe.http import HttpProber
from tocsin.probe.registry import Probers
from tocsin.probe.scheduler import CheckRunner


class Shifted(SystemClock):
    """A clock that can be told that time has passed in which nothing ran."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.passed


def spec(name: str, url: str, timeout: float = 30.0, every: float = 30.0, **settings: object) -> CheckSpec:
    return CheckSpec(
        CheckName(name), "http", {"url": url, **settings}, timeout=timedelta(seconds=timeout),
        interval=timedelta(seconds=every),
    )  # fmt: skip


def all_of(crowd: Crowd, count: int) -> dict[str, Sample]:
    found: dict[str, Sample] = {}
    while len(found) < count:
        found |= {spec.name: sample for spec, sample in crowd.turn(60.0)}
    return found


def test_two_hundred_at_once_are_each_judged_by_their_own_answer(web: Any, closed_port: int) -> None:
    wanted = [spec(f"good{n}", web.url("/health"), json={"status": "ok"}) for n in range(100)]
    wanted += [spec(f"bad{n}", web.url("/broken")) for n in range(50)]
    wanted += [spec(f"gone{n}", f"http://127.0.0.1:{closed_port}/") for n in range(50)]
    crowd = Crowd(HttpProber(SystemClock(), {}), SystemClock())
    for _ in range(2):  # the second time with the handles of the first
        for each in wanted:
            crowd.begin(each)
        assert crowd.in_flight + len(crowd._ended) == 200
        found = all_of(crowd, 200)
        told = {
            (name.rstrip("0123456789"), each.verdict, each.facts.get("status"))
            for name, each in found.items()
        }
        assert told == {
            ("good", Verdict.UP, "200"),
            ("bad", Verdict.DOWN, "502"),
            ("gone", Verdict.DOWN, None),
        }
    crowd.close()


def test_a_time_limit_passed_while_we_could_not_run_is_unknown_and_not_down(rude: Any) -> None:
    silent = rude(hang_up=False)
    clock = Shifted()
    crowd = Crowd(HttpProber(clock, {}), clock)
    crowd.begin(spec("x", f"http://127.0.0.1:{silent.port}/", timeout=0.2))
    clock.passed += 5
    sample = all_of(crowd, 1)["x"]
    crowd.close()
    assert sample.verdict is Verdict.UNKNOWN
    assert sample.message.startswith("not measured: we were kept waiting ourselves for ")


@pytest.mark.parametrize("limit", ["degraded_after", "total_degraded", "total_down"])
def test_an_answer_that_came_while_we_could_not_run_is_unknown_and_not_slow(rude: Any, limit: str) -> None:
    slow = rude(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"ok", pause=0.05)
    clock = Shifted()
    crowd = Crowd(HttpProber(clock, {}), clock)
    crowd.begin(spec("x", f"http://127.0.0.1:{slow.port}/", **dict[str, Any]({limit: "10 ms"})))
    clock.passed += 5
    sample = all_of(crowd, 1)["x"]
    crowd.close()
    assert sample.verdict is Verdict.UNKNOWN
    assert sample.message.startswith("not measured: we were kept waiting ourselves for ")


def test_wrong_settings_are_a_sample_too() -> None:
    crowd = Crowd(HttpProber(SystemClock(), {}), SystemClock())
    crowd.begin(spec("x", "http://127.0.0.1:1/", nonsense=1))
    sample = all_of(crowd, 1)["x"]
    crowd.close()
    assert (sample.verdict, sample.facts["error"]) == (Verdict.UNKNOWN, "settings")


def test_the_runner_takes_http_checks_together_and_others_beside_them(web: Any, deadline: Deadline) -> None:
    heard: dict[str, list[Sample]] = {}

    def take(samples: Any) -> None:
        for sample in samples:
            heard.setdefault(sample.check, []).append(sample)

    port = int(web.url("/").rsplit(":", 1)[1].strip("/"))
    wanted = [spec(f"h{n}", web.url("/health"), every=0.1) for n in range(20)]
    wanted.append(
        CheckSpec(
            CheckName("tcp"), "tcp", {"host": "127.0.0.1", "port": port}, interval=timedelta(seconds=0.1)
        )
    )
    runner = CheckRunner(wanted, take, SystemClock(), probers=Probers(SystemClock(), variables={}))
    runner.start()
    try:
        deadline(
            lambda: (
                len(heard) == 21
                and all(
                    sum(s.verdict is Verdict.UP for s in list(each)) >= 3 for each in list(heard.values())
                )
            ),
            what="all of them again and again",
            within=timedelta(seconds=120),
        )
    finally:
        assert runner.stop(timedelta(seconds=60))
    assert {s.verdict for samples in heard.values() for s in samples} <= {Verdict.UP, Verdict.UNKNOWN}


def test_a_store_that_stalls_is_told_by_skipped_samples_and_not_by_a_growing_heap_of_attempts(
    web: Any, deadline: Deadline
) -> None:
    go, taken = threading.Event(), list[int]()

    def stall(samples: Any) -> None:
        taken.append(len(samples))
        go.wait(600)

    wanted = [spec(f"h{n}", web.url("/health"), every=0.05) for n in range(5)]
    runner = CheckRunner(wanted, stall, SystemClock(), probers=Probers(SystemClock(), variables={}))
    runner.start()
    try:
        deadline(lambda: runner.lateness().skipped >= 20, what="skipped starts")
        assert runner.lateness().started <= 5  # a machine that is busy may be too late for one
    finally:
        go.set()
        assert runner.stop(timedelta(seconds=60))


def test_what_breaks_the_one_thread_is_told_as_unknown_and_the_watching_goes_on(
    web: Any, deadline: Deadline
) -> None:
    class Breaking(Crowd):
        def turn(self, seconds: float) -> list[tuple[CheckSpec, Sample]]:
            if self.in_flight and not broken:
                broken.append(1)
                raise OSError("the epoll is gone")
            return super().turn(seconds)

    class Fragile(Probers):
        def crowd(self) -> Crowd:
            return Breaking(HttpProber(SystemClock(), {}), SystemClock())

    broken: list[int] = []
    heard: list[Sample] = []
    wanted = [spec(f"h{n}", web.url("/health"), every=0.2) for n in range(3)]
    runner = CheckRunner(wanted, heard.extend, SystemClock(), probers=Fragile(SystemClock(), variables={}))
    runner.start()
    try:
        deadline(
            lambda: {s.check for s in heard if s.verdict is Verdict.UP} == {"h0", "h1", "h2"},
            what="all are watched again",
        )
    finally:
        assert runner.stop(timedelta(seconds=60))
    assert broken
    assert any("our own fault: OSError" in s.message for s in heard if s.verdict is Verdict.UNKNOWN)
    assert not [s for s in heard if s.verdict is Verdict.DOWN]


def test_one_sample_that_cannot_be_taken_in_blinds_no_other_check(deadline: Deadline) -> None:
    taken: list[str] = []
    first = threading.Event()

    def take(samples: Any) -> None:
        first.wait(600)  # until all of them have come, so that they come together
        if any(sample.check == "poison" for sample in samples):
            raise ValueError("cannot be stored")
        taken.extend(sample.check for sample in samples)

    delivery = Delivery(take)
    delivery.thread.start()
    over: list[str] = []
    for name in ("a", "b", "poison", "c"):
        sample = Sample(CheckName(name), SystemClock().now(), Verdict.UP, None, "fine")
        delivery.put(sample, lambda name=name: over.append(name))  # type: ignore[misc]
    first.set()
    deadline(lambda: len(over) == 4, what="all are done with")
    delivery.stop()
    assert taken == ["a", "b", "c"]


def test_what_is_well_is_taken_in_by_the_handful_and_what_is_not_at_once(deadline: Deadline) -> None:
    taken: list[list[str]] = []
    delivery = Delivery(lambda samples: taken.append([s.check for s in samples]), timedelta(days=1))
    for name in ("a", "b", "c"):
        delivery.put(Sample(CheckName(name), SystemClock().now(), Verdict.UP, None, "fine"))
    delivery.thread.start()
    delivery.put(Sample(CheckName("bad"), SystemClock().now(), Verdict.DOWN, None, "502"))
    deadline(lambda: len(taken) > 0, what="what is bad does not wait")
    delivery.stop()
    assert taken == [["a", "b", "c", "bad"]]


def test_more_than_a_handful_is_not_held_back(deadline: Deadline) -> None:
    taken: list[str] = []
    delivery = Delivery(lambda samples: taken.extend(s.check for s in samples), timedelta(days=1))
    delivery.thread.start()
    for number in range(AT_ONCE + 1):
        delivery.put(Sample(CheckName(f"c{number}"), SystemClock().now(), Verdict.UP, None, "fine"))
    deadline(lambda: len(taken) >= AT_ONCE, what="a whole handful is taken in")
    delivery.stop()
