"""What a drill may leave on the machine: looked for without the manifest, which only knows what we meant to start."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from tocsin.sandbox import processes
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.manifest import ROOM_VARIABLE

_SEGMENTS = Path("/proc/sysvipc/shm")
_MOUNTS = Path("/proc/self/mountinfo")
_SHARED = Path("/dev/shm")  # noqa: S108 - looked at, never written to


@dataclass(frozen=True, slots=True)
class Machine:
    """What is on the machine at one moment, apart from processes.

    Attributes:
        mounts: mount points. shared: files in /dev/shm. segments: ids of System V shared memory.
        accounts: names of users.
    """

    mounts: frozenset[str]
    shared: frozenset[str]
    segments: frozenset[str]
    accounts: frozenset[str]


def look() -> Machine:
    """The machine now."""
    rows = _SEGMENTS.read_text(encoding="ascii").splitlines()[1:] if _SEGMENTS.exists() else []
    return Machine(
        mounts=frozenset(line.split()[4] for line in _MOUNTS.read_text(encoding="utf-8").splitlines()),
        shared=frozenset(os.listdir(_SHARED)) if _SHARED.is_dir() else frozenset(),
        segments=frozenset(row.split()[1] for row in rows),
        accounts=frozenset(one.pw_name for one in pwd.getpwall()),
    )


def machine_changes(before: Machine, after: Machine) -> tuple[str, ...]:
    """What is there now and was not before, in words. Others may work on the machine: read, then judge."""
    added = (
        *(("mount", one) for one in after.mounts - before.mounts),
        *(("file /dev/shm", one) for one in after.shared - before.shared),
        *(("shared memory segment", one) for one in after.segments - before.segments),
        *(("account", one) for one in after.accounts - before.accounts),
    )
    return tuple(f"{what} {name}" for what, name in sorted(added))


def left_behind(scratch: Path, room: str, ports: tuple[int, ...] = ()) -> tuple[str, ...]:
    """What still belongs to a room that is over: processes, open ports, files, mounts.

    Args:
        scratch: its directory. room: its name. ports: where its services listened.
    """
    return (
        *_processes(scratch, room),
        *(f"port {port}" for port in ports if answers_tcp(port)),
        *(f"file {path}" for path in sorted(scratch.parent.glob(scratch.name + "*"))),
        *(f"mount {point}" for point in sorted(look().mounts) if Path(point).is_relative_to(scratch)),
    )


def _processes(scratch: Path, room: str) -> tuple[str, ...]:
    """Who works in the directory, names it, or was born with the room's name; zombies and we ourselves aside."""
    ours = processes.ancestors(os.getpid())
    found = []
    for seen in processes.everything():
        pid = seen.identity.pid
        if seen.zombie or pid in ours:
            continue
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue  # it ended while we looked
        named = os.fsencode(scratch) in command
        if named or processes.works_in(pid, scratch) or processes.environment_has(pid, ROOM_VARIABLE, room):
            found.append(
                f"process {pid} {command.replace(bytes(1), b' ').decode('utf-8', 'replace').strip()}"
            )
    return tuple(found)
