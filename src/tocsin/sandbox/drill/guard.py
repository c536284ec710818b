"""What a drill refuses before anything connects: a target that is not its own, or that is one of production's.

The environment of a drill is built and never copied, so nothing of production should be in it. This looks all the same.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tocsin.app.places import Places
from tocsin.app.settings import Settings
from tocsin.errors import Refused, TocsinError
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor
from tocsin.sandbox.room import OpenRoom, is_loopback
from tocsin.sandbox.shims import DEAD_PROXY

_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}
# What leads a client to production without being named in a command.
CREDENTIALS = (
    "DATABASE_URL", "PGHOST", "PGSERVICE", "PGPASSFILE", "KUBECONFIG", "AWS_PROFILE", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS",
    "AZURE_CLIENT_SECRET", "STRIPE_API_KEY", "STRIPE_SECRET_KEY", "REDIS_URL", "DOCKER_HOST", "VAULT_TOKEN",
    "SSH_AUTH_SOCK",
)  # fmt: skip


def must_have_no_credentials(environment: Mapping[str, str]) -> None:
    """Refuse to drill in an open room while the way to production lies in the environment of whoever starts it.

    The drill is given none of it. But nothing stops a command that looks for itself, so nothing is to be found.

    Raises:
        Refused: names the variables.
    """
    found = [name for name in CREDENTIALS if environment.get(name)]
    if found:
        raise Refused(
            f"No drill in an open room while {', '.join(found)} is set: that may be the way to production.",
            hint=f"Start it without: env {' '.join(f'-u {name}' for name in found)} tocsin drill …",
        )


def must_be_ours(settings: Settings, room: OpenRoom, production: Mapping[str, str], clock: Clock) -> None:
    """Refuse unless every target that the settings bind is the room's own, and none is one of production's.

    Addresses are looked at first, without connecting. Then each target is asked who it is.

    Raises:
        Refused: names the target and what is wrong with it.
    """
    for what, host, port in _bound(settings):
        _must_be_in(room, what, host, port)
    _must_not_be(settings, production, clock)


def _bound(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """Every address that the settings lead to: what it is for, host, port."""
    for name, value in settings.environment.items():
        parts = urlsplit(value)
        if value != DEAD_PROXY and parts.scheme in _PORTS and parts.hostname:
            yield f"the variable {name}", parts.hostname, parts.port or _PORTS[parts.scheme]
    for spec in settings.checks:
        for key in ("url", "dsn", "endpoint"):
            parts = urlsplit(str(spec.settings.get(key, "")))
            if parts.scheme in _PORTS and parts.hostname:
                yield f"the check {spec.name}", parts.hostname, parts.port or _PORTS[parts.scheme]
        host, port = spec.settings.get("host"), spec.settings.get("port")
        if isinstance(host, str) and isinstance(port, int):
            yield f"the check {spec.name}", host, port
    for server in _clusters(settings.environment.get("KUBECONFIG")):
        parts = urlsplit(server)
        yield "the cluster of KUBECONFIG", parts.hostname or "", parts.port or 443
    for ssh in settings.ssh:
        yield f"the host {ssh.name}", ssh.address, ssh.port


def _clusters(kubeconfig: str | None) -> Iterator[str]:
    for file in filter(None, (kubeconfig or "").split(os.pathsep)):
        try:
            found = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError):
            continue  # no cluster can be reached by what cannot be read
        for each in found.get("clusters", []) if isinstance(found, dict) else []:
            yield str(each["cluster"]["server"])


def _must_be_in(room: OpenRoom, what: str, host: str, port: int) -> None:
    own = (host, port) in room.addresses or (is_loopback(host) and port in room.scratch.ports)
    if not own:
        known = ", ".join(f"{name}:{number}" for name, number in room.addresses)
        raise Refused(
            f"{what} leads to {host}:{port}, which is not in this drill's sandbox. Nothing was connected to.",
            hint=f"In the sandbox: {known or 'nothing'}.",
        )


def _must_not_be(settings: Settings, production: Mapping[str, str], clock: Clock) -> None:
    if not production:
        return
    places = Places(settings, Redactor(settings.secrets), clock)
    try:
        for name in places:
            runner = places[name]
            if runner.local:
                continue  # the machine a drill runs on may well be production's; the capsule is what is tried
            try:
                said = runner.identity()
            except TocsinError:
                continue  # who cannot be asked cannot be changed either: every step on it fails
            for target, identity in production.items():
                if said == identity:
                    raise Refused(
                        f"{name} says that it is {said}, and that is {target} of production.",
                        hint="The sandbox reaches a real system. Stop, and look how.",
                    )
    finally:
        places.close()
