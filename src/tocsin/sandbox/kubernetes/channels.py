"""The numbered channels of `kubectl exec`: in, out, errors, the status at the end, the size of the window.

Two forms of the same: `v4.channel.k8s.io` over SPDY/3.1, which every kubectl speaks, and `v5`/`v4` over WebSocket,
which kubectl 1.30 and newer prefer. Written after client-go's tools/remotecommand and the kubelet's streaming server.
"""

import json
from dataclasses import dataclass
from typing import Protocol

from tocsin.sandbox.kubernetes import spdy
from tocsin.sandbox.kubernetes.objects import Object
from tocsin.sandbox.kubernetes.spdy import Spdy
from tocsin.sandbox.kubernetes.websocket import WebSocket

STDIN, STDOUT, STDERR, STATUS, RESIZE = range(5)
_CLOSE = 255
_NAMES = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": STATUS, "resize": RESIZE}
SPDY_PROTOCOL = "v4.channel.k8s.io"
WEBSOCKET_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the client said on a channel; `ended` if it will say nothing more there."""

    channel: int
    data: bytes = b""
    ended: bool = False


class Channels(Protocol):
    """The channels of one conversation."""

    @property
    def ready(self) -> bool:
        """Whether all channels are there."""
        ...

    @property
    def parted(self) -> bool:
        """Whether the client has said that it leaves."""
        ...

    def receive(self, data: bytes) -> list[Heard]:
        """Take what came. Raises spdy.Broken or websocket.Broken."""
        ...

    def say(self, channel: int, data: bytes) -> None:
        """Bytes on a channel."""
        ...

    def finish(self, status: Object) -> None:
        """Say how it ended, and that nothing more comes."""
        ...

    def outgoing(self) -> bytes:
        """What is to be sent now; handed out once."""
        ...


class SpdyChannels:
    """Each channel is a stream that the client opens.

    Args:
        wanted: which it is going to open, by what it asked for in its request.
    """

    def __init__(self, wanted: frozenset[int]) -> None:
        self._spdy = Spdy()
        self._wanted = wanted
        self._streams: dict[int, int] = {}
        self._channels: dict[int, int] = {}
        self.parted = False

    @property
    def ready(self) -> bool:
        """Whether all channels are there."""
        return self._wanted <= self._streams.keys()

    def receive(self, data: bytes) -> list[Heard]:
        """Take what came. Raises spdy.Broken."""
        found = []
        for event in self._spdy.receive(data):
            match event:
                case spdy.Opened(stream, headers):
                    channel = _NAMES.get(headers.get("streamtype", ""))
                    if channel is None or channel in self._streams:
                        self._spdy.refuse(stream)
                        continue
                    self._streams[channel], self._channels[stream] = stream, channel
                    self._spdy.reply(stream)
                case spdy.Data(stream, said) if stream in self._channels:
                    found.append(Heard(self._channels[stream], said))
                case spdy.Finished(stream) if stream in self._channels:
                    found.append(Heard(self._channels[stream], ended=True))
                case spdy.Parted():
                    self.parted = True
                case _:
                    pass
        return found

    def say(self, channel: int, data: bytes) -> None:
        """Bytes on a channel; dropped if the client did not ask for it."""
        if channel in self._streams:
            self._spdy.send(self._streams[channel], data)

    def finish(self, status: Object) -> None:
        """Say how it ended, and that nothing more comes."""
        self.say(STATUS, json.dumps(status).encode())
        for stream in self._streams.values():
            self._spdy.finish(stream)
        self._spdy.part(max(self._streams.values(), default=0))

    def outgoing(self) -> bytes:
        """What is to be sent now; handed out once."""
        return self._spdy.outgoing()


class WebSocketChannels:
    """Each message begins with the number of its channel; in v5 the client can end one."""

    def __init__(self) -> None:
        self._socket = WebSocket()

    @property
    def ready(self) -> bool:
        """At once."""
        return True

    @property
    def parted(self) -> bool:
        """Whether the client has said goodbye."""
        return self._socket.closed

    def receive(self, data: bytes) -> list[Heard]:
        """Take what came. Raises websocket.Broken."""
        found = []
        for message in self._socket.receive(data):
            match message[:1]:
                case b"":
                    pass
                case b"\xff":
                    found += [Heard(channel, ended=True) for channel in message[1:2]]
                case channel:
                    found.append(Heard(channel[0], message[1:]))
        return found

    def say(self, channel: int, data: bytes) -> None:
        """Bytes on a channel."""
        self._socket.send(bytes([channel]) + data)

    def finish(self, status: Object) -> None:
        """Say how it ended, and that nothing more comes."""
        self.say(STATUS, json.dumps(status).encode())
        self._socket.part()

    def outgoing(self) -> bytes:
        """What is to be sent now; handed out once."""
        return self._socket.outgoing()
