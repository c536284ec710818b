"""The programs of a control plane: where they are, where they listen, and which version they are of."""

import os
import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.errors import InputError
from tocsin.sandbox.service import run_once

VARIABLE = "TOCSIN_CONTROL_PLANE"
NAMES = ("etcd", "kube-apiserver", "kube-controller-manager")
LOOPBACK = "127.0.0.1"
NODE_CERTIFICATE = "node.pem"
"""File of the certificate of the node's own API."""
_ASKED_WITHIN = timedelta(seconds=60)
_OLDEST = (1, 20)  # the oldest that was tried


@dataclass(frozen=True, slots=True)
class Programs:
    """The three programs that are started, by their full paths."""

    etcd: Path
    api: Path
    controllers: Path

    @classmethod
    def find(cls, folder: Path, path: str) -> "Programs":
        """The programs in a folder; what it does not have is looked for in `path`, directories as in PATH.

        Raises:
            InputError: one is missing; the message names all that are.
        """
        search = os.pathsep.join([str(folder.absolute()), path])
        found = {name: shutil.which(name, path=search) for name in NAMES}
        missing = [name for name, place in found.items() if place is None]
        if missing:
            raise InputError(
                f"{folder}: there is no {', '.join(missing)} here, nor where this system has its programs.",
                hint=f"Put them there, or drill on the simulator, without drills.control_plane and {VARIABLE}.",
            )
        etcd, api, controllers = (Path(found[name] or "") for name in NAMES)
        return cls(etcd, api, controllers)

    def version(self) -> "Version":
        """Of the API server. Raises TocsinError if it cannot be asked, InputError if it is too old."""
        said = run_once((str(self.api), "--version"), Path("/"), {"PATH": os.defpath}, _ASKED_WITHIN)
        return Version.read(said, self.api)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everybody listens on 127.0.0.1.

    Attributes:
        api: of clients. etcd, peers: of etcd. controllers: of the controller manager. node: of our node's own API.
    """

    api: int
    etcd: int
    peers: int
    controllers: int
    node: int


@dataclass(frozen=True, slots=True)
class Version:
    """Of a control plane.

    Attributes:
        said: "v1.20.2".
    """

    major: int
    minor: int
    said: str

    @classmethod
    def read(cls, said: str, program: Path) -> "Version":
        """Out of what `kube-apiserver --version` prints. Raises InputError."""
        seen = re.match(r"Kubernetes (v(\d+)\.(\d+)\S*)", said)
        if seen is None:
            raise InputError(f"{program} does not say which version it is: {said.strip()[:80]!r}.")
        found = cls(int(seen[2]), int(seen[3]), seen[1])
        if (found.major, found.minor) < _OLDEST:
            raise InputError(f"{program} is {found.said}; drills need 1.20 or newer.")
        return found

    def before(self, minor: int) -> bool:
        """Whether it is older than 1.`minor`."""
        return (self.major, self.minor) < (1, minor)
