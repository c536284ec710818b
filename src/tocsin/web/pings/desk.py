"""Where pings wait for their commit: those that come together are stored together, and answered when they are.

One thread writes. While it commits, further pings gather; so the more there are, the fewer flushes each costs.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tocsin.engine.jobs.heartbeats import Call, Heartbeats, Outcome
from tocsin.errors import StoreError

logger = logging.getLogger("tocsin.web")

BATCH = 256
WAITING = 10_000  # beyond that nothing more is taken: who waits so long has gone


class Busy(Exception):
    """Nothing can be stored now; the sender should come again."""


Found = tuple[Outcome, ...] | BaseException  # what became of calls; Busy: they are not stored
Hears = Callable[[Found], None]


@dataclass(frozen=True, slots=True)
class _Asked:
    calls: tuple[Call, ...]
    loop: asyncio.AbstractEventLoop
    hears: Hears


_Answer = tuple[_Asked, Found]


class Desk:
    """The queue and its thread, which begins with the first ping."""

    def __init__(self, heartbeats: Heartbeats) -> None:
        self._heartbeats = heartbeats
        self._waiting: deque[_Asked] = deque()
        self._some = threading.Event()
        self._thread: threading.Thread | None = None

    async def take(self, calls: tuple[Call, ...]) -> tuple[Outcome, ...]:
        """What became of these calls, after the commit. Raises Busy: they are not stored."""
        answer: asyncio.Future[tuple[Outcome, ...]] = asyncio.get_running_loop().create_future()
        self.put(calls, partial(_answer, answer))
        return await answer

    def put(self, calls: tuple[Call, ...], hears: Hears) -> None:
        """The same for who does not wait: `hears` is called in this loop's thread. Raises Busy: it never will be."""
        if len(self._waiting) >= WAITING:
            raise Busy
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="tocsin-pings", daemon=True)
            self._thread.start()
        self._waiting.append(_Asked(calls, asyncio.get_running_loop(), hears))
        if not self._some.is_set():
            self._some.set()

    def _work(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            while batch := self._batch():
                answers = self._store(batch)
                # All askers live in the one loop of the server.
                batch[0].loop.call_soon_threadsafe(_tell, answers)

    def _batch(self) -> list[_Asked]:
        found: list[_Asked] = []
        while self._waiting and len(found) < BATCH:
            found.append(self._waiting.popleft())
        return found

    def _store(self, batch: list[_Asked]) -> list[_Answer]:
        try:
            outcomes = iter(self._heartbeats.take([call for asked in batch for call in asked.calls]))
            return [(asked, tuple(next(outcomes) for _ in asked.calls)) for asked in batch]
        except StoreError as problem:
            logger.error("pings not stored: %s", problem)
            return [(asked, Busy()) for asked in batch]
        except Exception as problem:
            if len(batch) == 1:
                logger.critical("a ping could not be taken in: %s", problem, exc_info=problem)
                return [(batch[0], problem)]
            # One of them is at fault; the others must not pay for it.
            return [answer for asked in batch for answer in self._store([asked])]


def _tell(answers: list[_Answer]) -> None:
    for asked, found in answers:
        asked.hears(found)


def _answer(future: "asyncio.Future[tuple[Outcome, ...]]", found: Found) -> None:
    if future.done():
        return  # its sender has gone
    if isinstance(found, BaseException):
        future.set_exception(found)
    else:
        future.set_result(found)
