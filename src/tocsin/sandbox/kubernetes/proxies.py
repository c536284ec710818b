"""Services: a small TCP proxy at each service's own address, over the pods that are ready.

While no pod is ready nobody listens, so clients are refused as by a real cluster.
"""

import os
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tocsin.sandbox.kubernetes.cluster import Cluster
from tocsin.sandbox.kubernetes.endpoints import behind
from tocsin.sandbox.kubernetes.kinds import SERVICES
from tocsin.sandbox.kubernetes.objects import listed, name_of, namespace_of, number, text
from tocsin.sandbox.kubernetes.turns import Turns

_LOW_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
_MOVED = 10000
_READ = 64 * 1024
_CONNECT_SECONDS = 2.0

Listener = tuple[str, str, int]
"""Namespace, name and port of a service."""


def reachable(port: int) -> int:
    """Where a service's port really is: low ones are moved up by 10000 where only root may open them."""
    try:
        lowest = int(_LOW_PORTS.read_text(encoding="ascii"))
    except (OSError, ValueError):
        lowest = 1024
    return port if port >= lowest or os.geteuid() == 0 else port + _MOVED


class Proxies:
    """The listeners of all services, kept up to date by a thread of their own."""

    def __init__(self, cluster: Cluster, told: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._told = told
        self._open: dict[Listener, socket.socket] = {}
        self._turn = 0
        self._turns = Turns("proxies", self._arrange)
        cluster.storage.tell(self._turns.tell)

    def start(self) -> None:
        """Begin."""
        self._turns.start()

    def stop(self) -> None:
        """Close everything."""
        self._turns.stop()
        for listener in self._open.values():
            _close(listener)

    def _arrange(self) -> None:
        wanted: dict[Listener, tuple[str, int]] = {}
        for service in self._cluster.storage.all(SERVICES):
            address = text(service, "spec", "clusterIP")
            for port in listed(service, "spec", "ports"):
                place = (namespace_of(service), name_of(service), number(port, "port"))
                if address not in ("", "None") and behind(self._cluster, *place):
                    wanted[place] = (address, reachable(place[2]))
        for place in self._open.keys() - wanted.keys():
            _close(self._open.pop(place))
        for place, where in wanted.items():
            if place not in self._open:
                self._listen(place, where)

    def _listen(self, place: Listener, where: tuple[str, int]) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(where)
            listener.listen(64)
        except OSError as wrong:
            listener.close()
            self._told(
                f"service {place[0]}/{place[1]}: {where[0]}:{where[1]} cannot be used: {wrong.strerror}"
            )
            return
        self._open[place] = listener
        threading.Thread(target=self._accept, args=(place, listener), daemon=True).start()

    def _accept(self, place: Listener, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(place, client), daemon=True).start()

    def _connect(self, place: Listener, client: socket.socket) -> None:
        namespace, name, port = place
        with client:
            for target in self._in_turn(behind(self._cluster, namespace, name, port)):
                try:
                    pod = socket.create_connection(target, timeout=_CONNECT_SECONDS)
                except OSError:
                    continue
                with pod:
                    pod.settimeout(None)
                    _pass_on(client, pod)
                return

    def _in_turn(self, targets: list[tuple[str, int]]) -> list[tuple[str, int]]:
        self._turn += 1
        start = self._turn % len(targets) if targets else 0
        return targets[start:] + targets[:start]


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until both sides have said all they had to say, or one is gone."""
    to = {one: other, other: one}
    talking = {one, other}
    with suppress(OSError):
        while talking:
            readable, _, _ = select.select(list(talking), [], [])
            for source in readable:
                said = source.recv(_READ)
                if said:
                    to[source].sendall(said)
                else:
                    talking.discard(source)
                    to[source].shutdown(socket.SHUT_WR)


def _close(listener: socket.socket) -> None:
    """Also wakes the thread that waits for clients."""
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
