"""From those who take samples to whoever takes them in: in order, from one thread, as many at a time as have come.

While one handful is being stored the next gathers, so that a thousand samples a second cost a few commits and not a
thousand. What says that all is well may wait a quarter of a second for others that say the same: a thousand checks a
minute are then four commits a second and not sixteen. What says anything else never waits.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta

from tocsin.detection.check import Sample, Verdict

AT_ONCE = 500
_GATHER_SECONDS = 0.05
PATIENCE = timedelta(milliseconds=250)

_log = logging.getLogger(__name__)


class Delivery:
    """Hands samples over until it is stopped.

    Args:
        take: what it raises is logged and does not end the handing over.
        patience: how long what is well may wait for others. Well below the shortest interval, for until its sample is
            handed over a check is not looked at again.
    """

    def __init__(self, take: Callable[[Sequence[Sample]], None], patience: timedelta = PATIENCE) -> None:
        self._take = take
        self._patience = patience.total_seconds()
        self._come = threading.Condition()
        self._waiting: deque[tuple[Sample, Callable[[], None]]] = deque()
        self._urgent = self._stopped = False
        self.thread = threading.Thread(target=self._run, name="check-samples", daemon=True)

    def put(self, sample: Sample, after: Callable[[], None] = lambda: None) -> None:
        """Hand it over soon; `after` is called when that is done, whatever came of it."""
        with self._come:
            self._waiting.append((sample, after))
            urgent = sample.verdict is not Verdict.UP
            if len(self._waiting) in (1, AT_ONCE) or (urgent and not self._urgent):
                self._urgent = self._urgent or urgent
                self._come.notify()

    def stop(self) -> None:
        """Hand over no more."""
        with self._come:
            self._stopped = True
            self._waiting.clear()
            self._come.notify_all()

    def _run(self) -> None:
        while True:
            with self._come:
                while not self._waiting and not self._stopped:
                    self._come.wait()
                self._come.wait_for(self._has_waited_enough, self._patience)
                if self._stopped:
                    return
                handful = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                self._urgent = bool(self._waiting)  # what did not fit goes next
            self._hand_over([sample for sample, _ in handful])
            for _, after in handful:
                after()
            with self._come:
                if len(handful) > 1 and not self._stopped:
                    # Many are coming: a moment's patience makes one commit of them.
                    self._come.wait_for(lambda: self._stopped, _GATHER_SECONDS)

    def _has_waited_enough(self) -> bool:
        return self._stopped or self._urgent or len(self._waiting) >= AT_ONCE

    def _hand_over(self, samples: Sequence[Sample]) -> None:
        try:
            self._take(samples)
        except Exception:  # the edge of the loop: watching goes on, whatever is done with a sample
            if len(samples) == 1:
                _log.exception("could not take in a sample check=%s", samples[0].check)
                return
            # One of them is at fault; the other checks must not go blind for it.
            for sample in samples:
                self._hand_over([sample])
