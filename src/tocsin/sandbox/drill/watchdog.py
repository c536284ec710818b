"""The process between a drill and the rest of the machine: `python -m tocsin.sandbox.drill.watchdog JOB`.

It makes the capsule, starts the run in it, and ends all of it when the time is over, when the kill switch is thrown, or
when whoever started it is gone: then its standard input is closed. It knows nothing of the drill itself, so nothing
in the drill can persuade it. Exit status 75: stopped, and the last line says why.
"""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from tocsin.kit.clock import SystemClock
from tocsin.sandbox import namespaces
from tocsin.sandbox.drill.job import Job, read
from tocsin.sandbox.ending import CAPSULE_MARK
from tocsin.sandbox.kubernetes.plane.programs import NAMES
from tocsin.sandbox.namespaces import World

STOPPED = 75
_EVERY_SECONDS = 0.2
_HIDDEN = ("/tmp", "/var/tmp", "/run", "/dev/shm", "/home", "/root")  # noqa: S108 -- hidden, never written
_PASSWD = f"root:x:0:0:root:/root:/bin/sh\n{namespaces.NAME}:x:{namespaces.USER}:{namespaces.USER}::{{home}}:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"
_GROUP = f"root:x:0:\n{namespaces.NAME}:x:{namespaces.USER}:\nnogroup:x:65534:\n"


class Switch:
    """The kill switch: a file in the state directory."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    @property
    def thrown(self) -> bool:
        """Whether the file is there now."""
        try:
            os.stat(self._name, dir_fd=self._folder)
        except FileNotFoundError:
            return False
        return True


def main() -> int:
    """Run one job to its end; its exit status, or 75."""
    job = read(Path(sys.argv[1]))
    # Opened before anything is hidden: afterwards the path of the switch may lead into the capsule's own /tmp.
    switch = Switch(job.stop)
    capsule = job.walls.kind == "capsule"
    argv = [sys.executable, "-m", "tocsin.sandbox.drill.inside", sys.argv[1]]
    if not capsule:
        child = subprocess.Popen(
            argv, env=environment(job), stdin=subprocess.DEVNULL, start_new_session=True
        ).pid
        return _watch(job, child, switch)
    child = namespaces.enter(world(job))
    if child == 0:
        os.chdir(job.out)
        os._exit(namespaces.become(argv, environment(job)))
    return _watch(job, child, switch)


def environment(job: Job) -> dict[str, str]:
    """What the run is born with: built, never copied, so nothing of the person who started it comes along."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(job.out),
        "TMPDIR": str(job.out),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def world(job: Job) -> World:
    """What is seen in the capsule: programs, and the cell; no home, no /tmp, no socket of another service."""
    shown = programs(job.tools, job.control_plane)
    hidden = _hidden()
    passwd, group = job.cell / CAPSULE_MARK, job.cell / "group"
    passwd.write_text(_PASSWD.format(home=job.out), encoding="ascii")
    group.write_text(_GROUP, encoding="ascii")
    return World(
        scratch=job.cell,
        shown=shown,
        hidden=hidden,
        files=(
            (Path("/etc/hosts"), job.hosts),
            (Path("/etc/passwd"), passwd),
            (Path("/etc/group"), group),
        ),
        user=_user(shown, hidden),
    )


def programs(tools: Path, control_plane: Path | None = None) -> tuple[Path, ...]:
    """The directories that everything inside is started from."""
    # Where they really are, too: what is only a link in there would lead into a folder that is hidden.
    plane = (
        [str((control_plane / name).resolve().parent) for name in NAMES] if control_plane is not None else []
    )
    places = [sys.prefix, sys.base_prefix, *(path for path in sys.path if path), str(tools), *plane]
    found = dict.fromkeys(Path(place).resolve() for place in places)
    return tuple(path for path in found if path.exists())


def as_root(shown: tuple[Path, ...]) -> bool:
    """Whether a capsule started now would keep root's own rights to files, because `nobody` cannot read the programs."""
    return os.geteuid() == 0 and _user(shown, _hidden()) == 0


def _hidden() -> tuple[Path, ...]:
    """What is empty inside. An account without a home has "/" for one, which is no place to hide."""
    return tuple(path for path in dict.fromkeys((*map(Path, _HIDDEN), Path.home())) if path != Path("/"))


def _user(shown: tuple[Path, ...], hidden: tuple[Path, ...]) -> int:
    """Who lives in the capsule: `nobody`, where that can reach the programs."""
    if os.geteuid() != 0:
        return os.geteuid()
    for place in shown:
        for part in (place, *place.parents):
            if any(
                part == folder or folder.is_relative_to(part)
                for folder in hidden
                if place.is_relative_to(folder)
            ):
                break  # from here upwards the way leads through a directory that is made anew inside
            if not part.stat().st_mode & 0o001:
                return 0
    return namespaces.NOBODY


def _watch(job: Job, child: int, switch: Switch) -> int:
    """Wait for the child; end it when it must not go on."""
    clock = SystemClock()
    until = clock.monotonic() + job.limit_seconds
    watching = [sys.stdin.fileno(), os.pidfd_open(child)]  # readable as soon as the child has ended
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        ready, _, _ = select.select(watching, [], [], _EVERY_SECONDS)
        why = None
        if watching[0] in ready and not os.read(watching[0], 1024):
            why = "whoever started the drill is gone"
        elif switch.thrown:
            why = f"the kill switch was thrown ({job.stop})"
        elif clock.monotonic() > until:
            why = f"it took longer than {job.limit_seconds:.0f} s"
        if why is not None:
            _end(job, child)
            print(f"stopped: {why}", flush=True)
            return STOPPED


def _end(job: Job, child: int) -> None:
    """In a capsule everything ends with its first process; outside, the room's keeper ends the rest."""
    if job.walls.kind == "capsule":
        os.kill(child, signal.SIGKILL)
    else:
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


if __name__ == "__main__":
    sys.exit(main())
