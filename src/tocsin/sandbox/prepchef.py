"""PrepChef's production, small: a booking application behind nginx with TLS, Postgres, Redis, and backups in S3."""

import gzip
from datetime import timedelta
from pathlib import Path

from tocsin.kit.clock import SystemClock
from tocsin.sandbox import look, prepchef_front
from tocsin.sandbox.acme import Acme
from tocsin.sandbox.keeping import OWNER_GRACE
from tocsin.sandbox.nginx import Front, Nginx
from tocsin.sandbox.node import NodeApp
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.prepchef_front import API, SITE, STATUS
from tocsin.sandbox.redis import Redis
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.s3 import ObjectStore
from tocsin.sandbox.service import run_once, wait_until_ready
from tocsin.sandbox.tools import Tools

MAXMEMORY = "8mb"
POLICY = "noeviction"
LOCKS = 20
SESSIONS = 40
CACHED = 200
QUEUED = 25
QUEUE_DATABASE = 1
DATABASE = "prepchef"
APP_ROLE = "prepchef_app"
BUCKET = "prepchef-backups"
BACKUP_TAKEN = "2025-01-20 03:00Z"  # as in since.sql
BACKUP = "postgres/backup-2025-01-20.sql.gz"
APP = Path(__file__).with_name("apps") / "prepchef"
_HTTPS = 443
_LOCK_LIVES = timedelta(minutes=15)
_SESSION_LIVES = timedelta(hours=12)
_DUMP_WITHIN = timedelta(seconds=180)
_HEALTHY_WITHIN = timedelta(seconds=180)


class PrepChefRoom:
    """The room for PrepChef's runbook; made by `start`.

    Attributes:
        room: the walls everything lives in.
        redis, postgres, application, nginx, backups: its services.
        acme: the authority that signs its certificate when that is renewed; started only then.
        letsencrypt: stands for /etc/letsencrypt; nginx serves what is in `live/prepchef.com`.
        logs, jobs: where the application and its nightly job write, as `LOGS` and `JOBS` in the environment.
        started_in: from the first process until everything answered and held its data.
    """

    def __init__(self, room: OpenRoom) -> None:
        """Lay the room out; nothing is started. Use `start`."""
        self.room = room
        self.started_in: timedelta | None = None
        scratch, tools = room.scratch, room.tools
        known = (("127.0.0.1", 6379), ("localhost", 6379), ("redis", 6379))
        port = room.place(*known[0], *known[1:])
        self.redis = Redis(scratch, tools.redis_server, port=port, maxmemory=MAXMEMORY, policy=POLICY)
        room.shims.redis_cli(tools.redis_cli, port, known)
        self.postgres = Postgres(
            scratch,
            tools.postgres_bin,
            port=room.place("127.0.0.1", 5432, ("localhost", 5432)),
            max_connections=60,
        )
        room.shims.sql(tools.postgres_bin)
        self.backups = ObjectStore(scratch, tools.program("rclone"), port=scratch.free_port())
        room.shims.link("aws", tools.program("aws"))
        front = Front(
            names=(SITE, API, STATUS),
            port=room.place(SITE, _HTTPS, (API, _HTTPS), (STATUS, _HTTPS)),
            upstream=scratch.free_port(),
        )
        self.nginx = Nginx(scratch, tools.nginx, front, room.authority)
        room.lead("/etc/nginx", self.nginx.home)
        room.shims.nginx(self.nginx.command(), self.nginx.home / "nginx.pid")
        if front.port != _HTTPS:  # else the real address is the room's
            room.shims.openssl(tools.openssl, room.addresses)
        self.letsencrypt = scratch.path / "letsencrypt"
        room.lead("/etc/letsencrypt", self.letsencrypt)
        self.acme = Acme(room, self.letsencrypt)
        self.application = NodeApp(
            scratch,
            tools,
            name="node-api",
            source=APP / "server.js",
            port=front.upstream,
            environment={"DATABASE_URL": self.postgres.url(DATABASE, APP_ROLE), "SERVICE": "node-api"},
        )
        self.logs = scratch.path / "logs"
        self.jobs = scratch.path / "jobs"
        room.set(
            DATABASE_URL=self.postgres.url(DATABASE),
            PGHOST="127.0.0.1",
            PGPORT=str(self.postgres.port),
            PGUSER="postgres",
            PGPASSWORD=self.postgres.password,
            LOGS=str(self.logs),
            JOBS=str(self.jobs),
            **self.backups.variables,
        )

    @classmethod
    def start(cls, state_dir: Path, tools: Tools, *, grace: timedelta = OWNER_GRACE) -> "PrepChefRoom":
        """Start everything; returns when all of it answers and holds its data.

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
    def within(cls, room: OpenRoom) -> "PrepChefRoom":
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

    @property
    def live(self) -> Path:
        """The certificate that nginx serves: fullchain.pem and privkey.pem in this folder."""
        return self.letsencrypt / "live" / SITE

    def get(self, host: str, path: str) -> look.Answer:
        """What `https://host/path` answers now, asked independently of tocsin's probes."""
        return look.https_get(host, path, port=self.nginx.front.port, ca=self.room.authority.certificate)

    def fill(self) -> None:
        """Put the keys of a normal day: live locks, sessions, cached pages, and a queue in its own database."""
        locks = [
            ("SET", f"booking:lock:{1000 + n}", f"chef-{n % 12}", "PX", _milliseconds(_LOCK_LIVES))
            for n in range(LOCKS)
        ]
        sessions = [
            ("SET", f"session:{n:08x}", "s" * 400, "PX", _milliseconds(_SESSION_LIVES))
            for n in range(SESSIONS)
        ]
        cached = [("SET", f"cache:menu:{n}", "m" * 1500) for n in range(CACHED)]
        self.redis.pipeline([*locks, *sessions, *cached])
        jobs = [("RPUSH", "queue:emails", f'{{"booking": {n}}}') for n in range(QUEUED)]
        self.redis.pipeline([("DEL", "queue:emails"), *jobs], database=QUEUE_DATABASE)

    def rebuild_database(self) -> None:
        """Throw every database away, whatever became of it, and make that of a normal day. Raises TocsinError.

        The backup stays as it is.
        """
        listed = self.postgres.query(
            "SELECT string_agg(quote_ident(datname), ' ') FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
        )
        for name in listed.split():
            self.postgres.query(f"DROP DATABASE {name} WITH (FORCE)")
        self.postgres.query("ALTER SYSTEM RESET ALL")
        self.postgres.query("SELECT pg_reload_conf()")
        self.postgres.query(f"ALTER ROLE {APP_ROLE} CONNECTION LIMIT -1")
        self._make_database()
        self._book_since()

    def settle(self) -> None:
        """Bring back what no fault of its own touches and a runbook may: nothing here. Raises TocsinError."""

    def stop(self) -> None:
        """End everything and leave nothing. Raises TocsinError if something cannot be ended."""
        self.room.stop()

    def _begin(self) -> None:
        self.room.furnish()
        self.logs.mkdir()
        (self.logs / "payments.log").touch()
        self._leave_result()
        self.live.mkdir(parents=True)
        certificate, key = self.room.authority.issue(*self.nginx.front.names)
        (self.live / "fullchain.pem").write_bytes(certificate.read_bytes())
        private = self.live / "privkey.pem"
        private.touch(mode=0o600)
        private.write_bytes(key.read_bytes())
        prepchef_front.write(self.nginx, self.live)
        started = (self.backups, self.redis, self.nginx, self.postgres)
        for service in started:  # all at once; the last one takes longest
            service.start()
        for service in started:
            wait_until_ready(service)
        self.fill()
        self.postgres.create_role(APP_ROLE)
        self._make_database()
        self._take_backup()
        self._book_since()
        self._begin_application()
        wait_until_ready(self.nginx)

    def _begin_application(self) -> None:
        """What answers customers, once the data is there."""
        self.application.start()
        wait_until_ready(self.application, _HEALTHY_WITHIN)

    def _leave_result(self) -> None:
        """What last night's comparison of payouts left; the room with the job itself has the real ones."""
        result = self.jobs / "reconcile/payouts/2025-01-19.json"
        result.parent.mkdir(parents=True)
        result.write_text('{"status": "DRILL: as last night left it"}\n', encoding="utf-8")

    def _make_database(self) -> None:
        """Bookings that the application owns, as they were when the backup was taken."""
        self.postgres.create_database(DATABASE, APP_ROLE)
        schema = (APP / "schema.sql").read_text(encoding="utf-8")
        self.postgres.query(f"SET ROLE {APP_ROLE}; {schema}", DATABASE)
        # What a copy of the database does not bring along.
        self.postgres.query(f"ALTER DATABASE {DATABASE} SET statement_timeout = '60s'")

    def _take_backup(self) -> None:
        program = str(self.room.tools.postgres_bin / "pg_dump")
        environment = {**self.room.scratch.base_environment(), "PGPASSWORD": self.postgres.password}
        where = ("-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres")
        dump = run_once((program, *where, DATABASE), self.room.scratch.path, environment, _DUMP_WITHIN)
        target = self.backups.bucket(BUCKET) / BACKUP
        target.parent.mkdir()
        target.write_bytes(gzip.compress(dump.encode(), compresslevel=1, mtime=0))

    def _book_since(self) -> None:
        """What a restore loses."""
        self.postgres.query((APP / "since.sql").read_text(encoding="utf-8"), DATABASE)


def _milliseconds(life: timedelta) -> str:
    return str(int(life.total_seconds() * 1000))
