"""What a room is about to start, written down before it starts, so that a later run can clear it away.

A manifest is one JSON file beside the room's scratch directory. It is replaced as a whole
(new file, rename), so a reader sees the old or the new one, never half.
"""

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec

from tocsin.errors import InputError
from tocsin.sandbox import processes

ROOM_VARIABLE = "TOCSIN_ROOM"  # every process of a room is born with it; its value is the room's name
SUFFIX = ".room.json"
_NEW = ".new"


@dataclass(frozen=True, slots=True)
class Entry:
    """One service of the room.

    Attributes:
        name: as in "nginx".
        pidfile: where the child writes its own `/proc` stat line before it becomes the service.
        other_pidfile: a file the program itself keeps (PM2's daemon), holding a bare number; or None.
        signals: how to ask it to end, in this order; SIGKILL always comes last.
        grace_seconds: how long each of them is given.
        postgres_data: a data directory whose shared memory has to be freed after a kill, or None.
    """

    name: str
    pidfile: str
    other_pidfile: str | None = None
    signals: tuple[int, ...] = (int(signal.SIGTERM),)
    grace_seconds: float = 3.0
    postgres_data: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """A room as its own record.

    Attributes:
        room: its name, also the value of TOCSIN_ROOM in every process.
        scratch: its directory; everything in it is thrown away.
        boot: which boot of the machine the process ids belong to.
        owner: the process the room exists for; when it is gone for long enough, the keeper ends the room.
        entries: services in the order they were started.
        environment: what commands in this room are given; names and values. Holds a password.
        version: of this format.
    """

    room: str
    scratch: str
    boot: str
    owner: processes.Identity
    entries: tuple[Entry, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    version: int = 1

    def with_entry(self, entry: Entry) -> "Manifest":
        """This manifest with the entry added, or put in the place of the one with its name."""
        kept = tuple(old for old in self.entries if old.name != entry.name)
        return replace(self, entries=(*kept, entry))


def load(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        FileNotFoundError: there is none (any more).
        InputError: it is not one; nothing it says is acted upon.
    """
    raw = path.read_bytes()
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise InputError(
            f"{path}: this is not a room's manifest ({wrong}).",
            hint="Remove the file and the directory beside it once no process uses them.",
        ) from wrong
    # The scratch directory is deleted as a whole: a manifest may only name the directory beside itself.
    if manifest.version != 1 or Path(manifest.scratch) != scratch_of(path) or manifest.room != name_of(path):
        raise InputError(
            f"{path}: the manifest names {manifest.scratch!r}, which is not the directory beside it.",
            hint="Somebody moved or edited it; clear the room away by hand.",
        )
    return manifest


def save(path: Path, manifest: Manifest) -> None:
    """Replace the manifest; whoever reads it sees the old or the new one, never half.

    It need not survive a loss of power: after that no process of the room exists.
    """
    # Named after the writer, so that a sweep can tell an abandoned file from one being written.
    new = path.with_name(f"{path.name}.{os.getpid()}{_NEW}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(manifest))
    finally:
        os.close(descriptor)
    new.replace(path)


def clear_abandoned(state_dir: Path) -> None:
    """Remove what processes that were killed in the middle of `save` left."""
    for path in state_dir.glob(f"*{SUFFIX}.*{_NEW}"):
        writer = path.name.removesuffix(_NEW).rpartition(".")[2]
        if writer.isdigit() and processes.look(int(writer)) is None:
            path.unlink(missing_ok=True)


def change(path: Path, how: Callable[[Manifest], Manifest]) -> Manifest:
    """Read, change and replace a manifest with nobody else in between; the new one.

    Raises what `load` raises.
    """
    with locked(path):
        changed = how(load(path))
        save(path, changed)
    return changed


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing or ending a room of the same directory meanwhile.

    The lock is on the directory: a lock file would be one more thing to leave behind.
    """
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def name_of(path: Path) -> str:
    """The room a manifest's path belongs to."""
    return path.name.removesuffix(SUFFIX)


def scratch_of(path: Path) -> Path:
    """The scratch directory that belongs to a manifest's path."""
    return path.with_name(name_of(path))


def grace(entry: Entry) -> timedelta:
    """How long each polite signal of an entry is given."""
    return timedelta(seconds=entry.grace_seconds)
