"""The open room: real services on high loopback ports, shims, and an environment built from nothing.

Weaker than a capsule with its own network: nothing *stops* a command from reaching out. So whatever is
known to reach out is refused by name, and the environment holds no way to production.
"""

import ipaddress
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tocsin.errors import Refused, TocsinError
from tocsin.sandbox.authority import Authority
from tocsin.sandbox.keeping import OWNER_GRACE, start_keeper
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Service, wait_until_ready
from tocsin.sandbox.shims import DEAD_PROXY, Shims, curlrc, no_proxy
from tocsin.sandbox.tools import SYSTEM_PATH, Tools


class OpenRoom:
    """A room without namespaces.

    What a scenario asks of it, and would ask of a capsule with its own network: `place` (where must a
    service listen to be reached under its real address?), `begin`, `environment`, `stop`.

    Attributes:
        scratch: directory and manifest.
        tools: the programs.
        shims: what stands first in PATH.
        authority: signs the room's certificates.
        addresses: real address → where it really is in here.
        folders: folder of the machine → what stands for it in here.
    """

    def __init__(self, state_dir: Path, tools: Tools, *, grace: timedelta = OWNER_GRACE) -> None:
        """Open an empty room under `state_dir`; leftovers of killed runs there are ended first.

        Args:
            state_dir: short, and reachable by other users when we are root (Postgres runs as nobody).
            grace: how long the room outlives its owner before the keeper ends it.
        """
        self.scratch = Scratch.make(state_dir)
        self.tools = tools
        self.addresses: dict[tuple[str, int], tuple[str, int]] = {}
        self.folders: dict[str, Path] = {}
        self._variables: dict[str, str] = {}
        self._keeper: subprocess.Popen[bytes] | None = None
        with self.ended_on_failure():
            self._keeper = self._keep(grace)
            (self.scratch.path / "home").mkdir(mode=0o700)
            self.shims = self._make_shims()
            self.authority = Authority(self.scratch, tools.openssl)
            for name in ("curl", "netstat", "top", "git", "openssl", "node"):
                self.shims.link(name, getattr(tools, name))

    def _keep(self, grace: timedelta) -> subprocess.Popen[bytes] | None:
        """The process that ends the room should its owner be killed."""
        return start_keeper(self.scratch, grace)

    def _make_shims(self) -> Shims:
        return Shims.make(self.scratch.path)

    @contextmanager
    def ended_on_failure(self) -> Iterator[None]:
        """Around everything that furnishes a room: if it fails, what was started is ended again.

        A failing disk becomes a TocsinError that says so.
        """
        try:
            yield
        except OSError as wrong:
            self.stop()
            raise TocsinError(
                f"The room at {self.scratch.path} could not be furnished: {wrong}.",
                hint="Look for space and permissions there.",
            ) from wrong
        except BaseException:
            self.stop()
            raise

    def place(self, host: str, port: int, *others: tuple[str, int]) -> int:
        """A free high port for a service that is to be reached as host:port, and as the others.

        Always a high one, even where the real one is free: a service of the machine's own that comes up
        later on the real port must never be taken for the room's.
        """
        chosen = self.scratch.free_port()
        for address in ((host, port), *others):
            self.send(address, ("127.0.0.1", chosen))
        return chosen

    def send(self, address: tuple[str, int], to: tuple[str, int]) -> None:
        """From now on the address means this place in the room. Raises Refused unless that is loopback."""
        if not is_loopback(to[0]):
            raise Refused(
                f"A room cannot send {address[0]}:{address[1]} to {to[0]}: that is not loopback.",
                hint="Drills touch nothing outside their room.",
            )
        self.addresses[address] = to

    def lead(self, folder: str, to: Path) -> None:
        """From now on this folder of the machine ("/var/log/nginx") means that one of the room.

        For what `sudo` is given and for the files that checks look at. Raises Refused if it is outside the room.
        """
        if not to.is_relative_to(self.scratch.path):
            raise Refused(
                f"A room cannot lead {folder} to {to}: that is outside it.",
                hint="Drills touch nothing outside their room.",
            )
        self.folders[folder] = to
        self.shims.sudo(self.folders)

    def begin(self, service: Service) -> timedelta:
        """Start a service and wait until it answers; how long that took. Raises TocsinError."""
        service.start()
        return wait_until_ready(service)

    def set(self, **variables: str) -> None:
        """Variables that commands of this room are given in addition."""
        self._variables.update(variables)

    @property
    def connect_to(self) -> str:
        """The value of TOCSIN_CONNECT_TO: "host:port:address:port", separated by commas."""
        return ",".join(
            f"{host}:{port}:{to}:{to_port}" for (host, port), (to, to_port) in self.addresses.items()
        )

    @property
    def environment(self) -> dict[str, str]:
        """Everything a command of a runbook is given: built, never copied, so that no DSN, kubeconfig,
        cloud profile, agent socket or proxy of the person who starts the drill comes along."""
        path = [str(self.shims.directory), *map(str, self.tools.extra_path), SYSTEM_PATH]
        return {
            **self.scratch.base_environment(),
            "PATH": ":".join(path),
            "TERM": "dumb",
            "CURL_HOME": str(self.scratch.path / "home"),
            "TOCSIN_CONNECT_TO": self.connect_to,
            "TOCSIN_PATHS_TO": ",".join(f"{there}:{here}" for there, here in self.folders.items()),
            "TOCSIN_CA_FILE": str(self.authority.certificate),
            "http_proxy": DEAD_PROXY,
            "https_proxy": DEAD_PROXY,
            "no_proxy": no_proxy(self.addresses),
            **self._variables,
        }

    def furnish(self) -> None:
        """Write what depends on the addresses: `.curlrc`, and the environment into the manifest."""
        home = self.scratch.path / "home"
        (home / ".curlrc").write_text(curlrc(self.addresses, self.authority.certificate), encoding="utf-8")
        self.scratch.remember(self.environment)

    def stop(self) -> None:
        """End everything and remove it; afterwards nothing of the room is left. Safe to call twice.

        Raises:
            TocsinError: a process survived SIGKILL, or the scratch directory cannot be removed.
        """
        self.scratch.end()
        # Only now: had that failed, the keeper would try again once we are gone. It has nothing left to do.
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.wait()
            self._keeper = None


def is_loopback(address: str) -> bool:
    """Whether this is a numeric loopback address; a name is not, whatever it resolves to."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
