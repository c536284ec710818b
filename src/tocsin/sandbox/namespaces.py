"""A process of our own kind of solitude: own users, network, mounts, IPC, host name and processes, by plain system calls.

`enter` makes the calling process, which must have one thread only, the watcher of a new world. Everything in that world
ends with its first process, which ends with the watcher. Works as root and,
where the kernel allows user namespaces, as an ordinary user.

In the new world we are user 1000 without any privilege: the rights that the kernel gives for setting it up are lost
with the first program that is started. So nothing inside can make a read-only mount writable again. Started by root,
user 1000 is really `nobody`, who can read none of root's secrets.
"""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import Refused

USER = 1000
"""Who everybody in a capsule is."""
NOBODY = 65534
"""Who that really is when root starts a capsule."""
NAME = "drill"

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_EVERYTHING = _NEWUSER | _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
_NOSUID, _NODEV, _NOEXEC = 2, 4, 8
_BIND, _REC, _PRIVATE = 4096, 16384, 1 << 18
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_ATTR_RDONLY = 1
_PDEATHSIG, _NO_NEW_PRIVS = 1, 38
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class World:
    """What is seen inside.

    Attributes:
        scratch: the one directory that can be written.
        shown: directories that stay visible although they lie below a hidden one; programs, mostly.
        hidden: directories that are empty inside: homes, /tmp and what else may hold somebody's secrets.
        files: file → the one that is seen in its place.
        user: who user 1000 really is outside: ourselves, or `NOBODY` when root does not need to be itself.
    """

    scratch: Path
    shown: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    files: tuple[tuple[Path, Path], ...] = ()
    user: int = NOBODY


def why_not() -> str | None:
    """Why this kernel or container allows no such world, tried in a child process; None if it does."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        said = ""
        try:
            _unshare(NOBODY)
            grandchild = os.fork()
            if grandchild == 0:
                try:
                    _private_mounts()
                except OSError as wrong:
                    said = in_words(wrong)
                os.write(writer, said.encode())
                os._exit(0)
            os.waitpid(grandchild, 0)
        except OSError as wrong:
            os.write(writer, in_words(wrong).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        said = answers.read().decode()
    os.waitpid(child, 0)
    return said or None


def in_words(wrong: OSError) -> str:
    """What the kernel's refusal means. Where user namespaces are switched off it speaks of a full device."""
    if wrong.errno == errno.ENOSPC:
        return "this kernel gives no more user namespaces (see user.max_user_namespaces)"
    return f"{wrong.strerror}: {wrong.filename or 'namespaces'}"


def enter(world: World) -> int:
    """Like fork: 0 in the first process of a new world, and in the caller, which stays outside, that process's id.

    Raises:
        Refused: the kernel does not allow it; the caller must end then, for it may be half-way.
    """
    try:
        _unshare(world.user)
    except OSError as wrong:
        raise Refused(f"No capsule here: {in_words(wrong)}.", hint="Drill in the open room.") from wrong
    watcher = os.getpid()
    sys.stdout.flush()
    first = os.fork()
    if first:
        return first
    _call(_libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() not in (0, watcher):
        os._exit(1)  # the watcher died before we asked to die with it
    _private_mounts()
    _furnish(world)
    socket.sethostname(NAME)
    _loopback_up()
    # A port below 1024 is for everybody in here: it is ours alone.
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0", encoding="ascii")
    return 0


def become(argv: Sequence[str], environment: dict[str, str]) -> int:
    """In the first process: start a program, wait for it and collect whatever is left without parents; its exit status."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _drop()
        os.execve(argv[0], list(argv), environment)  # noqa: S606 -- a program and its arguments; no shell is wanted
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return 1
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def _drop() -> None:
    """Become user 1000 for good: no program with the set-user-id bit gives anything back."""
    if os.geteuid() != USER:
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    _call(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def _unshare(wanted: int) -> None:
    user, group = os.geteuid(), os.getegid()
    if user == 0 and wanted != 0:
        # Root sets the world up as itself and then lives in it as somebody who has nothing outside. Such a map of
        # two users has to be written from outside the new world.
        both = f"0 0 1\n{USER} {wanted} 1"
        _unshare_with(both)
        return
    _call(_libc.unshare(_EVERYTHING), "unshare")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{USER} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{USER} {group} 1", encoding="ascii")


def _unshare_with(users: str) -> None:
    reader, writer = os.pipe()
    me = os.getpid()
    scribe = os.fork()
    if scribe == 0:
        os.close(writer)
        wanted = os.read(reader, 1)
        status = 1
        if wanted:
            try:
                Path(f"/proc/{me}/uid_map").write_text(users, encoding="ascii")
                Path(f"/proc/{me}/gid_map").write_text(users, encoding="ascii")
                status = 0
            except OSError:
                status = 1
        os._exit(status)
    os.close(reader)
    try:
        _call(_libc.unshare(_EVERYTHING), "unshare")
        os.write(writer, b"x")
    finally:
        os.close(writer)
        _, status = os.waitpid(scribe, 0)
    if status != 0:
        raise PermissionError(errno.EPERM, "the users of a capsule may not be mapped here", "uid_map")


def _private_mounts() -> None:
    """Nothing we mount is seen outside, nothing mounted is writable, and /proc shows this world only."""
    _mount("none", "/", None, _REC | _PRIVATE)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    _read_only("/", recursive=True)
    _writable("/proc")


def _furnish(world: World) -> None:
    kept = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in (*world.shown, world.scratch)]
    for folder in world.hidden:
        if folder.is_dir():
            _mount("tmpfs", str(folder), "tmpfs", _NOSUID | _NODEV, "mode=1777,size=512m")
    for path, handle in kept:
        if path == world.scratch or any(path.is_relative_to(folder) for folder in world.hidden):
            path.mkdir(parents=True, exist_ok=True)
            _mount(f"/proc/self/fd/{handle}", str(path), None, _BIND | _REC)
        os.close(handle)
    _writable(str(world.scratch))
    for file, instead in world.files:
        if file.exists():
            _mount(str(instead), str(file), None, _BIND)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack("16xh14x", answer)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    result = _libc.mount(
        source.encode(), os.fsencode(target), kind.encode() if kind else None, ctypes.c_ulong(flags),
        options.encode() or None,
    )  # fmt: skip
    _call(result, target)


def _read_only(path: str, *, recursive: bool) -> None:
    _attributes(path, struct.pack("QQQQ", _ATTR_RDONLY, 0, 0, 0), _AT_RECURSIVE if recursive else 0)


def _writable(path: str) -> None:
    _attributes(path, struct.pack("QQQQ", 0, _ATTR_RDONLY, 0, 0), 0)


def _attributes(path: str, wanted: bytes, flags: int) -> None:
    result = _libc.syscall(
        ctypes.c_long(_MOUNT_SETATTR), ctypes.c_int(_AT_FDCWD), os.fsencode(path), ctypes.c_uint(flags),
        wanted, ctypes.c_size_t(len(wanted)),
    )  # fmt: skip
    _call(result, path)


def _call(result: int, what: str) -> None:
    if result == -1:
        number = ctypes.get_errno() or errno.EPERM
        raise OSError(number, os.strerror(number), what)
