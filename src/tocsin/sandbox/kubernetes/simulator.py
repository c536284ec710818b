"""One simulated cluster, put together: API, controllers, node, services, ingress."""

import os
import socket
import sys
from collections.abc import Callable

from tocsin.errors import TocsinError
from tocsin.kit.clock import SystemClock
from tocsin.sandbox.kubernetes import roles
from tocsin.sandbox.kubernetes.api import Api
from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.container import BackOff
from tocsin.sandbox.kubernetes.control import Control
from tocsin.sandbox.kubernetes.images import ImageTable
from tocsin.sandbox.kubernetes.ingress import Ingresses
from tocsin.sandbox.kubernetes.kinds import NAMESPACES, SERVICES
from tocsin.sandbox.kubernetes.kubelet import Kubelet, NodeSettings
from tocsin.sandbox.kubernetes.proxies import Proxies
from tocsin.sandbox.kubernetes.server import Server
from tocsin.sandbox.kubernetes.settings import SimulatorSettings
from tocsin.sandbox.kubernetes.users import Users

_NAMESPACES = ("default", "kube-public", "kube-system")


class Simulator:
    """A cluster that runs from `start` to `stop`.

    Raises:
        InputError: the image table cannot be read.
        TocsinError: no network of loopback addresses is free, or the port is taken.
    """

    def __init__(self, settings: SimulatorSettings) -> None:
        clock = SystemClock()
        self._claim, network = claim_network()
        self._cluster = Cluster(clock, network)
        self._kubelet = Kubelet(
            self._cluster,
            NodeSettings(
                names=settings.nodes,
                network=network,
                home=settings.home,
                variables=dict(settings.variables),
                entering=dict(settings.entering),
                images=ImageTable.load(settings.images),
                back_off=BackOff(*settings.back_off),
                grace=settings.grace,
            ),
            clock,
            telling(),
        )
        self._control = Control(self._cluster, telling())
        self._proxies = Proxies(self._cluster, telling())
        self._ingresses = (
            Ingresses(self._cluster, settings.ingress, settings.home, dict(settings.variables), telling())
            if settings.ingress is not None
            else None
        )
        try:
            self._server = Server(settings.port, settings.certificate, settings.key)
        except OSError as wrong:
            raise TocsinError(
                f"127.0.0.1:{settings.port} cannot be used for the API: {wrong.strerror}."
            ) from wrong
        self._server.api = Api(
            self._cluster,
            Users(self._cluster, settings.token),
            self._server.address,
            self._kubelet,
            telling(),
            self._ingress_serves,
        )

    def _ingress_serves(self) -> int:
        """Up to which revision: everything, if there is no ingress."""
        return self._ingresses.served if self._ingresses is not None else self._cluster.storage.revision

    def start(self) -> None:
        """Make what every cluster has, and let everything run."""
        for name in _NAMESPACES:
            self._cluster.create(
                NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )
        self._cluster.create(
            SERVICES,
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "kubernetes", "namespace": "default"},
                "spec": {"ports": [{"name": "https", "port": 443}]},
            },
        )
        roles.establish(self._cluster)
        self._kubelet.start()
        self._control.start()
        self._proxies.start()
        if self._ingresses is not None:
            self._ingresses.start()
        self._server.begin()

    def stop(self) -> None:
        """End everything; when this returns no process of a pod runs."""
        self._cluster.storage.close()
        self._server.end()
        self._control.stop()
        if self._ingresses is not None:
            self._ingresses.stop()
        self._proxies.stop()
        self._kubelet.stop()
        self._claim.close()


def claim_network() -> tuple[socket.socket, str]:
    """A network of loopback addresses for this cluster alone: "127.1", the next if that is taken.

    The claim is an abstract Unix socket of that name, which is gone with the process that holds it.

    Raises:
        TocsinError: all are taken.
    """
    for second in range(1, 255):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0tocsin.sandbox.network.127.{second}")
        except OSError:
            claim.close()
            continue
        return claim, f"127.{second}"
    raise TocsinError("Every network of loopback addresses is taken by another simulator.")


def telling() -> Callable[[str], None]:
    """Says what went wrong on standard error; the same again only once."""
    said: set[str] = set()

    def tell(what: str) -> None:
        if what not in said:
            said.add(what)
            os.write(sys.stderr.fileno(), f"{what}\n".encode())

    return tell
