"""CookCam's production, small: a Node application under PM2 behind nginx with TLS, and its Postgres."""

import shutil
from datetime import timedelta
from pathlib import Path

from tocsin.kit.clock import SystemClock
from tocsin.sandbox import look
from tocsin.sandbox.keeping import OWNER_GRACE
from tocsin.sandbox.nginx import Front, Nginx
from tocsin.sandbox.pm2 import Pm2
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import run_once, wait_until, wait_until_ready
from tocsin.sandbox.tools import Tools

HOST = "api.cookcam.app"
APPLICATION = "cookcam-api"
CONFIG = "ecosystem.config.production.js"
_APP = Path(__file__).with_name("app")
_GIT_WITHIN = timedelta(seconds=20)
_HEALTHY_WITHIN = timedelta(seconds=20)
# The runbook looks for "3000" in a list of ports; these hold it, in case 3000 itself is taken.
_APPLICATION_PORTS = (3000, 23000, 30001, 13000, 30002, 30003)
# Date, message and files of each commit, oldest first.
_HISTORY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("2025-10-02T09:12:00Z", "Booking API with a health check", ("package.json", "server.js")),
    ("2025-10-03T14:40:00Z", "Leave installed packages out", (".gitignore",)),
    ("2025-10-06T08:05:00Z", "Schema of bookings", ("schema.sql",)),
    ("2025-10-06T16:31:00Z", "Run under PM2 in production", (CONFIG,)),
    ("2025-10-07T11:20:00Z", "Release 1.4.0", ("CHANGELOG.md",)),
)


class CookCamRoom:
    """The room for CookCam's runbook; made by `start`.

    Attributes:
        room: the open room everything lives in.
        workdir: the application's git checkout, where the runbook's commands run.
        postgres, pm2, nginx: its services.
        started_in: from the first process to the first 200 through nginx.
    """

    def __init__(self, room: OpenRoom) -> None:
        """Lay the room out; nothing is started. Use `start`."""
        self.room = room
        self.started_in: timedelta | None = None
        scratch, tools = room.scratch, room.tools
        self.workdir = scratch.path / "app"
        self.postgres = Postgres(
            scratch, tools.postgres_bin, port=room.place("127.0.0.1", 5432, ("localhost", 5432))
        )
        port = _application_port(scratch)
        for host in ("127.0.0.1", "localhost"):
            room.send((host, 3000), ("127.0.0.1", port))
        front = Front(names=(HOST,), port=room.place(HOST, 443), upstream=port)
        self.nginx = Nginx(scratch, tools.nginx, front, room.authority)
        room.shims.nginx(self.nginx.command(), self.nginx.home / "nginx.pid")
        room.shims.sql(tools.postgres_bin)
        room.shims.link("pm2", tools.pm2)
        database = self.postgres.url("cookcam")
        room.set(
            DATABASE_URL=database,
            PGHOST="127.0.0.1",
            PGPORT=str(self.postgres.port),
            PGUSER="postgres",
            PGPASSWORD=self.postgres.password,
            PGDATABASE="cookcam",
            PM2_HOME=str(scratch.path / "pm2"),
            # PM2 would ask its vendor for news, and start its agent.
            PM2_DISABLE_VERSION_CHECK="true",
            PM2_NO_INTERACTION="true",
        )
        self.pm2 = Pm2(
            scratch,
            node=tools.node,
            program=tools.pm2,
            config=_start_file(scratch, self.workdir),
            directory=self.workdir,
            port=port,
            environment=room.environment,
        )

    @classmethod
    def start(cls, state_dir: Path, tools: Tools, *, grace: timedelta = OWNER_GRACE) -> "CookCamRoom":
        """Start everything; returns when `https://api.cookcam.app/health` has answered 200.

        Args:
            state_dir: a short path; leftovers of killed rooms in it are ended first.
            grace: how long the room outlives its owner, should that be killed.

        Raises:
            TocsinError: a service did not come up; everything that did has been ended again.
        """
        room = OpenRoom(state_dir, tools, grace=grace)
        with room.ended_on_failure():
            return cls.within(room)

    @classmethod
    def within(cls, room: OpenRoom) -> "CookCamRoom":
        """Start everything inside walls that somebody else gave, and will end. Raises TocsinError."""
        clock = SystemClock()
        began = clock.monotonic()
        made = cls(room)
        made._begin()
        made.started_in = timedelta(seconds=clock.monotonic() - began)
        return made

    @property
    def environment(self) -> dict[str, str]:
        """What the runbook's commands, and `tocsin serve` itself, are given."""
        return self.room.environment

    @property
    def manifest(self) -> Path:
        """The file from which the room can be ended, or taken over."""
        return self.room.scratch.manifest

    def health(self) -> look.Answer:
        """What `https://api.cookcam.app/health` answers now, asked independently of tocsin's probes."""
        return look.https_get(HOST, "/health", port=self.nginx.front.port, ca=self.room.authority.certificate)

    def stop(self) -> None:
        """End everything and leave nothing. Raises TocsinError if something cannot be ended."""
        self.room.stop()

    def _begin(self) -> None:
        self.room.furnish()
        self.postgres.start()  # takes longest; the checkout is made meanwhile
        port = self.pm2.port
        _check_out(self.room, self.workdir, port)
        self.room.begin(self.nginx)
        wait_until_ready(self.postgres)
        self.postgres.create_database("cookcam")
        self.postgres.query((_APP / "schema.sql").read_text(encoding="utf-8"), "cookcam")
        self.pm2.start()
        wait_until(lambda: self.health().status == 200, f"https://{HOST}/health is 200", _HEALTHY_WITHIN)


def _application_port(scratch: Scratch) -> int:
    """3000 if it is free, else a port that a search for 3000 still finds."""
    for wanted in _APPLICATION_PORTS:
        if scratch.free_port(wanted) == wanted:
            return wanted
    return scratch.free_port()


def _start_file(scratch: Scratch, workdir: Path) -> Path:
    """The configuration that PM2 is started with.

    PM2 does not take the runbook's own file for a configuration, because of its name, and would run it
    as an application. That defect belongs to the runbook; the room needs a running service.
    """
    path = scratch.path / "start.config.js"
    path.write_text(f"module.exports = require('{workdir / CONFIG}');\n", encoding="utf-8")
    return path


def _check_out(room: OpenRoom, workdir: Path, port: int) -> None:
    """Make the application's directory: a git repository with a few commits, ready to run."""
    workdir.mkdir()
    environment = {
        **room.scratch.base_environment(),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ana",
        "GIT_AUTHOR_EMAIL": "ana@cookcam.example",
        "GIT_COMMITTER_NAME": "Ana",
        "GIT_COMMITTER_EMAIL": "ana@cookcam.example",
    }

    def git(*arguments: str, at: str = "") -> None:
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at} if at else {}
        run_once((str(room.tools.git), *arguments), workdir, {**environment, **dates}, _GIT_WITHIN)

    git("init", "--quiet", "--initial-branch=main")
    for date, message, files in _HISTORY:
        for name in files:
            _write_file(workdir / name, port)
        git("add", "--", *files)
        git("commit", "--quiet", "-m", message, at=date)
    (workdir / "node_modules").symlink_to(room.tools.node_modules)


def _write_file(path: Path, port: int) -> None:
    match path.name:
        case ".gitignore":
            path.write_text("node_modules\n.env\n", encoding="utf-8")
        case "CHANGELOG.md":
            path.write_text("# 1.4.0\n\nBookings can be cancelled.\n", encoding="utf-8")
        case name if name == CONFIG:
            text = (_APP / name).read_text(encoding="utf-8")
            path.write_text(text.replace("PORT: '3000'", f"PORT: '{port}'"), encoding="utf-8")
        case name:
            shutil.copyfile(_APP / name, path)
