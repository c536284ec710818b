"""Processes as `/proc` shows them: named so that a reused process id is never mistaken for the old one.

Linux only. A zombie counts as gone: it holds nothing any more and waits only for its parent.
"""

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Identity:
    """One process for all time on this boot.

    Attributes:
        pid: its number, which the kernel reuses.
        started: clock ticks between boot and its start; with the pid it is unique.
    """

    pid: int
    started: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a process showed; `parent`, `group` and `session` are process ids."""

    identity: Identity
    parent: int
    group: int
    session: int
    zombie: bool


def parse_stat(text: str) -> Seen | None:
    """The line of `/proc/PID/stat`, or None if it is not one."""
    head, bracket, tail = text.rpartition(")")
    fields = tail.split()
    pid = head.partition(" ")[0]
    if not bracket or len(fields) < 20 or not pid.isdigit():
        return None
    return Seen(
        identity=Identity(int(pid), int(fields[19])),
        parent=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        zombie=fields[0] in {"Z", "X"},
    )


def look(pid: int) -> Seen | None:
    """The process with this number now, or None."""
    try:
        return parse_stat((_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def everything() -> tuple[Seen, ...]:
    """Every process that this user may see, zombies included."""
    numbers = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
    return tuple(seen for pid in numbers if (seen := look(pid)) is not None)


def alive(identity: Identity) -> bool:
    """Whether exactly this process still runs."""
    seen = look(identity.pid)
    return seen is not None and seen.identity == identity and not seen.zombie


def me() -> Identity:
    """This process."""
    seen = look(os.getpid())
    assert seen is not None
    return seen.identity


def boot_id() -> str:
    """Names this boot of the machine: process ids of another boot mean nothing."""
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def ancestors(pid: int) -> frozenset[int]:
    """The process, its parent, and so on up to the first."""
    found: set[int] = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        seen = look(pid)
        if seen is None:
            break
        pid = seen.parent
    return frozenset(found)


def with_descendants(roots: Iterable[Identity], table: Iterable[Seen]) -> frozenset[Identity]:
    """The roots and everything below them in the table."""
    children: dict[int, list[Identity]] = {}
    for seen in table:
        children.setdefault(seen.parent, []).append(seen.identity)
    found: set[Identity] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(children.get(one.pid, ()))
    return frozenset(found)


def environment_has(pid: int, name: str, value: str) -> bool:
    """Whether the process was started with this variable. False when it may not be read.

    Some servers write their title over their environment (nginx, Redis, Postgres's children),
    so False proves nothing.
    """
    try:
        raw = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return f"{name}={value}".encode() in raw.split(b"\0")


def works_in(pid: int, directory: Path) -> bool:
    """Whether the process's working directory is this one or below it."""
    try:
        return (_PROC / str(pid) / "cwd").readlink().is_relative_to(directory)
    except OSError:
        return False


def send(identity: Identity, number: signal.Signals) -> bool:
    """Signal exactly this process; False if it is gone or not ours.

    Goes through a pidfd, so the number cannot change hands between the look and the signal.
    """
    try:
        handle = os.pidfd_open(identity.pid)
    except OSError:
        return False
    try:
        if not alive(identity):
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
