"""The three programs of a control plane while they run."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tocsin.errors import Temporary
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.objects import listed
from tocsin.sandbox.kubernetes.plane import arguments
from tocsin.sandbox.kubernetes.plane.arguments import Trusted
from tocsin.sandbox.kubernetes.plane.programs import Ports, Programs
from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.service import tail, wait_until

WITHIN = timedelta(seconds=100)
"""How long all of them together may take, so that a drill says what did not come up before its own time is over."""
_ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/view"
_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"
_FIRST_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_OK = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """What is started.

    Attributes:
        home: a directory of its own. variables: what each program is born with; nothing is inherited.
        services: the network that addresses of services come from.
    """

    programs: Programs
    ports: Ports
    trusted: Trusted
    home: Path
    variables: Mapping[str, str]
    services: str


class Plane:
    """One control plane.

    Args:
        client: asks its API with all rights.
    """

    def __init__(self, plan: Plan, client: Client) -> None:
        self._plan = plan
        self._client = client
        self._clock = SystemClock()
        self._until = 0.0
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start one after the other, each once the one below it answers; everything works when this returns.

        Raises:
            TocsinError: one of them ends or does not answer; the message ends with its log.
        """
        plan = self._plan
        self._until = self._clock.monotonic() + WITHIN.total_seconds()
        version = plan.programs.version()
        self._begin("etcd", arguments.etcd(plan.programs, plan.ports, plan.home))
        self._wait("etcd", lambda: answers_tcp(plan.ports.etcd))
        self._begin(
            "kube-apiserver",
            arguments.api(plan.programs, plan.ports, plan.home, plan.trusted, plan.services),
        )
        self._wait("kube-apiserver", lambda: answers_tcp(plan.ports.api) and self._answers("/readyz"))
        self._begin(
            "kube-controller-manager",
            arguments.controllers(plan.programs, plan.ports, plan.home, plan.trusted, version),
        )
        self._wait("its first namespaces", lambda: all(map(self._has_namespace, _FIRST_NAMESPACES)))
        # Both are the work of controllers: roles are put together from their parts, namespaces are given an account.
        self._wait("the whole of its roles", self._roles_are_whole)
        self._wait("its first account", lambda: self._answers(_ACCOUNT))

    def stop(self) -> None:
        """End them; nothing that they know is needed any more."""
        for process in reversed(self._started.values()):
            process.kill()
            process.wait()
        self._started.clear()

    def ended(self) -> tuple[str, ...]:
        """Those that ended by themselves, in words."""
        return tuple(
            f"{name} ended with status {process.returncode}: {tail(self._log(name))}"
            for name, process in self._started.items()
            if process.poll() is not None
        )

    def _begin(self, name: str, argv: tuple[str, ...]) -> None:
        log = os.open(self._log(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._started[name] = subprocess.Popen(
                argv, cwd=self._plan.home, env=dict(self._plan.variables), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, process_group=0,
            )  # fmt: skip
        except OSError as wrong:
            raise Temporary(f"{argv[0]} cannot be started: {wrong.strerror}.") from wrong
        finally:
            os.close(log)

    def _wait(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until something is there, unless one of them ends. Raises Temporary."""

        def held() -> bool:
            ended = self.ended()
            if ended:
                raise Temporary("; ".join(ended))
            return holds()

        try:
            wait_until(held, f"{what} was there", timedelta(seconds=self._until - self._clock.monotonic()))
        except Temporary as wrong:
            logs = " ".join(tail(self._log(name)) for name in self._started)
            raise Temporary(f"The control plane did not come up: {wrong} {logs}") from wrong

    def _answers(self, path: str) -> bool:
        try:
            return self._client.ask("GET", path).code == _OK
        except Temporary:
            return False

    def _has_namespace(self, name: str) -> bool:
        return self._answers(f"/api/v1/namespaces/{name}")

    def _roles_are_whole(self) -> bool:
        try:
            return bool(listed(self._client.ask("GET", _ROLE).body, "rules"))
        except Temporary:
            return False

    def _log(self, name: str) -> Path:
        return self._plan.home / f"{name}.log"
