"""Runs another tocsin as a program of its own, so that a long comparison does not slow down who is woken."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from tocsin.connectors.child import Child, launch
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

_KEEP_BYTES = 64 * 1024
_SHOWN_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. exit: its status; None: it could not be started or ended. said: the end of its error output."""

    exit: int | None
    said: str
    timed_out: bool = False


class OwnCommand:
    """Starts `tocsin …`, and can end what it started.

    Args:
        environment: all that it sees. redactor: hides secrets in what it says.
    """

    def __init__(self, environment: Mapping[str, str], clock: Clock, redactor: Redactor) -> None:
        self._environment = environment
        self._clock = clock
        self._redactor = redactor
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self._ended = False

    def run(self, arguments: tuple[str, ...], limit: timedelta) -> Ended:
        """Run it until its end, or until the limit has passed and it was ended."""
        try:
            process = self._start(arguments)
        except (OSError, ValueError) as problem:
            return Ended(None, f"could not be started: {problem}")
        if process is None:
            return Ended(None, "tocsin is stopping")
        try:
            with Child(process, None, _KEEP_BYTES) as child:
                timed_out = child.watch(self._clock.monotonic() + limit.total_seconds(), self._clock)
                said = child.streams[1].kept.decode("utf-8", "replace")
                status = child.exit_status()
        finally:
            with self._lock:
                self._running.discard(process.pid)
        return Ended(status, self._redactor.redact(said)[-_SHOWN_CHARS:].strip(), timed_out)

    def end(self) -> None:
        """Ask what runs to end, and start nothing more."""
        with self._lock:
            self._ended = True
            for pid in self._running:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGTERM)

    def _start(self, arguments: tuple[str, ...]) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._ended:
                return None
            process = launch(
                (sys.executable, "-m", "tocsin", *arguments), sys.executable, self._environment, None
            )
            self._running.add(process.pid)
            return process
