"""A room and a fault out of the scenario file alone: services by name, and commands as a person would type them."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.drill.scenario import Commands, Furniture
from tocsin.errors import ConfigError, TocsinError
from tocsin.sandbox.catalogue import AnyFault
from tocsin.sandbox.fault import Fault, Oracles
from tocsin.sandbox.kind import RoomKind
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.nginx import Front, Nginx
from tocsin.sandbox.postgres import Postgres
from tocsin.sandbox.redis import Redis
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import Daemon, Launch, run_once

WORKDIR = "work"
_COMMAND_WITHIN = timedelta(seconds=180)
_FILE = "file:"
_FILES = "files"  # the kind that starts nothing


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """The room of a scenario that describes its services itself.

    Attributes:
        room: the walls. workdir: where commands run and the scenario's files lie.
    """

    room: OpenRoom
    workdir: Path

    def run(self, command: str) -> str:
        """What a command prints, run as the runbook's are. Raises TocsinError with its last lines if it fails."""
        return run_once(("/bin/sh", "-c", command), self.workdir, self.room.environment, _COMMAND_WITHIN)


class Program(Daemon):
    """Any program in the foreground that listens on a port."""

    def __init__(self, room: OpenRoom, furniture: Furniture, workdir: Path, port: int | None) -> None:
        super().__init__(room.scratch, furniture.name)
        self._room = room
        self._command = furniture.settings["command"]
        self._workdir = workdir
        self._port = port

    def launch(self) -> Launch:
        """Its command, by the shell, with PORT set to where it is to listen."""
        port = {"PORT": str(self._port)} if self._port is not None else {}
        return Launch(
            argv=("/bin/sh", "-c", f"exec {self._command}"),
            directory=self._workdir,
            environment={**self._room.environment, **port},
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it takes connections; one without a port is ready when it runs."""
        return self.pid is not None if self._port is None else answers_tcp(self._port)


def furnished(services: tuple[Furniture, ...]) -> RoomKind:
    """The kind of room that these services make."""

    def furnish(room: OpenRoom) -> OwnRoom:
        workdir = room.scratch.path / WORKDIR
        workdir.mkdir()
        for each in services:
            _lay_out(workdir, each)
        made = [(each, _port(room, each)) for each in services if each.kind != _FILES]
        room.furnish()
        for each, port in made:
            room.begin(_service(room, each, workdir, port))
            _fill(room, each, workdir)
        return OwnRoom(room, workdir)

    names = ", ".join(each.name for each in services)
    return RoomKind("own", names, furnish, workdir=WORKDIR)


def commanded(name: str, commands: Commands) -> AnyFault:
    """The fault that these commands make."""

    def inject(room: OwnRoom) -> str:
        for command in commands.inject:
            room.run(command)
        return "injected"

    def confirm(room: OwnRoom) -> bool:
        try:
            room.run(commands.confirm)
        except TocsinError:
            return False
        return True

    def restore(room: OwnRoom, handle: str) -> None:
        for command in commands.restore:
            room.run(command)

    def oracles(room: OwnRoom) -> Oracles:
        return {about: room.run(command).strip() for about, command in commands.oracles}

    return Fault(name, "", inject, confirm, restore, oracles)


def _lay_out(workdir: Path, furniture: Furniture) -> None:
    """Write the files that the scenario brings along."""
    for key, text in furniture.settings.items():
        if not key.startswith(_FILE):
            continue
        path = (workdir / key.removeprefix(_FILE)).resolve()
        if not path.is_relative_to(workdir.resolve()):
            raise ConfigError(
                f"room.files: {key.removeprefix(_FILE)} leads out of the room.", hint="Name files below it."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            path.chmod(0o755)


_DEFAULT_PORT = {"redis": 6379, "postgres": 5432, "nginx": 443}


def _port(room: OpenRoom, furniture: Furniture) -> int | None:
    """Where it is to listen; None for a program that listens nowhere."""
    written = furniture.settings.get("port")
    wanted = int(written) if written else _DEFAULT_PORT.get(furniture.kind)
    if wanted is None:
        return None
    host = furniture.settings.get("host", "localhost")
    port = room.place(host, wanted, ("127.0.0.1", wanted), ("localhost", wanted))
    room.set(**{f"{furniture.name.upper().replace('-', '_')}_PORT": str(port)})
    return port


def _service(room: OpenRoom, furniture: Furniture, workdir: Path, port: int | None) -> Daemon:
    settings, tools = furniture.settings, room.tools
    match furniture.kind:
        case "redis":
            redis = Redis(
                room.scratch, tools.redis_server, port=port or 6379, maxmemory=settings.get("maxmemory", "0"),
                policy=settings.get("policy", "noeviction"),
            )  # fmt: skip
            known = tuple(address for address, to in room.addresses.items() if to[1] == redis.port)
            room.shims.redis_cli(tools.redis_cli, redis.port, known)
            return redis
        case "postgres":
            postgres = Postgres(room.scratch, tools.postgres_bin, port=port)
            database = settings.get("database", "postgres")
            room.set(
                PGHOST="127.0.0.1", PGPORT=str(postgres.port), PGUSER="postgres", PGPASSWORD=postgres.password,
                PGDATABASE=database, DATABASE_URL=postgres.url(database),
            )  # fmt: skip
            room.shims.sql(tools.postgres_bin)
            return postgres
        case "nginx":
            front = Front(
                (settings.get("host", "localhost"),), port or 443, int(settings.get("upstream", "80"))
            )
            nginx = Nginx(room.scratch, tools.nginx, front, room.authority)
            room.shims.nginx(nginx.command(), nginx.home / "nginx.pid")
            return nginx
        case _:
            return Program(room, furniture, workdir, port)


def _fill(room: OpenRoom, furniture: Furniture, workdir: Path) -> None:
    """Make the database and its first rows."""
    if furniture.kind != "postgres":
        return
    environment = room.environment
    database = furniture.settings.get("database", "postgres")
    psql = [str(room.tools.postgres_bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    if database != "postgres":
        run_once(
            (*psql, "-d", "postgres", "-c", f'CREATE DATABASE "{database}"'),
            workdir,
            environment,
            _COMMAND_WITHIN,
        )
    if "sql" in furniture.settings:
        run_once(
            (*psql, "-d", database, "-c", furniture.settings["sql"]), workdir, environment, _COMMAND_WITHIN
        )
