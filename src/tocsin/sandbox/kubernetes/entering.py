"""How a client enters a pod: `exec` and `port-forward` are agreed on over HTTP, then take the connection over.

Nothing is walled off in there: what is executed runs beside the pod's own process, in whatever walls the simulator
stands in, with the environment and the directory of the container. So an image says which programs may be executed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from http import HTTPStatus
from pathlib import PurePosixPath

from tocsin.kit.clock import Clock
from tocsin.sandbox.kubernetes import forwarding, spdy, websocket
from tocsin.sandbox.kubernetes.answers import ApiError, bad_request, cannot
from tocsin.sandbox.kubernetes.channels import (
    RESIZE,
    SPDY_PROTOCOL,
    STATUS,
    STDERR,
    STDIN,
    STDOUT,
    WEBSOCKET_PROTOCOLS,
    Channels,
    Heard,
    SpdyChannels,
    WebSocketChannels,
)
from tocsin.sandbox.kubernetes.container import Container
from tocsin.sandbox.kubernetes.execution import NotStarted, Wish, not_started
from tocsin.sandbox.kubernetes.forwarding import Forwarding
from tocsin.sandbox.kubernetes.requests import Request
from tocsin.sandbox.kubernetes.websocket import accept
from tocsin.sandbox.kubernetes.wire import Takeover, Wire

_STREAMS_WITHIN = 30.0  # seconds, as a kubelet waits for a client to open its streams


def execute(
    container: Container | None, name: str, request: Request, clock: Clock, over: Callable[[], bool]
) -> Takeover:
    """`kubectl exec` in a container.

    Args:
        container: None if it was never started. name: as people know it. over: whether the cluster is being ended.

    Raises:
        ApiError: it does not run, its image lets nobody execute this, or the client speaks none of our protocols.
    """
    argv = request.every.get("command", ())
    if not argv:
        raise bad_request("you must specify at least 1 command")
    tty = request.switched_on("tty")
    wanted = {STATUS} | {
        channel
        for channel, word in ((STDIN, "stdin"), (STDOUT, "stdout"), (STDERR, "stderr"))
        if request.switched_on(word)
    }
    if wanted == {STATUS}:
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    if container is None or container.pid is None:
        raise _not_running(name)
    _permitted(container, argv[0])
    if tty:
        wanted = (wanted | {RESIZE}) - {STDERR}
    headers, channels = _channels(request, frozenset(wanted))
    wish = Wish(argv, STDIN in wanted, tty)
    talk = _Talk(container, wish, channels, clock, over)
    return Takeover(headers, talk.run)


def forward(ip: str, name: str, request: Request, over: Callable[[], bool]) -> Takeover:
    """`kubectl port-forward` to a pod. Raises ApiError if the client speaks none of our protocols."""
    asked = _asked(request, "sec-websocket-protocol")
    if _upgrade(request) == "websocket" and forwarding.WEBSOCKET_PROTOCOL in asked:
        headers = _websocket_headers(request, forwarding.WEBSOCKET_PROTOCOL)
        return Takeover(headers, lambda wire: Forwarding(ip, name, tunnelled=True).run(wire, over))
    headers = _spdy_headers(request, forwarding.SPDY_PROTOCOL)
    return Takeover(headers, lambda wire: Forwarding(ip, name, tunnelled=False).run(wire, over))


@dataclass(frozen=True, slots=True)
class _Talk:
    container: Container
    wish: Wish
    channels: Channels
    clock: Clock
    over: Callable[[], bool]

    def run(self, wire: Wire) -> None:
        try:
            early = self._all_channels(wire)
        except (spdy.Broken, websocket.Broken):
            return
        if early is None:
            return
        try:
            execution = self.container.execute(self.wish)
        except NotStarted as wrong:
            self.channels.finish(not_started(str(wrong), self.container.name))
            wire.send(self.channels.outgoing())
        else:
            try:
                execution.converse(wire, self.channels, early, self.over)
            finally:
                execution.end()
                self.container.left(execution)
        wire.drain(self.over)

    def _all_channels(self, wire: Wire) -> list[Heard] | None:
        """What was said while the channels were opened; None if the client did not open them."""
        early: list[Heard] = []
        end = self.clock.monotonic() + _STREAMS_WITHIN
        while not self.channels.ready:
            if wire.gone or self.over() or self.clock.monotonic() > end:
                return None
            if wire.wait({}, {}):
                early += self.channels.receive(wire.receive())
                wire.send(self.channels.outgoing())
        return early


def _permitted(container: Container, program: str) -> None:
    name = PurePosixPath(program).name
    if not any(fnmatchcase(name, pattern) for pattern in container.executable):
        raise cannot(
            f'the image table lets nobody execute "{name}" in {container.image}; '
            'name it in "exec" of the image, for it would run on this machine'
        )


def _channels(request: Request, wanted: frozenset[int]) -> tuple[Mapping[str, str], Channels]:
    """The headers that agree, and the channels agreed on. Raises ApiError."""
    if _upgrade(request) == "websocket":
        asked = _asked(request, "sec-websocket-protocol")
        common = [one for one in asked if one in WEBSOCKET_PROTOCOLS]
        if not common:
            raise bad_request(
                f"unable to upgrade: client supports {list(asked)}, server accepts {list(WEBSOCKET_PROTOCOLS)}"
            )
        return _websocket_headers(request, common[0]), WebSocketChannels()
    return _spdy_headers(request, SPDY_PROTOCOL), SpdyChannels(wanted)


def _upgrade(request: Request) -> str:
    return request.headers.get("upgrade", "").lower()


def _asked(request: Request, header: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in request.headers.get(header, "").split(",") if word.strip())


def _websocket_headers(request: Request, protocol: str) -> Mapping[str, str]:
    key = request.headers.get("sec-websocket-key", "")
    if request.method != "GET" or request.headers.get("sec-websocket-version") != "13" or not key:
        raise bad_request("unable to upgrade: this is no handshake of WebSocket 13")
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Accept": accept(key),
        "Sec-WebSocket-Protocol": protocol,
    }


def _spdy_headers(request: Request, protocol: str) -> Mapping[str, str]:
    if _upgrade(request) != "spdy/3.1":
        raise bad_request("Upgrade request required")
    asked = _asked(request, "x-stream-protocol-version")
    if protocol not in asked:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "Forbidden",
            f"unable to upgrade: unable to negotiate protocol: client supports {list(asked)}, server accepts {[protocol]}",
        )
    return {"Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": protocol}


def _not_running(name: str) -> ApiError:
    said = f'container not found ("{name}")'
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", said)
