"""Whose turn it is to write: handed on in the order it was asked for.

A `threading.Lock` goes to whoever is running when it becomes free, which in Python is nearly always the thread that has
just given it back: in a storm the loop takes it again and again, and those who store what senders wait for stay outside.
"""

import threading
from collections import deque
from types import TracebackType


class Turn:
    """One thread at a time; the others in the order they came. Use as a context, or `acquire` and `release`."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Lock] = deque()  # each is locked until it is its owner's turn

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._queue)

    def acquire(self) -> None:
        """Wait for the turn. Whoever is interrupted while waiting has not got it."""
        with self._gate:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._queue.append(mine)
        try:
            mine.acquire()
        except BaseException:
            with self._gate:
                given = mine not in self._queue
                if not given:
                    self._queue.remove(mine)
            if given:
                self.release()
            raise

    def try_acquire(self) -> bool:
        """Take the turn if nobody has it."""
        with self._gate:
            if self._taken:
                return False
            self._taken = True
            return True

    def release(self) -> None:
        """Give the turn to whoever has waited longest."""
        with self._gate:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._taken = False

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
