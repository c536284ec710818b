"""What a simulator is started with: one JSON file, so that its token stands in no list of processes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.errors import InputError
from tocsin.sandbox.kubernetes.plane.programs import Ports, Programs


@dataclass(frozen=True, slots=True)
class IngressSettings:
    """The nginx that plays the ingress controller.

    Attributes:
        program: nginx. port: for http; 0 for none. tls_port: for https; 0 for none.
        certificate, key: for hosts whose Ingress names no secret of its own.
    """

    program: Path
    port: int
    tls_port: int = 0
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class PlaneSettings:
    """A real control plane: its programs, where they and our node listen, and what clients of the API trust."""

    programs: Programs
    ports: Ports
    authority: Path


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Everything about one cluster.

    Attributes:
        port: of the API on 127.0.0.1. certificate, key: of its TLS. token: what clients must carry.
        images: file of the image table. home: a directory of its own.
        variables: what every process of a pod is born with. entering: over these, what is executed in a pod.
        nodes: their names. grace: seconds at most between SIGTERM and SIGKILL.
        back_off: seconds before the second restart, and at most.
        ingress: None if nobody listens for Ingresses.
        plane: None for the simulated control plane.
    """

    port: int
    certificate: Path
    key: Path
    token: str
    images: Path
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[str, ...] = ("drill-1",)
    grace: float = 2.0
    back_off: tuple[float, float] = (1.0, 10.0)
    ingress: IngressSettings | None = None
    entering: Mapping[str, str] = field(default_factory=dict)
    plane: PlaneSettings | None = None

    def save(self, path: Path) -> None:
        """Write it; only its owner may read it."""
        door = self.ingress
        found = {
            "port": self.port,
            "certificate": str(self.certificate),
            "key": str(self.key),
            "token": self.token,
            "images": str(self.images),
            "home": str(self.home),
            "variables": dict(self.variables),
            "entering": dict(self.entering),
            "nodes": list(self.nodes),
            "grace": self.grace,
            "back_off": list(self.back_off),
            "ingress": None
            if door is None
            else {
                "program": str(door.program),
                "port": door.port,
                "tls_port": door.tls_port,
                "certificate": str(door.certificate) if door.certificate is not None else None,
                "key": str(door.key) if door.key is not None else None,
            },
            "plane": _saved(self.plane) if self.plane is not None else None,
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(found, indent=2), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "SimulatorSettings":
        """Read it. Raises InputError naming the file and what is wrong with it."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            door = found.get("ingress")
            first, most = found.get("back_off") or (1.0, 10.0)
            return cls(
                port=int(found["port"]),
                certificate=Path(found["certificate"]),
                key=Path(found["key"]),
                token=str(found["token"]),
                images=Path(found["images"]),
                home=Path(found["home"]),
                variables=_texts(found.get("variables")),
                entering=_texts(found.get("entering")),
                nodes=tuple(map(str, found.get("nodes") or ("drill-1",))),
                grace=float(found.get("grace", 2.0)),
                back_off=(float(first), float(most)),
                ingress=None
                if door is None
                else IngressSettings(
                    program=Path(door["program"]),
                    port=int(door["port"]),
                    tls_port=int(door.get("tls_port") or 0),
                    certificate=Path(door["certificate"]) if door.get("certificate") else None,
                    key=Path(door["key"]) if door.get("key") else None,
                ),
                plane=_loaded(found["plane"]) if found.get("plane") else None,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise InputError(f"{path}: these are no settings of a simulator: {wrong!r}.") from wrong


def _saved(plane: PlaneSettings) -> dict[str, str | int]:
    programs, ports = plane.programs, plane.ports
    return {
        "etcd": str(programs.etcd),
        "api": str(programs.api),
        "controllers": str(programs.controllers),
        "authority": str(plane.authority),
        "api_port": ports.api,
        "etcd_port": ports.etcd,
        "peers_port": ports.peers,
        "controllers_port": ports.controllers,
        "node_port": ports.node,
    }


def _loaded(found: Mapping[str, str | int]) -> PlaneSettings:
    """Raises KeyError, ValueError."""
    etcd, api, controllers = (Path(str(found[name])) for name in ("etcd", "api", "controllers"))
    ports = (int(found[f"{name}_port"]) for name in ("api", "etcd", "peers", "controllers", "node"))
    return PlaneSettings(Programs(etcd, api, controllers), Ports(*ports), Path(str(found["authority"])))


def _texts(found: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
