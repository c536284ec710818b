"""A room's scratch directory, its manifest and the environment its services are born with."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tocsin.errors import InputError
from tocsin.sandbox import ending, processes
from tocsin.sandbox import manifest as manifests
from tocsin.sandbox.manifest import ROOM_VARIABLE, Entry, Manifest

SOCKET_PATH_LIMIT = 107  # bytes; sun_path has 108 with its zero
# Below the ports that Linux gives to outgoing connections (32768 and up), so that none of
# those can take a port between our look and the service's bind.
_PORTS = (18000, 32000)


@dataclass(slots=True)
class Scratch:
    """Where a room lives while it exists.

    Attributes:
        path: the directory; thrown away as a whole.
        manifest: the file that says what was started in it.
    """

    path: Path
    manifest: Path
    _record: Manifest = field(repr=False)
    _claims: dict[int, socket.socket] = field(default_factory=dict, repr=False)

    @classmethod
    def make(cls, state_dir: Path) -> "Scratch":
        """A fresh scratch directory under `state_dir`, which is made if need be.

        Rooms that a killed run left under the same directory are ended first.

        Raises:
            InputError: this system has no /proc, the path is too long for Unix sockets, or not writable.
            TocsinError: a room of a killed run cannot be ended.
        """
        if not Path("/proc/self/stat").exists():
            raise InputError("Sandboxes need /proc.", hint="Run drills on Linux, or in a Linux container.")
        state_dir = state_dir.absolute()
        try:
            state_dir.mkdir(parents=True, exist_ok=True)
            ending.sweep(state_dir)
            return cls._make(state_dir)
        except OSError as wrong:
            raise InputError(
                f"{state_dir}: no room can be made here: {wrong.strerror or wrong}.",
                hint="Choose a state directory that you may write to, on a disk with space.",
            ) from wrong

    @classmethod
    def _make(cls, state_dir: Path) -> "Scratch":
        name = f"r-{secrets.token_hex(3)}"
        path = state_dir / name
        if len(os.fsencode(path / "pm2/interactor.sock")) > SOCKET_PATH_LIMIT:
            raise InputError(
                f"{state_dir}: the path is too long; Unix sockets end at {SOCKET_PATH_LIMIT} bytes.",
                hint="Choose a shorter state directory.",
            )
        manifest = state_dir / (name + manifests.SUFFIX)
        record = Manifest(room=name, scratch=str(path), boot=processes.boot_id(), owner=processes.me())
        # The record comes first: a directory without one could never be cleared away.
        manifests.save(manifest, record)
        path.mkdir(mode=0o711)
        (path / "run").mkdir()
        (path / "tmp").mkdir(mode=0o700)
        return cls(path=path, manifest=manifest, _record=record)

    @property
    def name(self) -> str:
        """The room's name."""
        return self._record.room

    @property
    def record(self) -> Manifest:
        """What is written down at the moment."""
        return self._record

    def pidfile(self, name: str) -> Path:
        """Where the service of this name writes its process."""
        return self.path / "run" / f"{name}.stat"

    def announce(self, entry: Entry) -> None:
        """Write down that this service is about to start. It is on disk when this returns."""
        self._record = manifests.change(self.manifest, lambda old: old.with_entry(entry))

    def remember(self, environment: Mapping[str, str]) -> None:
        """Write down what commands in this room are given, for whoever takes the room over."""
        pairs = tuple(environment.items())
        self._record = manifests.change(self.manifest, lambda old: replace(old, environment=pairs))

    def free_port(self, wanted: int | None = None) -> int:
        """A port nobody listens on: the wanted one if it is free, else a high one.

        It is never given out twice, neither by this room nor by any other that starts at the same time:
        two rooms on one port would answer for each other.
        """
        if wanted is not None and self._claim(wanted):
            return wanted
        low, high = _PORTS
        while True:
            port = low + secrets.randbelow(high - low)
            if self._claim(port):
                return port

    @property
    def ports(self) -> frozenset[int]:
        """Every port that was given out to a service of this room."""
        return frozenset(self._claims)

    def _claim(self, port: int) -> bool:
        """Take a port for this room if it is free.

        The claim is an abstract Unix socket of that name: known to the whole machine, and gone with the
        process that holds it, however that ends. By then the service itself holds the port.
        """
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0tocsin.sandbox.port.{port}")
        except OSError:
            claim.close()
            return False
        if port in self._claims or not port_is_free(port):
            claim.close()
            return False
        self._claims[port] = claim
        return True

    def base_environment(self) -> dict[str, str]:
        """What every process of the room is born with: built from nothing, never copied from ours."""
        return {
            ROOM_VARIABLE: self.name,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.path / "home"),
            "TMPDIR": str(self.path / "tmp"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "NO_COLOR": "1",
        }

    def end(self) -> None:
        """End everything the room started and remove it. Safe to call twice."""
        ending.end(self.manifest)
        for claim in self._claims.values():
            claim.close()
        self._claims.clear()


def port_is_free(port: int) -> bool:
    """Whether a service could listen on this port on 127.0.0.1 and on every address of the machine."""
    for address in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - bound and closed at once, to see whether it can be
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
