"""The checks of an installation while their settings change: whoever is unchanged is not disturbed.

Checks that begin together are one crew: a runner with probers of its own. A check that is new or changed joins a new
crew; what stays goes on in the old one, at its planned times and with all its probers remember (growth of counters,
places in logs). A crew without checks is sent home.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tocsin.detection.check import CheckSpec, Sample
from tocsin.kit.clock import Clock
from tocsin.kit.ids import CheckName
from tocsin.probe.scheduler import STOP_WITHIN, CheckRunner, TakesSamples


@dataclass(frozen=True, slots=True)
class CheckChanges:
    """What becomes of the checks when their settings change, by name.

    Attributes:
        begun: new or changed. ended: gone or changed. kept: as they were.
    """

    begun: tuple[CheckName, ...]
    ended: tuple[CheckName, ...]
    kept: tuple[CheckName, ...]


def check_changes(
    before: Sequence[CheckSpec], after: Sequence[CheckSpec], anew: frozenset[str] = frozenset()
) -> CheckChanges:
    """Compare two lists of checks; their order means nothing.

    Args:
        anew: kinds whose checks begin anew although their own settings are the same.
    """
    was = {spec.name: spec for spec in before}
    now = {spec.name: spec for spec in after}
    kept = {name for name, spec in now.items() if was.get(name) == spec and spec.kind not in anew}
    return CheckChanges(
        tuple(name for name in now if name not in kept),
        tuple(name for name in was if name not in kept),
        tuple(name for name in now if name in kept),
    )


class Crews:
    """All checks of an installation, begun and ended as the settings say, by one thread at a time.

    Args:
        on_samples: as `CheckRunner` has it; may be called from several threads, one for each crew.
    """

    def __init__(self, on_samples: Callable[[Sequence[Sample]], None], clock: Clock) -> None:
        self._on_samples = on_samples
        self._clock = clock
        self._lock = threading.Lock()
        self._member: dict[CheckName, CheckRunner] = {}

    def begin(self, specs: Sequence[CheckSpec], probers: TakesSamples) -> None:
        """Begin checks as a crew of their own. Raises ConfigError: one of them cannot be used; none is begun."""
        if not specs:
            return
        runner = CheckRunner(specs, lambda samples: self._hear(runner, samples), self._clock, probers=probers)
        with self._lock:
            before = dict(self._member)
            self._member |= {spec.name: runner for spec in specs}
        try:
            runner.start()
        except BaseException:
            with self._lock:
                self._member = before
            raise

    def end(self, names: Sequence[CheckName]) -> None:
        """End checks: when this returns, no sample of theirs is handed over any more."""
        gone = frozenset(names)
        with self._lock:
            left = {runner for name, runner in self._member.items() if name in gone}
            for name in gone:
                self._member.pop(name, None)
        for runner in left:
            if not runner.drop(gone):
                runner.stop(timedelta())  # what is in flight ends at its own time limit, unheard

    def stop(self) -> None:
        """Hand over no more samples. Does not wait for a store that hangs."""
        crews, self._member = set(self._member.values()), {}
        for runner in crews:
            runner.stop(STOP_WITHIN)

    def _hear(self, runner: CheckRunner, samples: Sequence[Sample]) -> None:
        # Under the lock, so that what `end` has ended is not in the middle of being handed over.
        with self._lock:
            ours = [sample for sample in samples if self._member.get(sample.check) is runner]
            if ours:
                self._on_samples(ours)
