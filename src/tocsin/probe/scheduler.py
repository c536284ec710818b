"""Takes every check's samples at their planned times, and says so honestly when it cannot.

A saturated watcher that times out its own checks reports a total outage of healthy targets. So: planned starts
are fixed, what is in flight is capped, a deadline begins when its attempt begins, late or skipped is unknown,
and lateness is published (NOI-03, NOI-04).
"""

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tocsin.detection.check import CheckSpec, Sample, Verdict
from tocsin.kit.clock import Clock
from tocsin.probe.attempt import milliseconds
from tocsin.probe.registry import Probers

IN_FLIGHT = 32  # attempts at the same time
SPREAD = timedelta(seconds=30)  # first attempts are spread over the interval, but over no more than this
STOP_WITHIN = timedelta(seconds=1)
_REMEMBERED = 1000

_log = logging.getLogger(__name__)


class TakesSamples(Protocol):
    """What the runner needs of `probe.registry.Probers`."""

    def validate(self, spec: CheckSpec) -> None:
        """Raises ConfigError if the kind or the settings of this check cannot be used."""
        ...

    def probe(self, spec: CheckSpec) -> Sample:
        """One sample, within the check's time limit."""
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


class CheckRunner:
    """Runs checks until it is stopped.

    Args:
        specs: the checks; names are unique.
        on_sample: takes every sample, from one thread at a time; those that measured something in order per
            check. What it raises is logged and does not end the watching. While it works nothing else is
            handed over, so it must be quick.
        probers: takes the samples; must not raise.
        in_flight: how many attempts may run at the same time.

    An attempt that begins later than half its interval after the planned time is not made: the sample is
    unknown and says by how much it was late. Public interface knows nothing of threads, so that many HTTP
    attempts can later be driven by one libcurl multi handle.
    """

    def __init__(
        self,
        specs: Sequence[CheckSpec],
        on_sample: Callable[[Sample], None],
        clock: Clock,
        *,
        probers: TakesSamples | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self._specs = tuple(specs)
        self._on_sample = on_sample
        self._clock = clock
        self._probers: TakesSamples = probers if probers is not None else Probers(clock)
        self._wanted_threads = min(in_flight, max(1, len(self._specs)))
        self._due = threading.Condition()  # guards everything below
        self._ready: deque[tuple[_Planned, float]] = deque()
        self._stopped = False
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)
        self._started = self._late = self._skipped = 0
        self._delivering = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin. Raises ConfigError for a check whose kind or settings cannot be used; then nothing runs."""
        for spec in self._specs:
            self._probers.validate(spec)
        if self._threads:
            raise RuntimeError("a CheckRunner starts once")
        plan = self._plan(self._clock.monotonic())
        # Daemons: an attempt in flight must not keep a stopping program alive.
        self._threads = [
            threading.Thread(target=self._work, name=f"check-{number}", daemon=True)
            for number in range(self._wanted_threads)
        ]
        self._threads.append(
            threading.Thread(target=self._schedule, args=(plan,), name="checks", daemon=True)
        )
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
        until = self._clock.monotonic() + within.total_seconds()
        others = [thread for thread in self._threads if thread is not threading.current_thread()]
        for thread in others:
            thread.join(max(0.0, until - self._clock.monotonic()))
        return not any(thread.is_alive() for thread in others)

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

    def _schedule(self, plan: list[_Planned]) -> None:
        """Hand over every check at its planned time; never runs one itself."""
        heap = [(planned.next_start, number) for number, planned in enumerate(plan)]
        heapq.heapify(heap)
        while heap:
            unmade: list[Sample] = []
            with self._due:
                pause = heap[0][0] - self._clock.monotonic()
                if pause > 0:
                    self._due.wait(pause)
                if self._stopped:
                    return
                now = self._clock.monotonic()
                while heap[0][0] <= now:
                    start, number = heap[0]
                    planned = plan[number]
                    unmade += self._hand_over(planned, start)
                    missed = self._next(planned, now)
                    if missed:
                        self._late += missed
                        unmade.append(
                            self._unmade(planned.spec, f"{missed} planned starts missed", now - start)
                        )
                    heapq.heapreplace(heap, (planned.next_start, number))
            for sample in unmade:
                self._deliver(sample)

    def _hand_over(self, planned: _Planned, start: float) -> list[Sample]:
        if planned.busy:
            self._skipped += 1
            return [self._unmade(planned.spec, "the attempt before is not over", None)]
        planned.busy = True
        self._ready.append((planned, start))
        self._due.notify()
        return []

    @staticmethod
    def _next(planned: _Planned, now: float) -> int:
        """Move on to the first planned start after now; how many were passed over (a machine that slept)."""
        interval = max(planned.spec.interval.total_seconds(), 0.001)
        steps = max(1, int((now - planned.next_start) / interval) + 1)
        # base + k * interval, never now + interval: lateness must not add up.
        planned.next_start += steps * interval
        return steps - 1

    def _work(self) -> None:
        while True:
            with self._due:
                while not self._ready and not self._stopped:
                    self._due.wait()
                if self._stopped:
                    return
                planned, start = self._ready.popleft()
                late = self._clock.monotonic() - start
                too_late = late > planned.spec.interval.total_seconds() / 2
                if too_late:
                    self._late += 1
                else:
                    self._started += 1
                    self._recent.append(late)
            if too_late:
                sample = self._unmade(planned.spec, "we were late", late)
            else:
                sample = self._attempt(planned.spec)
            self._deliver(sample)
            with self._due:
                planned.busy = False

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

    def _deliver(self, sample: Sample) -> None:
        with self._delivering:
            if self._stopped:
                return
            try:
                self._on_sample(sample)
            except Exception:  # the edge of the loop: watching goes on, whatever is done with a sample
                _log.exception(
                    "could not take in a sample check=%s verdict=%s", sample.check, sample.verdict.value
                )
