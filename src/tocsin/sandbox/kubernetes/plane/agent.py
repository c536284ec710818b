"""Our node on a foreign API: pods of a cluster that is not ours, as processes of this machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import TocsinError
from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes.client import Client
from tocsin.sandbox.kubernetes.ingress import Ingresses
from tocsin.sandbox.kubernetes.kinds import ENDPOINTS, INGRESSES, SECRETS, SERVICES
from tocsin.sandbox.kubernetes.kubelet import Kubelet, NodeSettings
from tocsin.sandbox.kubernetes.plane.binder import Binder
from tocsin.sandbox.kubernetes.plane.certificates import Pair
from tocsin.sandbox.kubernetes.plane.door import Door, Progress
from tocsin.sandbox.kubernetes.plane.heartbeat import Heartbeat
from tocsin.sandbox.kubernetes.plane.link import Link
from tocsin.sandbox.kubernetes.plane.mirror import Mirror
from tocsin.sandbox.kubernetes.plane.programs import LOOPBACK
from tocsin.sandbox.kubernetes.plane.watches import Watches
from tocsin.sandbox.kubernetes.proxies import Proxies
from tocsin.sandbox.kubernetes.server import Server
from tocsin.sandbox.kubernetes.settings import IngressSettings

_SEEN_BY_INGRESS = (INGRESSES, SERVICES, ENDPOINTS, SECRETS)
_POLL_SECONDS = 0.01
_PATIENCE = 5.0  # seconds that a question about the ingress may wait for it; whoever asks asks again


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What an agent is started with.

    Attributes:
        node: how its pods run; `node.door` is the port of its own API.
        pair: of that API. clients: the certificate by which the API server proves itself. token: what the sandbox shows.
        ingress: None if nobody listens for Ingresses.
    """

    node: NodeSettings
    pair: Pair
    clients: Path
    token: str
    ingress: IngressSettings | None = None


class Agent:
    """The node, the services' proxies and the ingress of one cluster.

    Args:
        client: asks the API with the node's own token.
        told: called with the text of what went wrong.

    """

    def __init__(
        self, client: Client, settings: AgentSettings, clock: Clock, told: Callable[[str], None]
    ) -> None:
        node = settings.node
        self._clock = clock
        self.mirror = Mirror(Link(client), clock, node.network, told)
        self._watches = Watches(self.mirror, told)
        self._kubelet = Kubelet(self.mirror, node, clock, told)
        self._binder = Binder(self.mirror, told)
        self._heartbeat = Heartbeat(self.mirror.link, node.names, clock, told)
        self._proxies = Proxies(self.mirror, told)
        self._ingresses = (
            Ingresses(self.mirror, settings.ingress, node.home, dict(node.variables), told)
            if settings.ingress is not None
            else None
        )
        self._settings = settings
        self._server: Server | None = None

    def start(self) -> None:
        """Begin; the node's own API comes last, so whoever is answered there finds everything.

        Raises:
            ApiError: the API does not take our nodes. TocsinError: the port of the node's API is taken.
        """
        self.mirror.start()
        self._watches.start()
        self._kubelet.start()
        self._heartbeat.start()
        self._binder.start()
        self._proxies.start()
        if self._ingresses is not None:
            self._ingresses.start()
        self._server = self._opened()

    def progress(self) -> Progress:
        """How far the ingress has come, which is given a little time to become as new as the API. Raises ApiError."""
        revision = self.mirror.catch_up(_SEEN_BY_INGRESS)
        end = self._clock.monotonic() + _PATIENCE
        while self._served() < revision and self._clock.monotonic() < end and not self.mirror.storage.closed:
            time.sleep(_POLL_SECONDS)
        return Progress(revision, self._served())

    def stop(self) -> None:
        """End every process of every pod, while the API still answers; `join` waits for the rest once it does not."""
        self.mirror.storage.close()
        if self._server is not None:
            self._server.end()
        self._watches.stop()
        self._binder.stop()
        self._heartbeat.stop()
        if self._ingresses is not None:
            self._ingresses.stop()
        self._proxies.stop()
        self._kubelet.stop()
        self.mirror.stop()

    def join(self) -> None:
        """Wait for what waits for the API, which has ended by now."""
        self._watches.join()

    def _opened(self) -> Server:
        settings, port = self._settings, self._settings.node.door
        try:
            server = Server(port, settings.pair.certificate, settings.pair.key, settings.clients)
        except OSError as wrong:
            raise TocsinError(
                f"{LOOPBACK}:{port} cannot be used for the node's API: {wrong.strerror}."
            ) from wrong
        server.api = Door(self.mirror.storage, self._kubelet, settings.token, self.progress)
        server.begin()
        return server

    def _served(self) -> int:
        return self._ingresses.served if self._ingresses is not None else self.mirror.storage.revision
