"""Takes every check's samples at their planned times, and says so honestly when it cannot.

A saturated watcher that times out its own checks reports a total outage of healthy targets. So: planned starts
are fixed, what is in flight is capped, a deadline begins when its attempt begins, late or skipped is unknown,
and lateness is published (NOI-03, NOI-04).
"""

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.probe.attempt import milliseconds
from tocsin.probe.crowd import EPOLL, Crowd
from tocsin.probe.delivery import PATIENCE, Delivery
from tocsin.probe.registry import CROWDED, Probers

IN_FLIGHT = 32  # attempts at the same time, a thread each
CROWD_IN_FLIGHT = 256  # and of those that one thread takes together
SPREAD = timedelta(seconds=30)  # first attempts are spread over the interval, but over no more than this
STOP_WITHIN = timedelta(seconds=1)
_REMEMBERED = 1000
_BEGIN_ANEW_SECONDS = 1.0
_LOOK_UP_SECONDS = 0.2  # how long the one thread of many attempts may not notice that it is to stop

_log = logging.getLogger(__name__)


class TakesSamples(Protocol):
    """What the runner needs of `probe.registry.Probers`."""

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the kind or the settings of this check cannot be used."""
        ...

    def probe(self, spec: CheckSpec) -> Sample:
        """One sample, within the check's time limit."""
        ...


@runtime_checkable
class TakesCrowds(Protocol):
    """Probers that can take many samples of some kinds by one thread."""

    def crowd(self) -> Crowd:
        """What does."""
        ...


@dataclass(frozen=True, slots=True)
class Lateness:
    """Planned against real starts.

    Attributes:
        started: attempts begun so far. late: planned starts given up because we were too late.
        skipped: planned starts given up because the attempt before was not over.
        p50, p99, most: of the last 1,000 attempts begun.
    """

    started: int
    late: int
    skipped: int
    p50: timedelta
    p99: timedelta
    most: timedelta


@dataclass(slots=True)
class _Planned:
    """One check and its next start, on the monotonic clock."""

    spec: CheckSpec
    next_start: float
    busy: bool = False  # queued or in flight
    dropped: bool = (
        False  # no longer a check of ours: nothing more is begun, and what is in flight is not heard
    )


class CheckRunner:
    """Runs checks until it is stopped.

    Args:
        specs: the checks; names are unique.
        on_samples: takes the samples, several at a time when many come, from one thread; those of a check in order. What
            it raises is logged and does not end the watching. While it works nothing else is handed over, so it
            must be quick.
        probers: takes the samples; must not raise.
        in_flight: how many attempts may run at the same time in threads of their own.

    An attempt that begins later than half its interval after the planned time is not made: the sample is
    unknown and says by how much it was late.
    """

    def __init__(
        self,
        specs: Sequence[CheckSpec],
        on_samples: Callable[[Sequence[Sample]], None],
        clock: Clock,
        *,
        probers: TakesSamples | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self._specs = tuple(specs)
        self._clock = clock
        self._probers: TakesSamples = probers if probers is not None else Probers(clock)
        self._in_flight = in_flight
        self._due = threading.Condition()  # guards everything below
        self._ready: deque[tuple[_Planned, float]] = deque()
        self._stopped = False
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)
        self._started = self._late = self._skipped = 0
        shortest = min((spec.interval for spec in self._specs), default=PATIENCE)
        self._delivery = Delivery(on_samples, min(PATIENCE, shortest / 4))
        self._threads: list[threading.Thread] = []
        self._planned: dict[CheckName, _Planned] = {}

    def start(self) -> None:
        """Begin. Raises ConfigError for a check whose kind or settings cannot be used; then nothing runs."""
        for spec in self._specs:
            self._probers.validate(spec)
        if self._threads:
            raise RuntimeError("a CheckRunner starts once")
        plan = self._plan(self._clock.monotonic())
        self._planned = {each.spec.name: each for each in plan}
        probers = self._probers
        # Without epoll (any system but Linux) each has a thread, as other kinds have.
        together = CROWDED if isinstance(probers, TakesCrowds) and EPOLL else frozenset[str]()
        crowded = [each for each in plan if each.spec.kind in together]
        single = [each for each in plan if each.spec.kind not in together]
        # Daemons: an attempt in flight must not keep a stopping program alive.
        self._threads = [
            threading.Thread(target=self._work, name=f"check-{number}", daemon=True)
            for number in range(min(self._in_flight, len(single)))
        ]
        if single:
            self._threads.append(
                threading.Thread(target=self._schedule, args=(single,), name="checks", daemon=True)
            )
        if crowded and isinstance(probers, TakesCrowds):
            self._threads.append(
                threading.Thread(
                    target=self._together, args=(crowded, probers), name="checks-http", daemon=True
                )
            )
        self._threads.append(self._delivery.thread)
        for thread in self._threads:
            thread.start()

    def stop(self, within: timedelta = STOP_WITHIN) -> bool:
        """Hand over no more samples. Whether every attempt in flight has ended within that time.

        When it has, nothing of this runner is left; otherwise the rest ends at its own time limit, unheard.
        """
        with self._due:
            self._stopped = True
            self._ready.clear()
            self._due.notify_all()
        self._delivery.stop()
        until = self._clock.monotonic() + within.total_seconds()
        others = [thread for thread in self._threads if thread is not threading.current_thread()]
        for thread in others:
            thread.join(max(0.0, until - self._clock.monotonic()))
        return not any(thread.is_alive() for thread in others)

    def drop(self, names: Collection[CheckName]) -> bool:
        """Begin these checks no more and hand nothing of theirs over; all others go on undisturbed.

        Returns whether any check is left.
        """
        with self._due:
            for name in names:
                if name in self._planned:
                    self._planned.pop(name).dropped = True
            self._due.notify_all()
            return bool(self._planned)

    def lateness(self) -> Lateness:
        """How punctual it was so far."""
        with self._due:
            recent = sorted(self._recent)
            started, late, skipped = self._started, self._late, self._skipped

        def rank(share: float) -> timedelta:
            return timedelta(seconds=recent[min(len(recent) - 1, int(share * len(recent)))] if recent else 0)

        return Lateness(started, late, skipped, rank(0.5), rank(0.99), rank(1.0))

    def _plan(self, base: float) -> list[_Planned]:
        plan = []
        for number, spec in enumerate(self._specs):
            spread = min(spec.interval, SPREAD).total_seconds() * number / len(self._specs)
            plan.append(_Planned(spec, base + spread))
        return plan

    # -- a thread for each attempt -----------------------------------------------------------------------

    def _schedule(self, plan: list[_Planned]) -> None:
        """Hand over every check at its planned time; never runs one itself."""
        heap = _heap(plan)
        while True:
            with self._due:
                if not heap:
                    return  # all were dropped
                pause = heap[0][0] - self._clock.monotonic()
                if pause > 0:
                    self._due.wait(pause)
                if self._stopped:
                    return
                for planned, start in self._come_due(plan, heap):
                    self._ready.append((planned, start))
                    self._due.notify()

    def _work(self) -> None:
        while True:
            with self._due:
                while not self._ready and not self._stopped:
                    self._due.wait()
                if self._stopped:
                    return
                planned, start = self._ready.popleft()
                in_time = self._begins(planned, start)
            if in_time:
                self._put(planned, self._attempt(planned.spec))

    # -- one thread for many -----------------------------------------------------------------------------

    def _together(self, plan: list[_Planned], probers: TakesCrowds) -> None:
        """Begin every check at its planned time and let all that have begun go on together, whatever happens to them."""
        heap = _heap(plan)
        while heap:
            going: dict[str, _Planned] = {}
            try:
                crowd = probers.crowd()
                try:
                    self._drive(plan, heap, crowd, going)
                finally:
                    crowd.close()
                return
            except Exception as error:  # the edge of the loop: our own fault must neither end the watching nor look like theirs
                _log.exception("the checks that are taken together begin anew")
                for planned in going.values():
                    said = f"our own fault: {type(error).__name__}: {error}"
                    self._put(planned, self._unmade(planned.spec, said, None))
                with self._due:
                    if self._due.wait_for(lambda: self._stopped, _BEGIN_ANEW_SECONDS):
                        return

    def _drive(
        self, plan: list[_Planned], heap: list[tuple[float, int]], crowd: Crowd, going: dict[str, _Planned]
    ) -> None:
        """Until we are stopped; `going` are the checks that wait for their attempt or are in it."""
        ready = deque[tuple[_Planned, float]]()
        while True:
            with self._due:
                if self._stopped or not (heap or going):
                    return
                for planned, start in self._come_due(plan, heap):
                    going[planned.spec.name] = planned
                    ready.append((planned, start))
                begin: list[CheckSpec] = []
                while ready and crowd.in_flight + len(begin) < CROWD_IN_FLIGHT:
                    planned, start = ready.popleft()
                    if self._begins(planned, start):
                        begin.append(planned.spec)
                    else:
                        del going[planned.spec.name]
            for spec in begin:
                crowd.begin(spec)
            until = heap[0][0] - self._clock.monotonic() if heap else _LOOK_UP_SECONDS
            pause = min(_LOOK_UP_SECONDS, max(0.0, until))
            for spec, sample in crowd.turn(pause):
                self._put(going.pop(spec.name), sample)

    # -- what both do; the callers hold `_due` ------------------------------------------------------------

    def _come_due(self, plan: list[_Planned], heap: list[tuple[float, int]]) -> list[tuple[_Planned, float]]:
        """The checks whose time has come, with that time; each planned again."""
        due = []
        now = self._clock.monotonic()
        while heap and heap[0][0] <= now:
            start, number = heap[0]
            planned = plan[number]
            if planned.dropped:
                heapq.heappop(heap)
                continue
            if planned.busy:
                self._skipped += 1
                self._delivery.put(self._unmade(planned.spec, "the attempt before is not over", None))
            else:
                planned.busy = True
                due.append((planned, start))
            missed = _next(planned, now)
            if missed:
                self._late += missed
                said = f"{missed} planned starts missed"
                self._delivery.put(self._unmade(planned.spec, said, now - start))
            heapq.heapreplace(heap, (planned.next_start, number))
        return due

    def _begins(self, planned: _Planned, start: float) -> bool:
        """Whether it is still time for this attempt; too late, its sample says so."""
        if planned.dropped:
            return False
        late = self._clock.monotonic() - start
        if late > planned.spec.interval.total_seconds() / 2:
            self._late += 1
            self._put(planned, self._unmade(planned.spec, "we were late", late))
            return False
        self._started += 1
        self._recent.append(late)
        return True

    def _attempt(self, spec: CheckSpec) -> Sample:
        try:
            return self._probers.probe(spec)
        except (
            Exception
        ) as error:  # a prober of others that breaks its promise must not take a worker with it
            _log.exception("prober raised check=%s", spec.name)
            return self._unmade(spec, f"our own fault: {type(error).__name__}: {error}", None)

    def _unmade(self, spec: CheckSpec, why: str, late: float | None) -> Sample:
        """A planned sample that was not taken: unknown, never down."""
        facts = {} if late is None else {"late_ms": f"{late * 1000:.0f}"}
        said = "" if late is None else f" ({milliseconds(timedelta(seconds=late))} late)"
        return Sample(
            spec.name, self._clock.now(), Verdict.UNKNOWN, None, f"not measured: {why}{said}", facts
        )

    def _put(self, planned: _Planned, sample: Sample) -> None:
        if planned.dropped:
            return

        # Busy until it is taken in: a store that stalls is told as skipped samples, not by a growing heap of them.
        def over() -> None:
            planned.busy = False

        self._delivery.put(sample, over)


def _heap(plan: list[_Planned]) -> list[tuple[float, int]]:
    heap = [(planned.next_start, number) for number, planned in enumerate(plan)]
    heapq.heapify(heap)
    return heap


def _next(planned: _Planned, now: float) -> int:
    """Move on to the first planned start after now; how many were passed over (a machine that slept)."""
    interval = max(planned.spec.interval.total_seconds(), 0.001)
    steps = max(1, int((now - planned.next_start) / interval) + 1)
    # base + k * interval, never now + interval: lateness must not add up.
    planned.next_start += steps * interval
    return steps - 1
