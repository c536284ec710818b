"""The one place where requests of foreign senders become durable, many with one flush, each key in its own queue.

Who floods waits in its own queue: keys take turns, so that one sender's storm does not delay another's page (C6).
What the database cannot take in time is spooled to a file that is flushed as well; only if that fails too is a sender
told to come again (C7). A request that went to the spool is followed there by those of its key that come later, until
the spool is empty, so that a resolve never overtakes its alert.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from tocsin.engine.foreign.spool import Spool
from tocsin.errors import StoreError
from tocsin.kit.clock import Clock
from tocsin.store import requests
from tocsin.store.database import Database
from tocsin.store.requests import NewRequest

logger = logging.getLogger("tocsin.intake")

MAY_WAIT = 100  # requests of one key
_TOGETHER, _TOGETHER_BYTES = 512, 4 * 1024 * 1024  # in one transaction
_STALLED = timedelta(milliseconds=500)  # a sender may give up after a second
_LOOK_SECONDS = 0.1
_AGAIN_SECONDS = 0.5  # between tries while the database is away


class Kept(Enum):
    """Where a request is now. Only the first two may be answered with success."""

    STORED = "stored"
    SPOOLED = "spooled"
    LOST = "lost"


Mailbox = Callable[[Sequence["Entry"]], None]


@dataclass(slots=True, eq=False)
class Entry:
    """A request on its way.

    Attributes:
        bucket: whose queue it waits in. mailbox: who is told, once, when it is kept or lost; from another thread.
        told: for the mailbox alone. kept: set before the mailbox is told.
    """

    new: NewRequest
    bucket: str
    mailbox: Mailbox
    told: Callable[[Kept], None] | None = None
    since: float = 0.0
    kept: Kept | None = None


@dataclass(slots=True)
class _Queues:
    """One queue per key, taken from in turns."""

    by_bucket: OrderedDict[str, deque[Entry]] = field(default_factory=OrderedDict)
    count: int = 0

    def put(self, entry: Entry) -> None:
        self.by_bucket.setdefault(entry.bucket, deque()).append(entry)
        self.count += 1

    def waiting(self, bucket: str) -> int:
        queue = self.by_bucket.get(bucket)
        return 0 if queue is None else len(queue)

    def take(self, most: int, most_bytes: int) -> list[Entry]:
        """The next of every key in turns. Whoever was served last is served last again."""
        taken: list[Entry] = []
        size = 0
        while self.by_bucket and len(taken) < most and size < most_bytes:
            bucket, queue = next(iter(self.by_bucket.items()))
            entry = queue.popleft()
            taken.append(entry)
            size += len(entry.new.body)
            if queue:
                self.by_bucket.move_to_end(bucket)
            else:
                del self.by_bucket[bucket]
        self.count -= len(taken)
        return taken


class Admission:
    """Queues, the thread that stores, and the thread that spools what waits too long.

    Attributes:
        taken: how many requests were handed in. spooled: how many of them went by the spool.
    """

    def __init__(self, database: Database, spool: Spool, clock: Clock) -> None:
        self._database = database
        self._spool = spool
        self._clock = clock
        self._lock = threading.RLock()
        # Each thread has a bell of its own: to wake one that has nothing to do costs every request a change of threads.
        self._some, self._late = threading.Condition(self._lock), threading.Condition(self._lock)
        self._queues = _Queues()
        self._under_way: list[Entry] = []
        self._to_spool: list[Entry] = []
        self._detour: set[str] = set()  # keys whose requests go by the spool until it is empty
        self._spooling = False
        self._stopping = False
        self.spooled = 0
        self.taken = 0
        self._threads = [
            threading.Thread(target=self._store, name="tocsin-intake", daemon=True),
            threading.Thread(target=self._watch, name="tocsin-intake-spool", daemon=True),
        ]

    def start(self) -> None:
        """Take over what a dead process spooled, and begin."""
        self._spool.adopt()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Store or spool what waits, then end."""
        with self._lock:
            self._stopping = True
            self._some.notify()
            self._late.notify()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(15)
        self._spool.close()

    def submit(self, entry: Entry, patient: bool = True) -> bool:
        """Take a request; its mailbox hears when it is kept. False: too many of its key wait, and it was not taken.

        Args:
            patient: whether one too many goes by the spool instead of being turned away.
        """
        with self._lock:
            entry.since = self._clock.monotonic()
            self.taken += 1
            full = self._queues.waiting(entry.bucket) >= MAY_WAIT
            if full and not patient:
                return False
            if full or entry.bucket in self._detour:
                self._detour.add(entry.bucket)
                self._to_spool.append(entry)
                self._late.notify()
            else:
                self._queues.put(entry)
                self._some.notify()
        return True

    @property
    def waiting(self) -> int:
        """How many requests wait for the database, in memory and in the spool."""
        with self._lock:
            return self._queues.count + len(self._under_way) + len(self._to_spool) + len(self._spool)

    # --- the thread that stores ---

    def _store(self) -> None:
        while True:
            with self._lock:
                while not self._queues.count and not len(self._spool) and not self._stopping:
                    self._some.wait()
                if self._stopping and not self._queues.count:
                    return
            if not self._drain():
                self._spool_everything()
                with self._lock:
                    self._some.wait_for(lambda: self._stopping, _AGAIN_SECONDS)
                continue
            with self._lock:
                self._under_way = self._queues.take(_TOGETHER, _TOGETHER_BYTES)
                batch = self._under_way
            if batch:
                self._commit(batch)

    def _commit(self, batch: Sequence[Entry]) -> None:
        try:
            with self._database.write() as tx:
                requests.put_all(tx, [entry.new for entry in batch])
        except (
            Exception
        ) as problem:  # the edge of the thread: whatever it was, the requests are kept and tried again
            _told("requests wait in the spool", problem)
            with self._lock:
                left = [entry for entry in self._under_way if entry.kept is None]
                self._under_way = []
                self._detour.update(entry.bucket for entry in left)
                self._to_spool[:0] = left
                self._late.notify()
            return
        with self._lock:
            done = self._mark(batch, Kept.STORED)
            self._under_way = []
        _tell(done)

    def _drain(self) -> bool:
        """Store what is spooled, oldest first. False if the database does not take it."""
        while waiting := self._spool.waiting(_TOGETHER):
            try:
                with self._database.write() as tx:
                    requests.put_all(tx, waiting)
            except Exception as problem:  # as above
                _told(f"{len(self._spool)} requests stay in the spool", problem)
                return False
            with self._lock:
                self._spool.stored(len(waiting))
        with self._lock:
            if not len(self._spool) and not self._to_spool and not self._spooling:
                self._detour.clear()
        return True

    def _spool_everything(self) -> None:
        """The database is away: nobody waits for it."""
        with self._lock:
            left = self._queues.take(self._queues.count, 1 << 62)
            self._detour.update(entry.bucket for entry in left)
            self._to_spool += left
            self._late.notify()

    # --- the thread that spools ---

    def _watch(self) -> None:
        while True:
            with self._lock:
                self._late.wait_for(lambda: self._to_spool or self._stopping, _LOOK_SECONDS)
                self._notice_stall()
                batch = [entry for entry in self._to_spool if entry.kept is None]
                self._to_spool = []
                self._spooling = bool(batch)
                ending = self._stopping and not batch and not self._queues.count and not self._under_way
            if batch:
                self._keep_in_spool(batch)
            if ending:
                return

    def _notice_stall(self) -> None:
        """What waits too long is spooled, also what is being stored just now: stored twice it is stored once."""
        late = self._clock.monotonic() - _STALLED.total_seconds()
        stuck = [entry for entry in self._under_way if entry.kept is None and entry.since < late]
        if not stuck and not any(queue[0].since < late for queue in self._queues.by_bucket.values()):
            return
        left = self._queues.take(self._queues.count, 1 << 62)
        self._detour.update(entry.bucket for entry in (*stuck, *left))
        self._to_spool = [*stuck, *self._to_spool, *left]

    def _keep_in_spool(self, batch: Sequence[Entry]) -> None:
        kept = Kept.SPOOLED
        try:
            self._spool.append([entry.new for entry in batch])
        except StoreError as problem:
            logger.critical("%s requests could not be kept: %s", len(batch), problem.message)
            kept = Kept.LOST
        with self._lock:
            done = self._mark(batch, kept)
            self.spooled += len(done) if kept is Kept.SPOOLED else 0
            self._spooling = False
            self._some.notify()
        _tell(done)

    def _mark(self, entries: Sequence[Entry], kept: Kept) -> list[Entry]:
        """Those whose fate was open until now: a request that is stored and spooled is answered once."""
        done = [entry for entry in entries if entry.kept is None]
        for entry in done:
            entry.kept = kept
        return done


def _told(what: str, problem: Exception) -> None:
    """Say why nothing is stored. The edge of a thread that has to go on: without it everything that is answered with
    success would lie in the spool for good, and nobody would hear of it."""
    if isinstance(problem, StoreError):
        logger.error("%s: %s", what, problem.message)
    else:
        logger.critical("%s: %s", what, problem, exc_info=problem)


def _tell(done: Sequence[Entry]) -> None:
    """Each mailbox once for all of its entries."""
    boxes: dict[Mailbox, list[Entry]] = {}
    for entry in done:
        boxes.setdefault(entry.mailbox, []).append(entry)
    for mailbox, entries in boxes.items():
        mailbox(entries)
