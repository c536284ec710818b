"""Which of several processes on one store may act: a lease with a fencing token, kept while the process lives."""

import logging
import os
import platform
import threading
from datetime import timedelta

import psutil

from tocsin.errors import StoreError
from tocsin.kit.clock import Clock
from tocsin.store import lease
from tocsin.store.database import Database
from tocsin.store.tx import Tx

logger = logging.getLogger("tocsin.engine")

NAME = "engine"
# A dead leader of another machine is replaced within five seconds: its lease runs out, and somebody tries for it.
TTL = timedelta(seconds=4)
RENEW = timedelta(seconds=1)
TRY = timedelta(milliseconds=250)


def own_name() -> str:
    """Who we are, so that others can see whether we still live: host, process id and its start."""
    started = psutil.Process(os.getpid()).create_time()
    return f"{_place()}:{os.getpid()}:{started:.2f}"


def _place() -> str:
    """This machine and this pid namespace: process ids mean nothing outside of it."""
    try:
        namespace = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        namespace = 0
    return f"{platform.node()}/{namespace}"


def is_dead(holder: str) -> bool:
    """Whether this holder was a process of this machine that is gone. Of other machines nothing is known."""
    place, pid, started, *_ = [*holder.split(":"), "", ""]
    if place != _place() or not pid.isdigit():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != started
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


class Leadership:
    """The lease of this process. `held` gives the current one; it is renewed in the background."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._name = own_name()
        self._lease: lease.Lease | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="tocsin-lease", daemon=True)
        self.lost = threading.Event()
        self.waited = False  # whether another process led when this one came

    @property
    def name(self) -> str:
        return self._name

    def held(self) -> lease.Lease:
        """The lease. Raises store.lease.Lost when another process has taken it."""
        if self._lease is None or self.lost.is_set():
            raise lease.Lost("Another process leads now.", hint="This one stops acting.")
        return self._lease

    def take(self, stop: threading.Event) -> bool:
        """Wait until this process leads. False if told to stop before that."""
        said = False
        while not stop.is_set():
            with self._database.write() as tx:
                self._lease = self._try(tx)
            if self._lease is not None:
                self._thread.start()
                return True
            if not said:
                logger.info("another process leads; waiting")
                said = self.waited = True
            stop.wait(TRY.total_seconds())
        return False

    def give_back(self) -> None:
        """Stop renewing and let another process lead at once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._lease is not None and not self.lost.is_set():
            with self._database.write() as tx:
                lease.release(tx, self._lease, self._clock.now())

    def _try(self, tx: Tx) -> lease.Lease | None:
        now = self._clock.now()
        found = lease.get(tx, NAME)
        if found is not None and found.holder != self._name and is_dead(found.holder):
            # The last leader was killed on this machine: nobody has to wait for its lease to run out.
            lease.release(tx, found, now)
        return lease.acquire(tx, NAME, self._name, now, TTL)

    def _renew(self) -> None:
        while not self._stop.wait(RENEW.total_seconds()):
            if self._lease is None:
                return
            try:
                with self._database.write() as tx:
                    renewed = lease.renew(tx, self._lease, self._clock.now(), TTL)
            except StoreError as problem:
                # If this lasts, the lease runs out; whether somebody took it is seen at the next try.
                logger.error("the lease could not be renewed: %s", problem)
                continue
            if renewed is None:
                self.lost.set()
                return
            self._lease = renewed
