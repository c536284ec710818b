"""One container of a pod: a real process, its restarts, its back-off and what the API says of it."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tocsin.sandbox import processes
from tocsin.sandbox.kubernetes.execution import Execution, NotStarted, Surroundings, Wish
from tocsin.sandbox.kubernetes.logs import Log
from tocsin.sandbox.kubernetes.objects import Object, stamp

_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class BackOff:
    """How long a container that ended waits before it is started again.

    Attributes:
        first: seconds, doubled each time. most: never longer. A real kubelet has 10 and 300.
    """

    first: float = 1.0
    most: float = 10.0

    def after(self, restarts: int) -> float:
        """Seconds to wait after so many restarts; the first restart comes at once."""
        return 0.0 if restarts == 0 else min(self.most, self.first * 2.0 ** min(restarts - 1, 20))


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program that is over.

    Attributes:
        status: of exit; 128 + the signal that killed it.
    """

    began: datetime
    ended: datetime
    status: int

    def state(self) -> Object:
        """As the API says it."""
        return {
            "exitCode": self.status,
            "reason": "Completed" if self.status == 0 else "Error",
            "startedAt": stamp(self.began),
            "finishedAt": stamp(self.ended),
        }


class Container:
    """The process of one container, over all its restarts.

    Attributes:
        name, image: as in the pod. restarts: how often it was started again.
        waiting: why it does not run, and the words for it; ("", "") if it runs or is over.
        last: its last run that ended. over: it will not be started again.
        ready: takes traffic. log, previous: output of this run and of the one before.
        resume: at which time of the monotonic clock it may be started again.
        executable: patterns of the programs that may be executed in it.
    """

    def __init__(self, name: str, image: str) -> None:
        self.name = name
        self.image = image
        self.restarts = 0
        self.waiting = ("ContainerCreating", "")
        self.last: Run | None = None
        self.over = False
        self.ready = False
        self.log = Log()
        self.previous: Log | None = None
        self.resume = 0.0
        self.began: datetime | None = None
        self._runs = 0
        self._silent = False
        self._process: subprocess.Popen[bytes] | None = None
        self.executable: tuple[str, ...] = ()
        self._inside: Surroundings | None = None
        self._executions: set[Execution] = set()
        self._joining = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of its process, or None while it does not run."""
        return self._process.pid if self._process is not None else None

    @property
    def output(self) -> int | None:
        """The descriptor that its output comes from, or None; it may have closed that and run on."""
        if self._silent:
            return None
        out = self._process.stdout if self._process is not None else None
        return out.fileno() if out is not None else None

    def start(
        self, argv: tuple[str, ...], directory: Path, variables: Mapping[str, str], now: datetime
    ) -> None:
        """Start the program.

        Its own process group, so that it can be ended whole; the session of the simulator, so that whoever
        ends the room finds it.

        Raises:
            OSError: it cannot be started.
        """
        if self._runs:
            self.restarts += 1
            self.previous, self.log = self.log, Log()
        self._process = subprocess.Popen(
            argv, cwd=directory, env=dict(variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0,
        )  # fmt: skip
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._runs += 1
        self._silent = False
        self.began = now
        self.waiting = ("", "")

    def lets_in(self, executable: tuple[str, ...], inside: Surroundings) -> None:
        """What may be executed in it from now on, and what that is born with."""
        self.executable, self._inside = executable, inside

    def execute(self, wish: Wish) -> Execution:
        """Start a program in it, which ends when it ends. Raises NotStarted."""
        with self._joining:
            if self._process is None or self._process.poll() is not None or self._inside is None:
                raise NotStarted("container is not running: unknown")
            execution = Execution(wish, self._inside)
            self._executions.add(execution)
            return execution

    def left(self, execution: Execution) -> None:
        """A program that was executed in it has ended."""
        with self._joining:
            self._executions.discard(execution)

    def read(self, now: datetime) -> bool:
        """Take what it has printed; False once it can print nothing more."""
        out = self._process.stdout if self._process is not None else None
        if out is None:
            return False
        while True:
            try:
                printed = os.read(out.fileno(), _READ)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not printed:
                self._silent = True
                return False
            self.log.take(printed, now)

    def collect(self, now: datetime) -> Run | None:
        """The run that has just ended, or None. What it started and left behind is ended with it."""
        if self._process is None or self._process.poll() is None:
            return None
        self.read(now)
        self.log.finish(now)
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with self._joining:
            for execution in self._executions:
                execution.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()
        status = self._process.returncode
        run = Run(self.began or now, now, 128 - status if status < 0 else status)
        self._process = None
        self.last, self.ready = run, False
        return run

    def ask_to_end(self) -> None:
        """SIGTERM to its first process, as a container runtime does."""
        self._send(signal.SIGTERM, whole=False)

    def kill(self) -> None:
        """SIGKILL to everything in it."""
        self._send(signal.SIGKILL, whole=True)

    def _send(self, number: signal.Signals, *, whole: bool) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        seen = processes.look(self._process.pid)
        below = processes.with_descendants([seen.identity], processes.everything()) if seen and whole else ()
        with suppress(OSError):
            self._process.send_signal(number)
        for one in below:
            processes.send(one, number)

    def status(self, table_id: str) -> Object:
        """As `status.containerStatuses` says it."""
        running = self._process is not None and self.began is not None
        state: Object
        if running and self.began is not None:
            state = {"running": {"startedAt": stamp(self.began)}}
        elif self.over and self.last is not None:
            state = {"terminated": self.last.state()}
        else:
            reason, message = self.waiting
            state = {
                "waiting": {
                    "reason": reason or "ContainerCreating",
                    **({"message": message} if message else {}),
                }
            }
        before: Object = {"terminated": self.last.state()} if self.last is not None and not self.over else {}
        return {
            "name": self.name,
            "state": state,
            "lastState": before,
            "ready": self.ready,
            "restartCount": self.restarts,
            "image": self.image,
            "imageID": f"tocsin://{table_id}" if table_id else "",
            **({"containerID": f"process://{self.pid}"} if running else {}),
            "started": running,
        }
