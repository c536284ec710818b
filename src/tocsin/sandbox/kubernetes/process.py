"""Runs a cluster as a program whose one argument is a file of settings: `python -m tocsin.sandbox.kubernetes SETTINGS`.

Two processes. The one that is started only watches: it becomes the parent of whatever a pod leaves behind, and
ends all of it when the other one is gone, however that went. The other is the cluster; it ends itself and its
pods when the first one is gone.
"""

import argparse
import ctypes
import ctypes.util
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tocsin.errors import TocsinError
from tocsin.sandbox import processes
from tocsin.sandbox.kubernetes.settings import SimulatorSettings
from tocsin.sandbox.processes import Identity

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # of prctl(2)
_ROUNDS = 500
_TOLD_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Running(Protocol):
    """A cluster."""

    def start(self) -> None:
        """Begin. Raises TocsinError."""
        ...

    def stop(self) -> None:
        """End everything."""
        ...


def run(make: Callable[[SimulatorSettings], Running]) -> int:
    """Run one cluster until it is told to end. Exit status 1 or 2 if it could not be run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("settings", type=Path, help="JSON file; see docs/reference/kubernetes-simulator.md")
    wanted = parser.parse_args()
    me = os.getpid()
    _prctl(_SET_CHILD_SUBREAPER, 1)
    # Until both know what to do with it, a signal to end waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, _TOLD_TO_END)
    child = os.fork()
    if child == 0:
        os._exit(_be_the_cluster(make, wanted.settings, me))
    return _watch(child)


def _be_the_cluster(make: Callable[[SimulatorSettings], Running], settings: Path, parent: int) -> int:
    os.setsid()
    _prctl(_SET_PDEATHSIG, signal.SIGTERM)
    told = threading.Event()
    for number in _TOLD_TO_END:
        signal.signal(number, lambda *_: told.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD_TO_END)
    if os.getppid() != parent:
        return 1
    try:
        cluster = make(SimulatorSettings.load(settings))
        cluster.start()
    except TocsinError as wrong:
        print(wrong, file=sys.stderr, flush=True)
        return wrong.exit_code
    told.wait()
    try:
        cluster.stop()
    finally:
        _end(lambda: {seen.identity for seen in processes.everything() if seen.session == os.getpid()})
    return 0


def _watch(child: int) -> int:
    """Wait for the end of the cluster, then see to the end of everything it started."""
    for number in _TOLD_TO_END:
        signal.signal(number, lambda *_: os.kill(child, signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TOLD_TO_END)
    status = 0
    while True:
        with suppress(InterruptedError, ChildProcessError):
            ended, raw = os.waitpid(-1, 0)
            if ended != child:
                continue
            status = os.waitstatus_to_exitcode(raw)
        break
    for number in _TOLD_TO_END:
        signal.signal(number, signal.SIG_IGN)
    _end(lambda: set(processes.with_descendants([processes.me()], processes.everything())))
    return max(status, 0) if status >= 0 else 1


def _end(look: Callable[[], Iterable[Identity]]) -> None:
    """SIGKILL for everything that the look finds but ourselves, until it finds nothing."""
    for _ in range(_ROUNDS):
        left = [one for one in look() if one.pid != os.getpid() and processes.alive(one)]
        if not left:
            return
        for one in left:
            processes.send(one, signal.SIGKILL)
        time.sleep(0.01)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True).prctl(option, value, 0, 0, 0)
