"""The places where steps run, made from the settings: this machine, hosts by SSH, a cluster and its pods, databases."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tocsin.app.settings import Settings
from tocsin.connectors.api import Runner
from tocsin.connectors.kubernetes import KubernetesRunner
from tocsin.connectors.process import LocalRunner
from tocsin.connectors.sql import SqlRunner
from tocsin.connectors.ssh import SshHost, SshRunner
from tocsin.kit.clock import Clock
from tocsin.kit.redact import Redactor


class Places(Mapping[str, Runner]):
    """Runners by the name of their target. Pods of the bound cluster are made as they are asked for."""

    def __init__(
        self, settings: Settings, redactor: Redactor, clock: Clock, *, writing: bool = False
    ) -> None:
        self._settings = settings
        self._redactor = redactor
        self._clock = clock
        self._folder = _private(settings.data)
        self._known: dict[str, Runner] = self._databases(writing)
        if not writing:
            self._known |= {**self._machine(), **self._hosts(), **self._cluster()}

    def __getitem__(self, target: str) -> Runner:
        known = self._known.get(target)
        if known is None:
            known = self._known[target] = self._pod(target)
        return known

    def __contains__(self, target: object) -> bool:
        return isinstance(target, str) and (target in self._known or target.startswith(self._pods))

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._known))

    def __len__(self) -> int:
        return len(self._known)

    @property
    def _pods(self) -> str:
        context = self._settings.targets.context
        return f"kubernetes:{context} pod " if context else "\0"

    def _machine(self) -> dict[str, Runner]:
        """This machine under its own and its bound names."""
        settings = self._settings
        local = LocalRunner(settings.targets.local, settings.environment, self._redactor, self._clock)
        return {settings.targets.local: local, **dict.fromkeys(settings.targets.hosts, local)}

    def _hosts(self) -> dict[str, Runner]:
        found: dict[str, Runner] = {}
        for host in self._settings.ssh:
            pinned = host.known_hosts
            if host.host_key is not None:
                pinned = self._folder / f"{host.name.replace(os.sep, '_')}.known_hosts"
                address = host.address if host.port == 22 else f"[{host.address}]:{host.port}"
                pinned.write_text(f"{address} {host.host_key}\n", encoding="utf-8")
            if pinned is None:
                continue  # the settings refuse such a host
            variables = self._settings.variables
            sent = tuple((name, variables[name]) for name in host.environment if variables.get(name))
            reached = SshHost(host.address, pinned, host.user, host.port, host.identity_file, sent)
            client = {**self._settings.environment, **_agent(variables)}
            found[host.name] = SshRunner(
                host.name, reached, self._folder, client, self._redactor, self._clock
            )
        return found

    def _cluster(self) -> dict[str, Runner]:
        context = self._settings.targets.context
        return (
            {}
            if context is None
            else {f"kubernetes:{context}": self._kubernetes(f"kubernetes:{context}", None)}
        )

    def _pod(self, target: str) -> Runner:
        if not target.startswith(self._pods):
            raise KeyError(target)
        return self._kubernetes(target, target.removeprefix(self._pods))

    def _kubernetes(self, target: str, pod: str | None) -> Runner:
        variables = self._settings.variables
        config = {"KUBECONFIG": variables["KUBECONFIG"]} if variables.get("KUBECONFIG") else {}
        return KubernetesRunner(
            target, self._settings.targets.context or "", {**config, **self._settings.environment},
            self._folder, self._redactor, self._clock, pod,
        )  # fmt: skip

    def _databases(self, writing: bool) -> dict[str, Runner]:
        return {
            f"database:{name}": SqlRunner(
                f"database {name}", value, self._redactor, self._clock, read_only=not writing
            )
            for name, value in self._settings.environment.items()
            if value.startswith(("postgres://", "postgresql://"))
        }

    def close(self) -> None:
        """End the connections that are kept open."""
        for runner in self._known.values():
            if isinstance(runner, SshRunner):
                runner.close()


def _agent(variables: Mapping[str, str]) -> dict[str, str]:
    return {"SSH_AUTH_SOCK": variables["SSH_AUTH_SOCK"]} if variables.get("SSH_AUTH_SOCK") else {}


def _private(data: Path) -> Path:
    """A folder of ours alone, with a path short enough for sockets."""
    folder = data / "run"
    if (
        len(os.fsencode(folder)) > 50
    ):  # the name of a connection's socket is 40 characters long, and ssh adds 17
        folder = Path(tempfile.gettempdir()) / f"tocsin-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        folder = Path(tempfile.mkdtemp(prefix="tocsin-"))  # somebody else made it first
    folder.chmod(0o700)
    return folder
