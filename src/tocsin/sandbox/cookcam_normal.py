"""CookCam on a normal day: noted before anything is broken, and brought back whatever happened in between.

One way back for every fault of this room. A runbook may do anything to it, so nothing is taken for granted.
"""

from dataclasses import dataclass
from datetime import timedelta

from tocsin.errors import Temporary, TocsinError
from tocsin.sandbox import ending
from tocsin.sandbox.cookcam import APPLICATION, DATABASE, CookCamRoom
from tocsin.sandbox.fault import Oracles, differences
from tocsin.sandbox.oracles import files, nginx, pm2, postgres
from tocsin.sandbox.service import run_once, wait_until, wait_until_ready

_WITHIN = timedelta(seconds=180)
_RESTARTED = timedelta(seconds=60)  # after that PM2 is started anew
_GLANCE = timedelta()
_SYSTEM = ("postgres", "template0", "template1")


@dataclass(frozen=True, slots=True)
class Normal:
    """The room as it was: what `bring_back` needs.

    Attributes:
        commit, branches: of the checkout. pushed: branches of the origin.
        source: the release on disk. secrets: the file `.env`.
        configuration, blocked: nginx's files.
        applications: as PM2 defines them.
    """

    commit: str
    branches: tuple[str, ...]
    pushed: tuple[str, ...]
    source: bytes
    secrets: bytes
    configuration: bytes
    blocked: bytes
    applications: Oracles


def note(room: CookCamRoom) -> Normal:
    """The room now. Raises TocsinError unless exactly the application is online, and answers."""
    if not _only_ours_online(room) or room.health().status != 200:
        raise TocsinError(
            f"{APPLICATION} is not online and healthy, so it cannot be broken.",
            hint="Restore the room, or start a new one.",
        )
    return Normal(
        commit=room.checkout.head,
        branches=room.checkout.branches(),
        pushed=tuple(sorted(room.checkout.pushed())),
        source=(room.workdir / "server.js").read_bytes(),
        secrets=(room.workdir / ".env").read_bytes(),
        configuration=room.nginx.config.read_bytes(),
        blocked=room.nginx.blocked.read_bytes(),
        applications=pm2.definitions(room.pm2),
    )


def bring_back(room: CookCamRoom, normal: Normal, *, fresh: bool = False) -> None:
    """Files, nginx, database settings, replica and application as noted, and health 200.

    Args:
        fresh: start the application anew even if it looks well: it may hold what it leaked.

    Raises:
        TocsinError: it did not come back.
    """
    (room.workdir / ".busy").unlink(missing_ok=True)
    _files_back(room, normal)
    _nginx_back(room, normal)
    _database_back(room)
    _application_back(room, normal, fresh=fresh)
    if not room.replica.ready():
        room.replica.stop()
        room.replica.start()
        wait_until_ready(room.replica, _WITHIN)


def oracles(room: CookCamRoom) -> Oracles:
    """Rows, databases, settings and replication of Postgres; nginx; PM2; the checkout and its origin; `.env`."""
    return {
        **postgres.contents(room.postgres, DATABASE),
        **postgres.databases(room.postgres),
        **postgres.settings(room.postgres),
        "postgres.replication": room.replica.stream() or "cut",
        **nginx.configuration(room.nginx),
        "nginx.runs": str(room.nginx.pid is not None),
        **pm2.definitions(room.pm2),
        "git.checkout": room.checkout.state,
        **{f"git.origin.{branch}": commit[:12] for branch, commit in room.checkout.pushed().items()},
        "app.secrets": files.digest(room.workdir / ".env"),
    }


def _files_back(room: CookCamRoom, normal: Normal) -> None:
    checkout = room.checkout
    if checkout.head != normal.commit or not checkout.state.endswith(" clean") or checkout.branch != "main":
        checkout.git("checkout", "--quiet", "--force", "-B", "main", normal.commit)
        checkout.git("clean", "--quiet", "--force", "-d")
    checkout.git("stash", "clear")
    for branch in set(checkout.branches()) - set(normal.branches):
        checkout.git("branch", "--quiet", "-D", branch)
    for branch in set(checkout.pushed()) - set(normal.pushed):
        checkout.git("push", "--quiet", "origin", "--delete", branch)
    (room.workdir / "server.js").write_bytes(normal.source)
    (room.workdir / ".env").write_bytes(normal.secrets)


def _nginx_back(room: CookCamRoom, normal: Normal) -> None:
    wanted = {room.nginx.config: normal.configuration, room.nginx.blocked: normal.blocked}
    same = all(path.exists() and path.read_bytes() == content for path, content in wanted.items())
    for path, content in wanted.items():
        path.write_bytes(content)
    if room.nginx.pid is None:
        room.room.begin(room.nginx)
    elif not same:
        before = nginx.workers(room.nginx)
        command = (*room.nginx.command(), "-s", "reload")
        run_once(command, room.nginx.home, room.room.scratch.base_environment(), _WITHIN)
        # Old workers stay for as long as somebody is connected; what counts is that a new one serves.
        wait_until(lambda: bool(nginx.workers(room.nginx) - before), "nginx has a new worker", _WITHIN)


def _database_back(room: CookCamRoom) -> None:
    if room.postgres.pid is None:
        room.room.begin(room.postgres)

    ask = room.postgres.query
    ask(f"ALTER DATABASE {DATABASE} RESET ALL")
    ask("ALTER SYSTEM RESET ALL")
    ask("SELECT pg_reload_conf()")
    listed = ask("SELECT datname FROM pg_database").splitlines()
    for other in sorted(set(listed) - {*_SYSTEM, DATABASE}):
        ask(f'DROP DATABASE "{other}" WITH (FORCE)')


def _application_back(room: CookCamRoom, normal: Normal, *, fresh: bool) -> None:
    """Unless all is as noted already, PM2 itself is started anew.

    Deleting an application in the middle of its own restart may leave a process that PM2 has forgotten and that
    still holds the port.
    """
    if _only_ours_online(room) and not differences(normal.applications, pm2.definitions(room.pm2)):
        if fresh:
            room.pm2.run("restart", APPLICATION)
        if _answers(room, _GLANCE if not fresh else _RESTARTED):
            return
    room.pm2.stop()
    ending.end_strays(room.room.scratch.record, room.workdir)
    room.pm2.start()
    wait_until(lambda: room.health().status == 200, "the application answers 200 again", _WITHIN)


def _answers(room: CookCamRoom, within: timedelta) -> bool:
    try:
        wait_until(lambda: room.health().status == 200, "the application answers 200", within)
    except Temporary:
        return False
    return True


def _only_ours_online(room: CookCamRoom) -> bool:
    """Whether PM2 lists exactly the one application, and as online."""
    return [(one.name, one.status) for one in room.pm2.applications()] == [(APPLICATION, "online")]
