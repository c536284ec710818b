"""A program that somebody executes in a container: started in the container's surroundings, talked to, ended with it."""

import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tocsin.sandbox.kubernetes import spdy, websocket
from tocsin.sandbox.kubernetes.channels import RESIZE, STDERR, STDIN, STDOUT, Channels, Heard
from tocsin.sandbox.kubernetes.objects import Object
from tocsin.sandbox.kubernetes.wire import Wire

_READ = 32 * 1024
_KEPT = 1024 * 1024  # bytes of input that a program has not read yet; then its client has to wait
_END_OF_TEXT = b"\x04"  # what a terminal takes for the end of the input
# Opening a terminal makes it the one of a process that leads a session without any; only then come ^C and job control.
_WITH_TERMINAL = 'exec <>"$0" >&0 2>&1 "$@"'


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a program in a container is born with.

    Attributes:
        variables: the whole of its environment. directory: where it runs.
    """

    variables: Mapping[str, str]
    directory: Path


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be executed.

    Attributes:
        argv: the program and its arguments. stdin: the client sends input. tty: on a terminal of its own.
    """

    argv: tuple[str, ...]
    stdin: bool
    tty: bool


class NotStarted(Exception):
    """The program cannot be started; the text is that of a container runtime."""


class Execution:
    """The running program.

    Raises:
        NotStarted: there is no such program, or the system refuses it.
    """

    def __init__(self, wish: Wish, where: Surroundings) -> None:
        self._lock = threading.Lock()
        self._ended = False
        self._input = bytearray()
        self._input_over = not wish.stdin
        self._terminal: int | None = None
        program = shutil.which(wish.argv[0], path=where.variables.get("PATH", ""))
        if "/" in wish.argv[0]:
            program = str(where.directory / wish.argv[0])
        if program is None:
            raise NotStarted(f'exec: "{wish.argv[0]}": executable file not found in $PATH: unknown')
        try:
            self._process = self._start((program, *wish.argv[1:]), wish, where)
        except OSError as wrong:
            said = (wrong.strerror or "cannot be started").lower()
            raise NotStarted(f'exec: "{wish.argv[0]}": stat {wish.argv[0]}: {said}: unknown') from wrong
        self._handle = os.pidfd_open(self._process.pid)

    def _start(self, argv: tuple[str, ...], wish: Wish, where: Surroundings) -> subprocess.Popen[bytes]:
        """In its own process group, or with a terminal in its own session, so that it can be ended whole."""
        if not wish.tty:
            process = subprocess.Popen(
                argv, cwd=where.directory, env=dict(where.variables), process_group=0,
                stdin=subprocess.PIPE if wish.stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            handles = (process.stdin, process.stdout, process.stderr)
            for handle in handles:
                if handle is not None:
                    os.set_blocking(handle.fileno(), False)
            places = ((STDOUT, process.stdout), (STDERR, process.stderr))
            self._outputs = {handle.fileno(): channel for channel, handle in places if handle is not None}
            self._stdin = process.stdin.fileno() if process.stdin is not None else None
            return process
        if not os.access(argv[0], os.X_OK):
            raise FileNotFoundError(2, "no such file or directory", argv[0])
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                ("/bin/sh", "-c", _WITH_TERMINAL, os.ttyname(theirs), *argv),
                cwd=where.directory, env={"TERM": "xterm", **where.variables}, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError:
            os.close(ours)
            os.close(theirs)
            raise
        # Ours stays open besides: before the program has opened it, a terminal that nobody holds would seem closed.
        self._terminal, self._theirs = ours, theirs
        os.set_blocking(ours, False)
        self._outputs, self._stdin = {ours: STDOUT}, ours
        return process

    def converse(self, wire: Wire, channels: Channels, early: list[Heard], over: Callable[[], bool]) -> None:
        """Carry what both sides say until the program ends, the client leaves or `over` says so; ends the program.

        Args:
            early: what the client said before the program ran.
        """
        exited = False
        self._hear(early)

        def exit_seen() -> None:
            nonlocal exited
            exited = True

        try:
            while not (exited or wire.gone or channels.parted or over()):
                reading: dict[int, Callable[[], None]] = {self._handle: exit_seen}
                if not wire.full:
                    reading |= {handle: self._reader(handle, wire, channels) for handle in self._outputs}
                writing = {self._stdin: self._write} if self._input and self._stdin is not None else {}
                if wire.wait(reading, writing, listen=len(self._input) < _KEPT):
                    self._hear(channels.receive(wire.receive()))
                    wire.send(channels.outgoing())
            if exited:
                self._rest(wire, channels)
        except (spdy.Broken, websocket.Broken):
            wire.gone = True
        code = self.end()
        if exited:
            channels.finish(exit_status(code))
            wire.send(channels.outgoing())

    def end(self) -> int:
        """End it and all it started, if they still run; its exit status, 128 + the signal that killed it."""
        self.kill()
        with self._lock:
            if not self._ended:
                self._ended = True
                self._process.wait()
                os.close(self._handle)
                for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
                    if stream is not None:
                        with suppress(OSError):
                            stream.close()
                if self._terminal is not None:
                    os.close(self._terminal)
                    os.close(self._theirs)
            status = self._process.returncode
        return 128 - status if status < 0 else status

    def kill(self) -> None:
        """SIGKILL to it and its group, from whatever thread."""
        with self._lock:
            if not self._ended:
                # Not collected yet, so the number is still its own even if it has ended.
                with suppress(OSError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def _reader(self, handle: int, wire: Wire, channels: Channels) -> Callable[[], None]:
        def read() -> None:
            try:
                said = os.read(handle, _READ)
            except BlockingIOError:
                return
            except OSError:  # of a terminal: the program has closed it
                said = b""
            if not said:
                self._outputs.pop(handle, None)
                return
            channels.say(self._outputs[handle], said)
            wire.send(channels.outgoing())

        return read

    def _rest(self, wire: Wire, channels: Channels) -> None:
        """What it printed before it ended and nobody has read yet; not what a child of it goes on to print."""
        for handle in tuple(self._outputs):
            with suppress(OSError):
                while said := os.read(handle, _READ):
                    channels.say(self._outputs[handle], said)
                    wire.send(channels.outgoing())

    def _hear(self, heard: list[Heard]) -> None:
        for one in heard:
            if one.channel == STDIN and not self._input_over:
                self._input += one.data
                self._input_over = one.ended
                if one.ended and self._terminal is not None:
                    self._input += _END_OF_TEXT
            elif one.channel == RESIZE and self._terminal is not None:
                self._resize(one.data)
        if self._input_over and not self._input:
            self._close_input()

    def _write(self) -> None:
        if self._stdin is None:
            return
        try:
            sent = os.write(self._stdin, self._input)
        except BlockingIOError:
            return
        except OSError:
            self._input.clear()  # it reads no more
            self._input_over = True
            self._close_input()
            return
        del self._input[:sent]
        if self._input_over and not self._input:
            self._close_input()

    def _close_input(self) -> None:
        if self._terminal is None and self._process.stdin is not None and self._stdin is not None:
            self._stdin = None
            with suppress(OSError):
                self._process.stdin.close()

    def _resize(self, said: bytes) -> None:
        """`{"Width":80,"Height":24}`; anything else changes nothing."""
        assert self._terminal is not None
        with suppress(ValueError, KeyError, TypeError, struct.error, OSError):
            size = json.loads(said)
            rows, columns = int(size["Height"]), int(size["Width"])
            fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def exit_status(code: int) -> Object:
    """The Status that tells a client how a program ended; kubectl exits with the same number."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def not_started(why: str, container: str) -> Object:
    """The Status for a program that could not be started, in the words of containerd."""
    said = (
        f'error executing command in container: failed to exec in container: failed to start exec "{container}": '
        f"OCI runtime exec failed: exec failed: unable to start container process: {why}"
    )
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"Internal error occurred: {said}",
        "reason": "InternalError",
        "details": {"causes": [{"message": said}]},
        "code": 500,
    }
