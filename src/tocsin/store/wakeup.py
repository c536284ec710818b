"""Who is told that something was committed that others may wait for."""

import threading


class Wakeup:
    """Counts commits, so that a thread can ask "anything new from others since I last asked?".

    Nothing is ever missed between asking and waiting, and a thread is not woken by what it wrote itself.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._total = 0
        self._local = threading.local()

    def committed(self, count: int = 1) -> None:
        """Tell every waiting thread about `count` commits."""
        with self._condition:
            self._total += count
            self._condition.notify_all()

    def by_me(self) -> None:
        """One of the commits was this thread's own."""
        self._local.mine = getattr(self._local, "mine", 0) + 1

    def wait(self, seconds: float) -> bool:
        """Whether others committed something since the last True in this thread; waits at most `seconds`."""
        with self._condition:
            if not self._condition.wait_for(self._news, max(seconds, 0.0)):
                return False
            self._local.seen = self._others()
            return True

    def _others(self) -> int:
        return self._total - int(getattr(self._local, "mine", 0))

    def _news(self) -> bool:
        return self._others() != int(getattr(self._local, "seen", 0))
