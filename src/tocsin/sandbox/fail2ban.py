"""A real fail2ban: reads a room's nginx log, and blocks addresses by a file that nginx includes."""

import shutil
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.errors import InputError, TocsinError
from tocsin.sandbox.nginx import Nginx
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import Daemon, Launch, run_once
from tocsin.sandbox.tools import Tools

JAIL = "nginx-limit-req"
_WITHIN = timedelta(seconds=180)
_SYSTEM_PYTHON = Path("/usr/bin/python3")
_JAIL = """\
[DEFAULT]
backend = polling
allowipv6 = no
ignoreip =
ignoreself = false
usedns = no
banaction = room
banaction_allports = room

[{jail}]
enabled = true
filter = nginx-limit-req
logpath = {log}
maxretry = {attempts}
findtime = {window}
bantime = {ban}
action = room
"""
# A ban is a line of its own; nginx takes it over at the next reload, and open connections keep their worker till then.
_ACTION = """\
[Definition]
actionban = echo '<ip> 1;' >> {blocked} && {reload}
actionunban = sed -i '/^<ip> 1;$/d' {blocked} && {reload}
"""
_SERVER = """\
[Definition]
loglevel = INFO
logtarget = {home}/fail2ban.log
syslogsocket = auto
socket = {home}/f.sock
pidfile = {home}/f.pid
dbfile = None
"""
_CLIENT = """\
exec env PYTHONPATH={modules} {python} {program} -c {config} -s {socket} -p {pidfile} "$@"
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an address is blocked without anybody's doing.

    Attributes:
        attempts: lines of the log within `window`; the default is never reached, so that a person decides.
        window, ban: seconds; how far it looks back, and how long it blocks.
    """

    attempts: int = 1_000_000
    window: int = 600
    ban: int = 600


class Fail2ban(Daemon):
    """fail2ban's server with one jail, `nginx-limit-req`, and its client under its own name in the room."""

    def __init__(self, room: OpenRoom, nginx: Nginx, rule: Rule) -> None:
        """Lay it out, and put `fail2ban-client` into the room. Raises InputError if it is not installed."""
        super().__init__(room.scratch, "fail2ban")
        self._place = _find(room.tools)
        self._nginx = nginx
        self._rule = rule
        self._home = room.scratch.path / "f2b"
        room.shims.write(
            "fail2ban-client",
            "names the room's socket",
            _CLIENT.format(
                modules=self._place.modules,
                python=self._place.python,
                program=self._place.folder / "fail2ban-client",
                config=self._home / "etc",
                socket=self._home / "f.sock",
                pidfile=self._home / "f.pid",
            ),
        )

    def launch(self) -> Launch:
        """Write the configuration: the package's own, with our jail and our way to block."""
        config = self._home / "etc"
        self._configure(config)
        # The log must be there: a jail without one is refused.
        self._nginx.error_log.touch()
        argv = (
            *(str(self._place.python), str(self._place.folder / "fail2ban-server"), "-f", "-x"),
            *("-c", str(config), "-s", str(self._home / "f.sock"), "-p", str(self._home / "f.pid")),
            *("--logtarget", str(self._home / "fail2ban.log"), "start"),
        )
        return Launch(
            argv=argv,
            directory=self._home,
            environment=self._environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether the jail is there."""
        try:
            return JAIL in self.ask("status")
        except TocsinError:
            return False

    def ask(self, *words: str) -> str:
        """What the client says to one command. Raises TocsinError if the server refuses or is not there."""
        argv = (
            *(str(self._place.python), str(self._place.folder / "fail2ban-client")),
            *("-c", str(self._home / "etc"), "-s", str(self._home / "f.sock"), *words),
        )
        return run_once(argv, self.scratch.path, self._environment(), _WITHIN)

    def banned(self) -> tuple[str, ...]:
        """The addresses that are blocked now. Raises TocsinError."""
        return tuple(self.ask("get", JAIL, "banip").split())

    def _configure(self, config: Path) -> None:
        self._home.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(config, ignore_errors=True)
        shutil.copytree(self._place.config, config)
        for other in (config / "jail.d").glob("*"):
            other.unlink()
        reload = " ".join((*self._nginx.command(), "-s", "reload"))
        rule = self._rule
        (config / "jail.local").write_text(
            _JAIL.format(
                jail=JAIL,
                log=self._nginx.error_log,
                attempts=rule.attempts,
                window=rule.window,
                ban=rule.ban,
            ),
            encoding="ascii",
        )
        (config / "action.d/room.conf").write_text(
            _ACTION.format(blocked=self._nginx.blocked, reload=reload), encoding="ascii"
        )
        (config / "fail2ban.local").write_text(_SERVER.format(home=self._home), encoding="ascii")

    def _environment(self) -> dict[str, str]:
        return self.scratch.base_environment() | {"PYTHONPATH": str(self._place.modules)}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the package is: its programs, its Python modules, its configuration, and who runs it."""

    folder: Path
    modules: Path
    config: Path
    python: Path


def _find(tools: Tools) -> _Place:
    found = tools.program("fail2ban-client")
    # What scripts/setup unpacked is called through a wrapper in `bin`, beside `debian`.
    unpacked = found.parent.parent / "debian"
    root = unpacked if (unpacked / "usr/bin/fail2ban-client").exists() else Path("/")
    place = _Place(
        folder=root / "usr/bin",
        modules=root / "usr/lib/python3/dist-packages",
        config=root / "etc/fail2ban",
        # The distribution's fail2ban fits the distribution's Python: it uses modules that later ones dropped.
        python=_SYSTEM_PYTHON if _SYSTEM_PYTHON.exists() else Path(sys.executable),
    )
    if not place.config.is_dir():
        raise InputError(f"{place.config}: fail2ban has no configuration.", hint="Run scripts/setup --dev.")
    return place
