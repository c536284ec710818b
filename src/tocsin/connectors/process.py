"""Runs a shell text on this machine: closed input, its own process group, bounded in time and output.

Only redacted output leaves this file. What the text starts in the background and leaves behind lives on; it only
loses our ear. A process that made a session of its own (setsid) also survives the end of the time limit.
"""

import os
import select
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO

from tocsin.connectors.api import RunRequest, RunResult
from tocsin.connectors.plain_command import plain_command
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor

# No colour, no pager, no question: nobody sits in front of it.
QUIET = {
    "NO_COLOR": "1",
    "CLICOLOR": "0",
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "",
    "AWS_PAGER": "",
    "GIT_TERMINAL_PROMPT": "0",
    "DEBIAN_FRONTEND": "noninteractive",
}
TERM_GRACE = timedelta(seconds=2)  # between asking the group to end and ending it
_DRAIN_QUIET_MS = 50  # after the end: how long silence counts as the end of output held open by others
_DRAIN_MAX = timedelta(milliseconds=500)
_PRELUDE = str(Path(__file__).with_name("prelude.bash"))
_CHUNK = 65536


class LocalRunner:
    """This machine as a place where texts run.

    Args:
        target: the resolved name shown on approvals, e.g. "local (web-1)".
        environment: all variables the text sees besides those of `QUIET`; nothing is inherited.
        redactor: hides secrets in everything that leaves.
    """

    def __init__(self, target: str, environment: Mapping[str, str], redactor: Redactor, clock: Clock) -> None:
        self._target = target
        self._environment = {**environment, **QUIET}
        self._redactor = redactor
        self._clock = clock

    @property
    def target(self) -> str:
        """The name given."""
        return self._target

    def run(self, request: RunRequest) -> RunResult:
        """Run the text and wait for its end or its time limit. Never raises for anything the text does.

        A single command of plain words is started directly; everything else by
        `bash --noprofile --norc -c`, the text unchanged.
        """
        started_at, start = self._clock.now(), self._clock.monotonic()
        run: _Run | str
        if request.language != "shell":
            run = f"{self._target} runs shell texts, not {request.language}."
        else:
            run = self._start(request)
        if isinstance(run, str):
            return RunResult(
                None, (), "", "", 0, started_at, self._took(start), error=self._redactor.redact(run)
            )
        with run:
            timed_out = run.watch(start + request.timeout.total_seconds(), self._clock)
            took = self._took(start)
            status = run.exit_status()
            statuses = () if status is None else run.statuses(status)
        (stdout, cut_out), (stderr, cut_err) = (self._text(stream, request) for stream in run.streams)
        return RunResult(
            exit_status=None if timed_out else status,
            statuses=() if timed_out else statuses,
            stdout=stdout,
            stderr=stderr,
            truncated_bytes=cut_out + cut_err,
            started_at=started_at,
            took=took,
            timed_out=timed_out,
            in_doubt=status is None,
        )

    def _start(self, request: RunRequest) -> "_Run | str":
        """The running text, or why it could not be started."""
        environment = {**self._environment, **dict(request.environment)}
        keep = request.output_limit_bytes + self._margin()
        plain = plain_command(request.text, environment, request.cwd)
        if plain is not None:
            # A failure here ran nothing; bash says it in the words people know (and reads scripts without "#!").
            with suppress(OSError):
                process = _popen(plain.argv, plain.path, plain.environment, request.cwd)
                return _Run(process, None, keep)
        bash = shutil.which("bash", path=environment.get("PATH", os.defpath)) or shutil.which(
            "bash", path=os.defpath
        )
        if bash is None:
            return "bash is not installed here, or not in PATH. Install it, or set PATH for this target."
        status_read, status_write = os.pipe()
        environment |= {"BASH_ENV": _PRELUDE, "TOCSIN_STATUS_FD": str(status_write)}
        argv = ("bash", "--noprofile", "--norc", "-c", request.text)
        try:
            process = _popen(argv, bash, environment, request.cwd, status_write)
        except (OSError, ValueError) as error:
            os.close(status_read)
            return f"could not be started{f' in {request.cwd}' if request.cwd else ''}: {error}."
        finally:
            os.close(status_write)
        return _Run(process, status_read, keep)

    def _margin(self) -> int:
        # Read further than will be shown, so that a secret across the cut is seen as a whole and hidden.
        return max(4096, 4 * self._redactor.longest)

    def _text(self, stream: "_Stream", request: RunRequest) -> tuple[str, int]:
        """What one stream showed, redacted and cut, and how many bytes are missing."""
        text = self._redactor.redact(stream.kept.decode("utf-8", "replace"))
        if stream.total <= request.output_limit_bytes:
            return text, 0
        if stream.total > len(stream.kept):
            # The very end may be half a secret, which nobody recognises.
            text = text[: -self._margin()]
        shown = text.encode("utf-8")[: request.output_limit_bytes].decode("utf-8", "ignore")
        return shown, stream.total - request.output_limit_bytes

    def _took(self, start: float) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - start)


@dataclass
class _Stream:
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


class _Run:
    """One started text until it has ended."""

    def __init__(self, process: subprocess.Popen[bytes], status_pipe: int | None, keep: int) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._status_pipe = status_pipe
        self.streams = (_Stream(process.stdout, keep), _Stream(process.stderr, keep))
        for stream in self.streams:
            os.set_blocking(stream.pipe.fileno(), False)
        # Where the kernel or a sandbox around us has none, the end is asked for every few milliseconds.
        self._ended_fd: int | None = None
        with suppress(OSError, AttributeError):
            self._ended_fd = os.pidfd_open(process.pid)

    def __enter__(self) -> "_Run":
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

    def watch(self, until: float, clock: Clock) -> bool:
        """Drain both streams until the main process ends; whether the time limit ended it."""
        timed_out = not self._wait(until, clock)
        if timed_out:
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


def _popen(
    argv: tuple[str, ...], path: str, environment: Mapping[str, str], cwd: str | None, *pass_fds: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        executable=path,
        env=environment,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
        pass_fds=pass_fds,
    )
