"""What workers of one kind sleep by: rung for one of them, and one of them looks up by itself from time to time."""

import threading


class Bell:
    """Wakes one sleeping worker at a time: those that find nothing would only be in the way of the one that does."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = False
        self._over = False
        self._watched = False

    def ring(self) -> None:
        """Wake one, or the next that comes to sleep."""
        with self._condition:
            self._rung = True
            self._condition.notify()

    def ring_out(self) -> None:
        """Wake all who sleep; nobody sleeps here again."""
        with self._condition:
            self._over = True
            self._condition.notify_all()

    def wait(self, seconds: float) -> None:
        """Sleep until rung for. Of those who sleep here one wakes after so long without a bell, the others sleep on.

        Ten that all look each second whether something was put off cost a hundredth of a core for nothing.
        """
        with self._condition:
            while not self._rung and not self._over:
                if self._watched:
                    self._condition.wait()
                    continue
                self._watched = True
                try:
                    rung = self._condition.wait(seconds)
                finally:
                    self._watched = False
                    self._condition.notify()  # another one watches while this one works
                if not rung:
                    break
            self._rung = False
