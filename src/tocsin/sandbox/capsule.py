"""The capsule: the walls of a room whose network is its own, so that real names and ports mean the room and nothing else.

It is made from inside: `namespaces.enter` has been called before, by `sandbox.drill.watchdog`, and everything that
matters runs in there, the production `tocsin serve` included. Argued in docs/adr/0008-a-drill-lives-in-its-capsule.md.
"""

import ipaddress
import subprocess
from datetime import timedelta
from pathlib import Path

from tocsin.sandbox.keeping import OWNER_GRACE
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.shims import SQL_PROGRAMS, Shims, curlrc
from tocsin.sandbox.tools import SYSTEM_PATH, Tools

# An open room refuses these because nothing else would stop them. In a capsule they reach the capsule.
_HARMLESS_HERE = ("pkill", "killall", "wget", "nc", "telnet")
_HOSTS = "127.0.0.1 localhost drill\n::1 localhost\n"


class CapsuleShims(Shims):
    """As in the open room, but what needs no redirection is the real program."""

    def redis_cli(self, program: Path, port: int, known: tuple[tuple[str, int], ...]) -> None:
        """`redis-cli` itself: the names are real in here."""
        if all(number == port for _, number in known):
            self.link("redis-cli", program)
        else:
            super().redis_cli(program, port, known)

    def sql(self, bin_dir: Path) -> None:
        """The programs of Postgres themselves."""
        for name in SQL_PROGRAMS:
            self.link(name, bin_dir / name)


class Capsule(OpenRoom):
    """Walls with a network of their own. The same contract as the open room: services do not know the difference.

    Attributes:
        hosts: the file that everybody in here sees as /etc/hosts.
    """

    def __init__(self, state_dir: Path, tools: Tools, hosts: Path, *, grace: timedelta = OWNER_GRACE) -> None:
        """Make a room inside a world that was entered before.

        Args:
            state_dir: in the one directory that can be written.
            hosts: what is seen as /etc/hosts.
        """
        self.hosts = hosts
        super().__init__(state_dir, tools, grace=grace)
        for name in _HARMLESS_HERE:
            (self.shims.directory / name).unlink(missing_ok=True)
            self.shims.written.pop(name, None)

    def _keep(self, grace: timedelta) -> subprocess.Popen[bytes] | None:
        """Nobody: everything in here ends with the first process."""
        return None

    def _make_shims(self) -> Shims:
        return CapsuleShims.make(self.scratch.path)

    def place(self, host: str, port: int, *others: tuple[str, int]) -> int:
        """The port itself, unless another service of the room has it already."""
        chosen = self.scratch.free_port(port)
        for address in ((host, port), *others):
            self.send(address, ("127.0.0.1", chosen))
        return chosen

    def send(self, address: tuple[str, int], to: tuple[str, int]) -> None:
        """From now on the address means this place; its name is written into /etc/hosts."""
        super().send(address, to)
        names = dict.fromkeys(host for host, _ in self.addresses if not _is_number(host))
        names.pop("localhost", None)
        # Written in place: the file is seen through a mount, which a renamed one would not be.
        self.hosts.write_text(_HOSTS + "".join(f"127.0.0.1 {name}\n" for name in names), encoding="ascii")

    @property
    def moved(self) -> dict[tuple[str, int], tuple[str, int]]:
        """The addresses that are not where they are in production."""
        return {address: to for address, to in self.addresses.items() if address[1] != to[1]}

    @property
    def connect_to(self) -> str:
        """The value of TOCSIN_CONNECT_TO, for the few addresses that were moved."""
        return ",".join(f"{host}:{port}:{to}:{to_port}" for (host, port), (to, to_port) in self.moved.items())

    @property
    def environment(self) -> dict[str, str]:
        """Built, never copied; without the dead proxies of the open room, for there is nothing to reach."""
        found = super().environment
        for name in ("http_proxy", "https_proxy", "no_proxy"):
            found.pop(name, None)
        path = [str(self.shims.directory), *map(str, self.tools.extra_path), SYSTEM_PATH]
        return {**found, "PATH": ":".join(path), "CURL_CA_BUNDLE": str(self.authority.certificate)}

    def furnish(self) -> None:
        """Write what depends on the addresses."""
        home = self.scratch.path / "home"
        lines = [
            line
            for line in curlrc(self.moved, self.authority.certificate).splitlines()
            if not line.startswith(("proxy", "noproxy"))
        ]
        (home / ".curlrc").write_text("\n".join([*lines, ""]), encoding="utf-8")
        self.scratch.remember(self.environment)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
