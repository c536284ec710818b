"""A command that is run as if nobody stood in between: its input, output, signals and status are its own."""

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO

_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)
_CHUNK = 65536
_REST_SECONDS = 5.0  # for output that others, left behind by the command, still hold open
_NOT_FOUND, _NOT_RUNNABLE = 127, 126


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended.

    Attributes:
        status: as a shell says it: 128 + n for signal n, 127 not found, 126 not to be run.
        tail: the end of what it wrote, both outputs in the order they came.
    """

    status: int
    tail: bytes


def run(argv: tuple[str, ...], keep: int, started: Callable[[], None]) -> Outcome:
    """Run a command to its end, passing on the signals we get. Has to be called by the main thread.

    Args:
        keep: how many bytes of the end of its output are remembered. started: called once it runs, or cannot.
    """
    tail = _Tail(keep)
    try:
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    except (OSError, ValueError) as problem:
        started()
        said = f"{argv[0]}: {problem.strerror if isinstance(problem, OSError) else problem}\n".encode()
        tail.add(said)
        _write(2, said)
        missing = isinstance(problem, FileNotFoundError)
        return Outcome(_NOT_FOUND if missing else _NOT_RUNNABLE, tail.content)
    before = {number: signal.signal(number, _pass_on(process)) for number in _PASSED_ON}
    try:
        started()
        assert process.stdout is not None
        assert process.stderr is not None
        pumps = [
            threading.Thread(target=_pump, args=(pipe, out, tail), daemon=True)
            for pipe, out in ((process.stdout, 1), (process.stderr, 2))
        ]
        for pump in pumps:
            pump.start()
        status = process.wait()
        for pump in pumps:
            pump.join(_REST_SECONDS)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return Outcome(128 - status if status < 0 else status, tail.content)


class _Tail:
    """The end of everything that was written."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def add(self, chunk: bytes) -> None:
        with self._lock:
            self._chunks.append(chunk)
            self._size += len(chunk)
            while self._size - len(self._chunks[0]) >= self._keep:
                self._size -= len(self._chunks.popleft())

    @property
    def content(self) -> bytes:
        with self._lock:
            return b"".join(self._chunks)[-self._keep :]


def _pump(pipe: IO[bytes], out: int, tail: _Tail) -> None:
    """Hand on what comes, at once. When nobody reads us any more the command is still listened to."""
    open_ = True
    while chunk := os.read(pipe.fileno(), _CHUNK):
        tail.add(chunk)
        open_ = open_ and _write(out, chunk)


def _write(out: int, chunk: bytes) -> bool:
    try:
        while chunk:
            chunk = chunk[os.write(out, chunk) :]
    except OSError:
        return False
    return True


def _pass_on(process: subprocess.Popen[bytes]) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        # Ctrl-C in a terminal reaches the command by itself, for it is in the same group.
        if number in _FROM_TERMINAL and _in_front():
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)

    return handler


def _in_front() -> bool:
    """Whether a terminal sends what is typed to our group."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
