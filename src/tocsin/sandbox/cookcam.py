"""CookCam's production, small: a Node application under PM2 behind nginx with TLS, and its Postgres."""

import secrets
from datetime import timedelta
from pathlib import Path

from tocsin.kit.clock import SystemClock
from tocsin.sandbox import look
from tocsin.sandbox.cookcam_checkout import CONFIG, Checkout
from tocsin.sandbox.keeping import OWNER_GRACE
from tocsin.sandbox.nginx import Front, Limit, Nginx
from tocsin.sandbox.pm2 import Pm2
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import wait_until, wait_until_ready
from tocsin.sandbox.tools import Tools
from tocsin.sandbox.wal_receiver import WalReceiver

HOST = "api.cookcam.app"
APPLICATION = "cookcam-api"
DATABASE = "cookcam"
ROLE = "cookcam"
LIMIT = Limit(prefix="/api/", zone="api_limit", rate="10r/s", burst=5)
_APP = Path(__file__).with_name("apps") / "cookcam"
_HEALTHY_WITHIN = timedelta(seconds=180)
_STREAMS_WITHIN = timedelta(seconds=180)
# The runbook looks for "3000" in a list of ports; these hold it, in case 3000 itself is taken.
_APPLICATION_PORTS = (3000, 23000, 30001, 13000, 30002, 30003)


class CookCamRoom:
    """The room for CookCam's runbook; made by `start`.

    Attributes:
        room: the open room everything lives in.
        workdir: the application's git checkout, where the runbook's commands run.
        checkout: the same as a repository.
        postgres, pm2, nginx: its services. replica: what streams the database's log.
        webhook_secret: what the application checks Stripe's signatures with.
        started_in: from the first process to the first 200 through nginx.
    """

    def __init__(self, room: OpenRoom, *, cluster: bool = False) -> None:
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
        self.replica = WalReceiver(self.postgres, tools.postgres_bin, "replicator")
        self.checkout = Checkout(room, self.workdir, port)
        self.webhook_secret = f"whsec_drill{secrets.token_hex(12)}"
        front = Front(names=(HOST,), port=room.place(HOST, 443), upstream=port, limit=LIMIT)
        self.nginx = Nginx(scratch, tools.nginx, front, room.authority)
        room.lead("/etc/nginx", self.nginx.home)
        room.lead("/var/log/nginx", self.nginx.home)
        room.shims.nginx(self.nginx.command(), self.nginx.home / "nginx.pid")
        room.shims.sql(tools.postgres_bin)
        room.shims.npm(tools.node, tools.node_modules)
        room.shims.link("pm2", tools.pm2)
        room.set(
            DATABASE_URL=self.postgres.url(DATABASE, ROLE),
            DATABASE_ADMIN_URL=self.postgres.url(DATABASE),
            PGHOST="127.0.0.1",
            PGPORT=str(self.postgres.port),
            PGUSER="postgres",
            PGPASSWORD=self.postgres.password,
            PGDATABASE=DATABASE,
            PM2_HOME=str(scratch.path / "pm2"),
            # PM2 would ask its vendor for news, and start its agent.
            PM2_DISABLE_VERSION_CHECK="true",
            PM2_NO_INTERACTION="true",
        )
        self.pm2 = Pm2(
            scratch,
            node=tools.node,
            program=tools.pm2,
            config=_start_file(scratch, self.workdir, cluster=cluster),
            directory=self.workdir,
            port=port,
            environment={**room.environment, "STRIPE_WEBHOOK_SECRET": self.webhook_secret},
        )

    @classmethod
    def start(
        cls, state_dir: Path, tools: Tools, *, grace: timedelta = OWNER_GRACE, cluster: bool = False
    ) -> "CookCamRoom":
        """Start everything; returns when `https://api.cookcam.app/health` has answered 200.

        Args:
            state_dir: a short path; leftovers of killed rooms in it are ended first.
            grace: how long the room outlives its owner, should that be killed.
            cluster: run the application in PM2's cluster mode, in which several can share the port; the
                runbook's own configuration says fork mode.

        Raises:
            TocsinError: a service did not come up; everything that did has been ended again.
        """
        room = OpenRoom(state_dir, tools, grace=grace)
        with room.ended_on_failure():
            return cls.within(room, cluster=cluster)

    @classmethod
    def within(cls, room: OpenRoom, *, cluster: bool = False) -> "CookCamRoom":
        """Start everything inside walls that somebody else gave, and will end. Raises TocsinError."""
        clock = SystemClock()
        began = clock.monotonic()
        made = cls(room, cluster=cluster)
        made._begin()
        made.started_in = timedelta(seconds=clock.monotonic() - began)
        return made

    @classmethod
    def within_clustered(cls, room: OpenRoom) -> "CookCamRoom":
        """The same in PM2's cluster mode. Raises TocsinError."""
        return cls.within(room, cluster=True)

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
        self.checkout.make()
        (self.workdir / ".env").write_text(f"STRIPE_WEBHOOK_SECRET={self.webhook_secret}\n", encoding="ascii")
        self.room.begin(self.nginx)
        wait_until_ready(self.postgres)
        self.postgres.create_role(ROLE, member_of=("pg_monitor", "pg_signal_backend"))
        self.postgres.create_role("replicator", replication=True)
        self.replica.start()
        self.postgres.create_database(DATABASE, ROLE)
        schema = (_APP / "schema.sql").read_text(encoding="utf-8")
        self.postgres.query(f"SET ROLE {ROLE};\n{schema}", DATABASE)
        self.pm2.start()
        wait_until(lambda: self.health().status == 200, f"https://{HOST}/health is 200", _HEALTHY_WITHIN)
        wait_until_ready(self.replica, _STREAMS_WITHIN)


def _application_port(scratch: Scratch) -> int:
    """3000 if it is free, else a port that a search for 3000 still finds."""
    for wanted in _APPLICATION_PORTS:
        if scratch.free_port(wanted) == wanted:
            return wanted
    return scratch.free_port()


def _start_file(scratch: Scratch, workdir: Path, *, cluster: bool) -> Path:
    """The configuration that PM2 is started with.

    PM2 does not take the runbook's own file for a configuration, because of its name, and would run it
    as an application. That defect belongs to the runbook; the room needs a running service.
    """
    path = scratch.path / "start.config.js"
    mode = "{ exec_mode: 'cluster' }" if cluster else "{}"
    path.write_text(
        f"const {{ apps }} = require('{workdir / CONFIG}');\n"
        f"module.exports = {{ apps: apps.map((app) => ({{ ...app, ...{mode} }})) }};\n",
        encoding="utf-8",
    )
    return path
