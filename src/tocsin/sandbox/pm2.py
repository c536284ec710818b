"""A real PM2 with its own home, and the drill application under it."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from tocsin.errors import TocsinError
from tocsin.sandbox import ending
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.manifest import Entry
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import run_once

_COMMAND_WITHIN = timedelta(seconds=120)


class _Pm2Env(msgspec.Struct):
    status: str
    restart_time: int = 0
    exec_mode: str = ""
    max_memory_restart: int | None = None


class _Pm2Monit(msgspec.Struct):
    memory: int = 0


class _Pm2Process(msgspec.Struct):
    name: str
    pid: int
    pm2_env: _Pm2Env
    monit: _Pm2Monit = msgspec.field(default_factory=_Pm2Monit)


@dataclass(frozen=True, slots=True)
class Application:
    """One application as PM2 lists it.

    Attributes:
        restarts: since it was started under this name.
        mode: "fork_mode" or "cluster_mode".
        memory: resident, in bytes.
        memory_limit: beyond which PM2 restarts it, in bytes; None without a limit.
    """

    name: str
    status: str
    pid: int
    restarts: int
    mode: str
    memory: int
    memory_limit: int | None


class Pm2:
    """PM2's daemon with one application, as a service of a room.

    Args:
        scratch: the room.
        node, program: Node, and PM2's start script.
        config: the PM2 configuration to start.
        directory: where it is started, as a person would.
        port: where the application listens.
        environment: what the application is given besides the room's own.
    """

    def __init__(
        self,
        scratch: Scratch,
        *,
        node: Path,
        program: Path,
        config: Path,
        directory: Path,
        port: int,
        environment: Mapping[str, str],
    ) -> None:
        self.scratch = scratch
        self.home = scratch.path / "pm2"
        self.port = port
        self._argv = (str(node), str(program))
        self._config = config
        self._directory = directory
        self._environment = {**scratch.base_environment(), **environment, "PM2_HOME": str(self.home)}

    @property
    def name(self) -> str:
        """As written into the manifest."""
        return "pm2"

    @property
    def pid(self) -> int | None:
        """Of PM2's daemon, or None while it does not run."""
        found = ending.leaders(self.scratch.record, self.entry())
        return min((one.pid for one in found), default=None)

    def entry(self) -> Entry:
        """PM2's daemon detaches itself and keeps its own pid file; SIGTERM makes it end its applications."""
        return Entry(
            name=self.name,
            pidfile=str(self.scratch.pidfile(self.name)),
            other_pidfile=str(self.home / "pm2.pid"),
            signals=(int(signal.SIGTERM),),
        )

    def start(self) -> None:
        """Start daemon and application. Raises TocsinError with PM2's own words."""
        self.scratch.announce(self.entry())
        self.run("start", str(self._config))

    def ready(self) -> bool:
        """Whether the application takes connections."""
        return answers_tcp(self.port)

    def stop(self) -> None:
        """End the applications, then the daemon. Raises TocsinError if a process survives SIGKILL."""
        ending.end_entry(self.scratch.record, self.entry())

    def run(self, *arguments: str) -> str:
        """One `pm2` command, as the sandbox itself gives it; its standard output. Raises TocsinError."""
        return run_once((*self._argv, *arguments), self._directory, self._environment, _COMMAND_WITHIN)

    def applications(self) -> tuple[Application, ...]:
        """What PM2 says it runs. Raises TocsinError if it says nothing readable."""
        output = self.run("jlist")
        # Notices may stand before the list, which is always the last line.
        last = output.strip().splitlines()[-1] if output.strip() else ""
        try:
            listed = msgspec.json.decode(last, type=list[_Pm2Process])
        except msgspec.MsgspecError as wrong:
            raise TocsinError(f"pm2 jlist: not a list of processes ({wrong}): {last[:200]}") from wrong
        return tuple(
            Application(
                one.name,
                one.pm2_env.status,
                one.pid,
                one.pm2_env.restart_time,
                one.pm2_env.exec_mode,
                one.monit.memory,
                one.pm2_env.max_memory_restart,
            )
            for one in listed
        )
