"""A started program until it has ended: its own process group, bounded in time, its output drained and bounded."""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO

from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

TERM_GRACE = timedelta(seconds=2)  # between asking the group to end and ending it
_DRAIN_QUIET_MS = 50  # after the end: how long silence counts as the end of output held open by others
_DRAIN_MAX = timedelta(milliseconds=500)
_CHUNK = 65536


@dataclass
class Stream:
    """One output of a run: what was kept and how much there was."""

    pipe: IO[bytes]
    limit: int
    kept: bytearray = field(default_factory=bytearray)
    total: int = 0
    open: bool = True

    def read(self) -> bool:
        """Take what is there; whether there was something."""
        try:
            data = os.read(self.pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.open = False
            return False
        self.total += len(data)
        self.kept += data[: max(0, self.limit - len(self.kept))]
        return True


class Child:
    """One started text until it has ended."""

    def __init__(self, process: subprocess.Popen[bytes], status_pipe: int | None, keep: int) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._status_pipe = status_pipe
        self.streams = (Stream(process.stdout, keep), Stream(process.stderr, keep))
        for stream in self.streams:
            os.set_blocking(stream.pipe.fileno(), False)
        # Where the kernel or a sandbox around us has none, the end is asked for every few milliseconds.
        self._ended_fd: int | None = None
        with suppress(OSError, AttributeError):
            self._ended_fd = os.pidfd_open(process.pid)

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            # Something of ours raised, or even SIGKILL cannot end it (a dead network disk): it must not stop us too.
            self._signal(signal.SIGKILL)
            self._process.poll()
        for stream in self.streams:
            stream.pipe.close()
        for fd in (self._ended_fd, self._status_pipe):
            if fd is not None:
                os.close(fd)

    def watch(self, until: float, clock: Clock, ask: Callable[[], None] | None = None) -> bool:
        """Drain both streams until the main process ends; whether the time limit ended it.

        Args:
            ask: called first when the time is up, for what cannot be reached by a signal of ours.
        """
        timed_out = not self._wait(until, clock)
        if timed_out:
            if ask is not None:
                ask()
            self._signal(signal.SIGTERM)
            self._wait(clock.monotonic() + TERM_GRACE.total_seconds(), clock)
            # The leader is not reaped yet, so the group's number cannot belong to anybody else.
            self._signal(signal.SIGKILL)
            self._wait(clock.monotonic() + TERM_GRACE.total_seconds(), clock)
        self._drain(clock.monotonic() + _DRAIN_MAX.total_seconds(), clock)
        self._process.poll()
        return timed_out

    def exit_status(self) -> int | None:
        """As a shell says it: 128 + n for signal n; None for a process that nothing could end."""
        code = self._process.returncode
        if code is None:
            return None
        return 128 - code if code < 0 else code

    def statuses(self, exit_status: int) -> tuple[int, ...]:
        """Of the parts of the last pipeline; empty if unknown."""
        if self._status_pipe is None:
            return (exit_status,)
        os.set_blocking(self._status_pipe, False)
        try:
            words = os.read(self._status_pipe, _CHUNK).split()
        except BlockingIOError:
            # A background child still holds the descriptor, and bash ended without a word.
            return ()
        if not all(word.isdigit() for word in words):
            return ()
        parts = tuple(int(word) for word in words)
        # `exit 4` after a pipeline says nothing about its parts.
        return parts if exit_status in parts else ()

    def _wait(self, until: float, clock: Clock) -> bool:
        """Read until the main process has ended (True) or the moment has come (False)."""
        poll = select.poll()
        for stream in self.streams:
            if stream.open:
                poll.register(stream.pipe.fileno(), select.POLLIN)
        if self._ended_fd is not None:
            poll.register(self._ended_fd, select.POLLIN)
        while not self._ended():
            left = until - clock.monotonic()
            if left <= 0:
                return False
            pause = left * 1000 + 1 if self._ended_fd is not None else 10
            ready = {fd for fd, _ in poll.poll(pause)}
            for stream in self.streams:
                if stream.open and stream.pipe.fileno() in ready:
                    stream.read()
                    if not stream.open:
                        poll.unregister(stream.pipe.fileno())
        return True

    def _drain(self, until: float, clock: Clock) -> None:
        """What is still in the pipes. Somebody else may hold them open for ever, so silence ends it too."""
        while (waiting := [stream for stream in self.streams if stream.open]) and clock.monotonic() < until:
            poll = select.poll()
            for stream in waiting:
                poll.register(stream.pipe.fileno(), select.POLLIN)
            ready = {fd for fd, _ in poll.poll(_DRAIN_QUIET_MS)}
            if not ready:
                return
            for stream in waiting:
                if stream.pipe.fileno() in ready:
                    stream.read()

    def _ended(self) -> bool:
        """Whether the main process has ended; it is not reaped by asking."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def launch(
    argv: tuple[str, ...],
    path: str,
    environment: Mapping[str, str],
    cwd: str | None,
    *pass_fds: int,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program in a session and process group of its own, its input closed.

    Raises OSError or ValueError when it cannot be started.
    """
    return subprocess.Popen(
        argv,
        executable=path,
        env=environment,
        cwd=cwd,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def margin(redactor: Redactor) -> int:
    """How many bytes to read further than is shown, so that a secret across the cut is seen as a whole and hidden."""
    return max(4096, 4 * redactor.longest)


def cut(text: str, total: int, kept: int, limit: int, redactor: Redactor) -> tuple[str, int]:
    """What one stream showed, redacted and cut, and how many bytes are missing.

    Args:
        text: what was kept of it, decoded. total: how many bytes there were; kept: how many of them `text` holds.
    """
    text = redactor.redact(text)
    if total <= limit:
        return text, 0
    if total > kept:
        # The very end may be half a secret, which nobody recognises.
        text = text[: -margin(redactor)]
    shown = text.encode("utf-8")[:limit].decode("utf-8", "ignore")
    return shown, total - limit
