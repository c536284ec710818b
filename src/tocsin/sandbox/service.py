"""One real program that a room starts, asks whether it is ready, and ends."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from tocsin.errors import Temporary, TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox import ending, processes
from tocsin.sandbox.manifest import Entry
from tocsin.sandbox.scratch import Scratch

_POLL_SECONDS = 0.01
_LOG_LINES = 4
# The child writes its own line of /proc down and only then becomes the program: there is no moment at
# which it runs and no file knows its number. Its start time stays the same across exec.
RECORD_THEN_BECOME = 'read -r line <"/proc/$$/stat" && printf "%s\\n" "$line" >"$0" && exec "$@"'


class Service(Protocol):
    """What a room asks of every program in it."""

    @property
    def name(self) -> str:
        """As shown to people and written into the manifest: "nginx"."""
        ...

    @property
    def pid(self) -> int | None:
        """Of the process that leads the service, or None while it does not run."""
        ...

    def start(self) -> None:
        """Write it into the manifest, then start it. Does not wait. Raises TocsinError."""
        ...

    def ready(self) -> bool:
        """Whether it answers now. Never raises for a service that does not."""
        ...

    def stop(self) -> None:
        """Ask, then kill, then look: when this returns nothing of the service runs. Raises TocsinError."""
        ...


@dataclass(frozen=True, slots=True)
class Launch:
    """How a program is started.

    Attributes:
        argv: the program with its full path, and its arguments.
        directory: its working directory, inside the room's scratch.
        environment: the whole of it; nothing is inherited.
        log: takes both its standard output and error.
    """

    argv: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    log: Path


class Daemon(ABC):
    """A service that is one program in the foreground, leading its own session.

    It is not tied to the life of its parent (no PR_SET_PDEATHSIG, which follows the parent's *thread*
    and is lost when the program changes its user): the manifest and the keeper see to its end.
    """

    def __init__(self, scratch: Scratch, name: str) -> None:
        self.scratch = scratch
        self._name = name
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """As written into the manifest."""
        return self._name

    @property
    def pid(self) -> int | None:
        """Of the leading process, or None while it does not run."""
        found = ending.leaders(self.scratch.record, self.entry())
        return min((one.pid for one in found), default=None)

    @abstractmethod
    def launch(self) -> Launch:
        """Prepare what the program needs on disk and say how it is started."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers now."""

    def entry(self) -> Entry:
        """How the manifest knows this service."""
        return Entry(name=self._name, pidfile=str(self.scratch.pidfile(self._name)))

    def start(self) -> None:
        """Write it into the manifest, then start it; does not wait until it is ready."""
        self.scratch.announce(self.entry())
        self._child = spawn(self.launch(), self.scratch.pidfile(self._name))

    def stop(self) -> None:
        """Ask, kill, look. Raises TocsinError if a process survives SIGKILL."""
        ending.end_entry(self.scratch.record, self.entry())
        if self._child is not None:
            self._child.wait()
            self._child = None

    def exited(self) -> int | None:
        """The exit status if the program has ended by itself, else None."""
        return None if self._child is None else self._child.poll()

    def log_tail(self) -> str:
        """The last lines of its log, for messages."""
        return tail(self.launch_log())

    def launch_log(self) -> Path:
        """Where its output goes."""
        return self.scratch.path / f"{self._name}.log"


def spawn(launch: Launch, pidfile: Path) -> subprocess.Popen[bytes]:
    """Start a program in its own session, with its process written down before it becomes the program.

    Raises:
        TocsinError: the program could not be started.
    """
    descriptor = os.open(launch.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        pidfile.unlink(missing_ok=True)
        return subprocess.Popen(
            ["/bin/sh", "-c", RECORD_THEN_BECOME, str(pidfile), *launch.argv],
            cwd=launch.directory,
            env=dict(launch.environment),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    except OSError as wrong:
        raise TocsinError(f"Could not start {launch.argv[0]}: {wrong.strerror}.") from wrong
    finally:
        os.close(descriptor)


def run_once(
    argv: tuple[str, ...], directory: Path, environment: Mapping[str, str], within: timedelta
) -> str:
    """Run a preparing program to its end (initdb, openssl, git, pm2 start); its standard output.

    Raises:
        TocsinError: it failed or took too long; the message ends with its last lines.
    """
    try:
        with subprocess.Popen(
            argv,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        ) as child:
            try:
                output, errors = child.communicate(timeout=within.total_seconds())
            except subprocess.TimeoutExpired:
                seen = processes.look(child.pid)
                for one in processes.with_descendants(
                    [seen.identity] if seen else [], processes.everything()
                ):
                    processes.send(one, signal.SIGKILL)
                raise TocsinError(
                    f"{Path(argv[0]).name} did not end within {within.total_seconds():.0f} s: {' '.join(argv)}"
                ) from None
    except OSError as wrong:
        raise TocsinError(f"Could not start {argv[0]}: {wrong.strerror}.") from wrong
    if child.returncode != 0:
        last = " | ".join((errors.strip() or output.strip()).splitlines()[-_LOG_LINES:])
        raise TocsinError(f"{Path(argv[0]).name} failed with status {child.returncode}: {last}")
    return output


def wait_until_ready(service: Service, within: timedelta = timedelta(seconds=180)) -> timedelta:
    """Wait until a started service answers; how long that took.

    Raises:
        Temporary: it ended by itself, or did not answer in time; the message ends with its log.
    """
    clock = SystemClock()
    began = clock.monotonic()
    while not service.ready():
        waited = clock.monotonic() - began
        status = service.exited() if isinstance(service, Daemon) else None
        log = service.log_tail() if isinstance(service, Daemon) else ""
        if status is not None:
            raise Temporary(f"{service.name} ended with status {status} before it was ready: {log}")
        if waited > within.total_seconds():
            raise Temporary(f"{service.name} did not answer within {within.total_seconds():.0f} s: {log}")
        time.sleep(_POLL_SECONDS)
    return timedelta(seconds=clock.monotonic() - began)


def wait_until(holds: Callable[[], bool], what: str, within: timedelta) -> timedelta:
    """Wait until something holds; how long that took. Raises Temporary, which says what did not."""
    clock = SystemClock()
    began = clock.monotonic()
    while not holds():
        if clock.monotonic() - began > within.total_seconds():
            raise Temporary(f"Waited {within.total_seconds():.0f} s in vain until {what}.")
        time.sleep(_POLL_SECONDS)
    return timedelta(seconds=clock.monotonic() - began)


def tail(log: Path) -> str:
    """The last lines of a log on one line, or "" if there is none."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return " | ".join(lines[-_LOG_LINES:])
