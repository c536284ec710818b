"""`kubectl port-forward`: pairs of SPDY streams, each pair a TCP connection to a port of the pod.

Older clients speak SPDY directly; kubectl 1.31 and newer put the same bytes into the messages of a WebSocket.
"""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tocsin.sandbox.kubernetes import spdy, websocket
from tocsin.sandbox.kubernetes.spdy import Spdy
from tocsin.sandbox.kubernetes.websocket import WebSocket
from tocsin.sandbox.kubernetes.wire import Wire

SPDY_PROTOCOL = "portforward.k8s.io"
WEBSOCKET_PROTOCOL = "SPDY/3.1+portforward.k8s.io"
_CONNECT_SECONDS = 2.0
_READ = 32 * 1024
_KEPT = 1024 * 1024  # bytes that a pod has not read yet; then the client has to wait


@dataclass(slots=True)
class _Pair:
    """One connection: where it leads, its two streams, its socket and what still has to be written to that."""

    port: int
    data: int | None = None
    error: int | None = None
    pod: socket.socket | None = None
    towards: bytearray = field(default_factory=bytearray)
    client_done: bool = False
    pod_done: bool = False


class Forwarding:
    """One call of port-forward.

    Args:
        ip: of the pod. name: for messages. tunnelled: whether the client speaks SPDY within a WebSocket.
    """

    def __init__(self, ip: str, name: str, *, tunnelled: bool) -> None:
        self._ip, self._name = ip, name
        self._spdy = Spdy()
        self._socket = WebSocket() if tunnelled else None
        self._pairs: dict[str, _Pair] = {}
        self._by_data: dict[int, _Pair] = {}
        self._parted = False

    def run(self, wire: Wire, over: Callable[[], bool]) -> None:
        """Carry bytes until the client leaves or `over` says so."""
        try:
            while not (wire.gone or self._parted or over()):
                reading: dict[int, Callable[[], None]] = {}
                writing: dict[int, Callable[[], None]] = {}
                for pair in self._by_data.values():
                    if pair.pod is not None and not pair.pod_done and not wire.full:
                        reading[pair.pod.fileno()] = self._reader(pair)
                    if pair.pod is not None and pair.towards:
                        writing[pair.pod.fileno()] = self._writer(pair)
                listen = all(len(pair.towards) < _KEPT for pair in self._by_data.values())
                if wire.wait(reading, writing, listen=listen):
                    self._hear(wire.receive())
                self._collect()
                self._send(wire)
        except (spdy.Broken, websocket.Broken):
            wire.gone = True
        finally:
            for pair in self._pairs.values():
                if pair.pod is not None:
                    pair.pod.close()

    def _hear(self, data: bytes) -> None:
        pieces = [data] if self._socket is None else self._socket.receive(data)
        for piece in pieces:
            for event in self._spdy.receive(piece):
                self._take(event)
        self._parted = self._parted or (self._socket is not None and self._socket.closed)

    def _take(self, event: spdy.Event) -> None:
        match event:
            case spdy.Opened(stream, headers):
                self._open(
                    stream,
                    headers.get("port", ""),
                    headers.get("streamtype", ""),
                    headers.get("requestid", ""),
                )
            case spdy.Data(stream, said) if stream in self._by_data:
                self._by_data[stream].towards += said
            case spdy.Finished(stream) if stream in self._by_data:
                self._by_data[stream].client_done = True
            case spdy.Parted():
                self._parted = True
            case _:
                pass

    def _open(self, stream: int, port: str, kind: str, request: str) -> None:
        if not port.isdigit() or not 0 < int(port) < 1 << 16 or kind not in ("data", "error"):
            self._spdy.refuse(stream)
            return
        self._spdy.reply(stream)
        pair = self._pairs.setdefault(request, _Pair(int(port)))
        if kind == "error":
            pair.error = stream
        else:
            pair.data = stream
            self._by_data[stream] = pair
        if pair.data is not None and pair.error is not None and pair.pod is None:
            self._connect(pair)

    def _connect(self, pair: _Pair) -> None:
        try:
            pair.pod = socket.create_connection((self._ip, pair.port), timeout=_CONNECT_SECONDS)
            pair.pod.setblocking(False)
        except OSError as wrong:
            why = os.strerror(wrong.errno).lower() if wrong.errno else "i/o timeout"
            self._give_up(pair, f"dial tcp {self._ip}:{pair.port}: connect: {why}")

    def _give_up(self, pair: _Pair, why: str) -> None:
        assert pair.error is not None
        said = f"error forwarding port {pair.port} to pod {self._name}, uid : {why}"
        self._spdy.send(pair.error, said.encode())
        pair.pod_done = pair.client_done = True
        pair.towards.clear()

    def _reader(self, pair: _Pair) -> Callable[[], None]:
        def read() -> None:
            assert pair.pod is not None
            assert pair.data is not None
            try:
                said = pair.pod.recv(_READ)
            except BlockingIOError:
                return
            except OSError:
                said = b""
            if said:
                self._spdy.send(pair.data, said)
            else:
                pair.pod_done = True

        return read

    def _writer(self, pair: _Pair) -> Callable[[], None]:
        def write() -> None:
            assert pair.pod is not None
            try:
                sent = pair.pod.send(pair.towards)
            except BlockingIOError:
                return
            except OSError as wrong:
                self._give_up(pair, (wrong.strerror or "broken pipe").lower())
                return
            del pair.towards[:sent]

        return write

    def _collect(self) -> None:
        """End the connections on which one side has said everything."""
        for request, pair in list(self._pairs.items()):
            if pair.client_done and not pair.towards and pair.pod is not None and not pair.pod_done:
                with suppress(OSError):
                    pair.pod.shutdown(socket.SHUT_WR)
            if pair.pod_done and pair.data is not None and pair.error is not None:
                self._spdy.finish(pair.data)
                self._spdy.finish(pair.error)
                if pair.pod is not None:
                    pair.pod.close()
                del self._by_data[pair.data]
                del self._pairs[request]

    def _send(self, wire: Wire) -> None:
        said = self._spdy.outgoing()
        if self._socket is None:
            wire.send(said)
            return
        if said:
            self._socket.send(said)
        wire.send(self._socket.outgoing())
