"""A cluster with a real control plane, put together: its programs, and our node beside them."""

import secrets
import threading
from pathlib import Path

from tocsin.errors import InputError, TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.kubernetes.answers import ApiError
from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.container import BackOff
from tocsin.sandbox.kubernetes.daemon import SERVER_NAME, write_kubeconfig
from tocsin.sandbox.kubernetes.images import ImageTable
from tocsin.sandbox.kubernetes.kubelet import NodeSettings
from tocsin.sandbox.kubernetes.plane.agent import Agent, AgentSettings
from tocsin.sandbox.kubernetes.plane.arguments import Trusted
from tocsin.sandbox.kubernetes.plane.certificates import Certificates
from tocsin.sandbox.kubernetes.plane.running import Plan, Plane
from tocsin.sandbox.kubernetes.settings import SimulatorSettings
from tocsin.sandbox.kubernetes.simulator import claim_network, telling

_MASTERS = "system:masters"
_LOOKS_EVERY = 1.0  # seconds between two looks whether the programs still run


class RealCluster:
    """A cluster that runs from `start` to `stop`, like a `Simulator`.

    Raises:
        InputError: the settings name no plane, the image table cannot be read, or the programs are too old.
        TocsinError: no network of loopback addresses is free, or a port is taken.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        plane = settings.plane
        if plane is None:
            raise InputError("These settings name no control plane.")
        self._told = telling()
        clock = SystemClock()
        self._claim, network = claim_network()
        home, ports = settings.home, plane.ports
        node_token = secrets.token_hex(16)
        made = Certificates.make(home, clock.now())
        trusted = Trusted(
            settings.certificate, settings.key, home / "tokens.csv", home / "controllers.kubeconfig", made
        )
        _write_tokens(trusted.tokens, {"tocsin-drill": settings.token, "tocsin-node": node_token})
        write_kubeconfig(
            trusted.kubeconfig,
            "controllers",
            f"https://127.0.0.1:{ports.api}",
            plane.authority,
            node_token,
        )
        client = Client(ports.api, plane.authority, SERVER_NAME, node_token)
        variables = dict(settings.variables)
        # Of the addresses below 127.N, pods have the first 200 networks and services the next.
        plan = Plan(plane.programs, ports, trusted, home, variables, f"{network}.200.0/21")
        self._plane = Plane(plan, client)
        version = plane.programs.version().said
        node = NodeSettings(
            names=settings.nodes,
            network=network,
            home=home,
            variables=variables,
            entering=dict(settings.entering),
            images=ImageTable.load(settings.images),
            back_off=BackOff(*settings.back_off),
            grace=settings.grace,
            version=f"{version}+tocsin",
            door=ports.node,
        )
        self._agent = Agent(
            client,
            AgentSettings(node, made.door, made.client.certificate, settings.token, settings.ingress),
            clock,
            self._told,
        )
        self._over = threading.Event()
        self._guard = threading.Thread(target=self._look, name="guard", daemon=True)

    def start(self) -> None:
        """Start the programs, then the node. Raises TocsinError; by then everything has been ended."""
        try:
            self._plane.start()
            self._agent.start()
        except ApiError as wrong:
            self._plane.stop()
            raise TocsinError(f"The control plane does not take our node: {wrong.message}") from wrong
        except TocsinError:
            self._plane.stop()
            raise
        self._guard.start()

    def stop(self) -> None:
        """End everything; when this returns no process of a pod runs, and none of the plane."""
        self._over.set()
        self._guard.join()
        self._agent.stop()
        self._plane.stop()
        self._agent.join()
        self._claim.close()

    def _look(self) -> None:
        while not self._over.wait(_LOOKS_EVERY):
            for said in self._plane.ended():
                self._told(said)


def _write_tokens(path: Path, users: dict[str, str]) -> None:
    """Who may ask the API, each with all rights; only the owner may read it."""
    path.touch(mode=0o600)
    lines = (f'{token},{name},{number},"{_MASTERS}"\n' for number, (name, token) in enumerate(users.items()))
    path.write_text("".join(lines), encoding="ascii")
