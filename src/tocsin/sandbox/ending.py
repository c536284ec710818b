"""How a room ends: asked, then killed, then looked for; what is left afterwards is an error, not a shrug.

One way for every occasion: the owner stops its room, the keeper ends it because the owner is gone,
the next run sweeps what a killed run left. Works from the manifest alone.
"""

import ctypes
import ctypes.util
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

from tocsin.errors import InputError, TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox import manifest as manifests
from tocsin.sandbox import processes
from tocsin.sandbox.manifest import ROOM_VARIABLE, Entry, Manifest
from tocsin.sandbox.processes import Identity

_POLL_SECONDS = 0.01
_KILLED_WITHIN = timedelta(seconds=30)
_KILL_ROUNDS = 20
_IPC_RMID = 0
INNER_ROOMS = "in"
"""Where a drill's cell has its room."""
CAPSULE_MARK = "passwd"
"""A file that only the cell of a capsule has: what everybody inside sees as /etc/passwd."""


def end(path: Path) -> None:
    """End the room of this manifest and remove every trace of it. Safe to call twice, and from two processes.

    Raises:
        TocsinError: a process survived SIGKILL; manifest and scratch stay for the next attempt.
        InputError: the file is not a manifest.
    """
    if not path.exists():
        return
    with manifests.locked(path):
        # Another process may have ended it while we waited for the lock.
        try:
            room = manifests.load(path)
        except FileNotFoundError:
            return
        if room.boot == processes.boot_id():
            for entry in reversed(room.entries):
                end_entry(room, entry)
            for inner in _inner(room):
                end(inner)
            _kill(lambda: members(room), room.room)
            for entry in room.entries:
                _free_shared_memory(entry)
        shutil.rmtree(room.scratch, ignore_errors=True)
        if Path(room.scratch).exists():
            raise TocsinError(
                f"The room {room.room} is over, but {room.scratch} cannot be removed.",
                hint="Look at the owner of the files in it, then remove it.",
            )
        path.unlink(missing_ok=True)


def _inner(room: Manifest) -> tuple[Path, ...]:
    """The rooms that were made inside this one, as a drill's cell has them.

    In a capsule they have ended with it, and the process numbers of their manifests mean nothing out here.
    """
    cell = Path(room.scratch)
    if (cell / CAPSULE_MARK).exists():
        return ()
    return tuple(sorted((cell / INNER_ROOMS).glob("*" + manifests.SUFFIX)))


def end_entry(room: Manifest, entry: Entry) -> None:
    """End one service of the room: its own signals first, SIGKILL at last; returns when it is gone.

    Raises:
        TocsinError: a process survived SIGKILL.
    """
    for number in entry.signals:
        running = entry_members(room, entry)
        if not running:
            return
        # The leader alone is asked: it knows how to end its workers, in the right order.
        asked = leaders(room, entry) & running or running
        for one in asked:
            processes.send(one, signal.Signals(number))
        if wait_gone(lambda: entry_members(room, entry), manifests.grace(entry)):
            return
    _kill(lambda: entry_members(room, entry), f"{entry.name} in room {room.room}")


def end_strays(room: Manifest, directory: Path) -> None:
    """Kill what was born in this room and works in this directory, whatever became of its parent.

    Raises:
        TocsinError: a process survived SIGKILL.
    """
    _kill(lambda: _natives(room, directory), f"what works in {directory}")


def sweep(state_dir: Path) -> tuple[str, ...]:
    """End every room under this directory whose owner is gone; the names of the rooms that were ended.

    A file that is not a manifest, or is another user's, is left alone and does not stop the sweep.
    Raises TocsinError for a room that cannot be ended.
    """
    manifests.clear_abandoned(state_dir)
    ended: list[str] = []
    for path in sorted(state_dir.glob("*" + manifests.SUFFIX)):
        try:
            room = manifests.load(path)
        except (OSError, InputError):
            continue
        if room.boot == processes.boot_id() and processes.alive(room.owner):
            continue
        end(path)
        ended.append(room.room)
    return tuple(ended)


def leaders(room: Manifest, entry: Entry) -> frozenset[Identity]:
    """The processes that the entry's pid files name, if they are still those."""
    found: set[Identity] = set()
    recorded = processes.parse_stat(_read(entry.pidfile))
    if recorded is not None and processes.alive(recorded.identity):
        found.add(recorded.identity)
    number = _read(entry.other_pidfile).strip()
    if number.isdigit():
        seen = processes.look(int(number))
        # A bare number may have been reused: only a process born in this room is believed.
        if seen and not seen.zombie and processes.environment_has(int(number), ROOM_VARIABLE, room.room):
            found.add(seen.identity)
    return frozenset(found)


def entry_members(room: Manifest, entry: Entry) -> frozenset[Identity]:
    """The service's processes that still run: its leaders, their sessions and all they started.

    Workers outlive a leader that was killed. Without the leader the number of a session proves little,
    so such a worker must also work in the room's scratch directory.
    """
    table = processes.everything()
    roots = leaders(room, entry)
    trusted = {one.pid for one in roots}
    written = processes.parse_stat(_read(entry.pidfile))
    scratch = Path(room.scratch)
    for seen in table:
        orphan = written is not None and seen.session == written.identity.pid
        if seen.session in trusted or (orphan and processes.works_in(seen.identity.pid, scratch)):
            roots |= {seen.identity}
    return _running(processes.with_descendants(roots, table), table)


def members(room: Manifest) -> frozenset[Identity]:
    """Every process of the room that still runs.

    Besides the services: whatever was born with the room's name in its environment *and* works in its
    scratch directory. Either alone is not enough: `tocsin serve` may have the one, and the shell of
    a person who looks around in the directory has the other.
    """
    services = frozenset[Identity]().union(*(entry_members(room, entry) for entry in room.entries))
    return services | _natives(room, Path(room.scratch))


def _natives(room: Manifest, directory: Path) -> frozenset[Identity]:
    """Who was born with the room's name and works in the directory, and all they started."""
    table = processes.everything()
    roots = [
        seen.identity
        for seen in table
        if processes.works_in(seen.identity.pid, directory)
        and processes.environment_has(seen.identity.pid, ROOM_VARIABLE, room.room)
    ]
    return _running(processes.with_descendants(roots, table), table)


def wait_gone(look: Callable[[], Iterable[Identity]], within: timedelta) -> bool:
    """Wait until the look finds nothing; False if the time ran out first."""
    clock = SystemClock()
    deadline = clock.monotonic() + within.total_seconds()
    while any(True for _ in look()):
        if clock.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _running(found: Iterable[Identity], table: Iterable[processes.Seen]) -> frozenset[Identity]:
    """Without zombies, this process and those above it: nobody ends the branch it sits on."""
    mine = processes.ancestors(os.getpid())
    zombies = {seen.identity for seen in table if seen.zombie}
    return frozenset(
        one for one in found if one.pid not in mine and one not in zombies and processes.alive(one)
    )


def _kill(look: Callable[[], frozenset[Identity]], what: str) -> None:
    """SIGKILL for all that the look finds, until it finds nothing: a process may fork while we kill it."""
    for _ in range(_KILL_ROUNDS):
        running = look()
        for one in running:
            processes.send(one, signal.SIGKILL)
        if not running or not wait_gone(partial(filter, processes.alive, running), _KILLED_WITHIN):
            break
    left = ", ".join(str(one.pid) for one in look())
    if left:
        raise TocsinError(
            f"Could not end {what}: process {left} survived SIGKILL.",
            hint="It hangs in the kernel or belongs to another user; see `ps -o pid,user,stat,args -p PID`.",
        )


def _free_shared_memory(entry: Entry) -> None:
    """Free the System V segment that a killed Postgres leaves on the machine.

    The data directory's postmaster.pid names it (line 7: key and id). It is freed only if the kernel's
    own table shows the same key and id, made by that very postmaster, with nobody attached.
    """
    if entry.postgres_data is None:
        return
    lines = _read(str(Path(entry.postgres_data) / "postmaster.pid")).splitlines()
    if len(lines) < 7 or len(lines[6].split()) != 2:
        return
    key, segment = lines[6].split()
    for row in _read("/proc/sysvipc/shm").splitlines()[1:]:
        cells = row.split()
        same = (cells[0], cells[1], cells[4]) == (_signed(key), segment, lines[0].strip())
        if same and cells[6] == "0":
            libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
            libc.shmctl(int(segment), _IPC_RMID, None)


def _signed(key: str) -> str:
    """A shared memory key as /proc prints it: a signed 32-bit number."""
    number = int(key) & 0xFFFFFFFF
    return str(number - (1 << 32) if number >= 1 << 31 else number)


def _read(path: str | None) -> str:
    if path is None:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
