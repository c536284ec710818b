"""A TCP proxy that makes trouble on demand: between a client and a service, and only on loopback.

The list of troubles is toxiproxy's. Changing the trouble acts on open connections too, as a failing cable would.
"""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import partial

from tocsin.errors import Refused, TocsinError
from tocsin.kit.clock import SystemClock

_CHUNK = 16 * 1024
_CONNECT_SECONDS = 5.0
_ENDS_WITHIN = 5.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close sends RST instead of FIN


class Toward(Enum):
    """Which way the trouble acts: what the client sends, what the service answers, or both."""

    SERVICE = "service"
    CLIENT = "client"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the line; everything at its default is a good line.

    Attributes:
        latency: added to every piece of data.
        bandwidth: bytes per second; None is unlimited.
        silent: data is taken and never passed on (toxiproxy's "timeout").
        reset: connections are reset, new ones and open ones.
        down: new connections are refused, open ones are closed.
        slow_close: how long the end of a connection is held back.
        slice: data is passed on in pieces of so many bytes.
        limit: after so many bytes in one direction the connection is closed.
        toward: the direction that latency, bandwidth, silent, slice and limit act on.
    """

    latency: timedelta = timedelta()
    bandwidth: int | None = None
    silent: bool = False
    reset: bool = False
    down: bool = False
    slow_close: timedelta = timedelta()
    slice: int | None = None
    limit: int | None = None
    toward: Toward = Toward.CLIENT


NONE = Trouble()


class TroubleProxy:
    """Listens on one port of 127.0.0.1 and passes everything to another one.

    Attributes:
        port: where clients connect.
        target: port of 127.0.0.1 that they reach.
    """

    def __init__(self, target: int, port: int = 0) -> None:
        """Listen at once; `port` 0 takes any free one. Raises TocsinError if the port is taken.

        Refused is raised for port 0 as a target, which nobody can mean.
        """
        if not 0 < target < 65536:
            raise Refused(
                f"A trouble proxy cannot lead to port {target}.", hint="Name a port of the sandbox."
            )
        self.target = target
        self._trouble = NONE
        self._changed = threading.Condition()
        self._pairs: set[_Pair] = set()
        self._listener: socket.socket | None = None
        self._held: socket.socket | None = (
            None  # bound and not listening: nobody else gets the port meanwhile
        )
        self._wanted = port
        self._threads: list[threading.Thread] = []
        self._listen()

    @property
    def port(self) -> int:
        """Where clients connect; stays the same while the line is down."""
        return self._wanted

    @property
    def trouble(self) -> Trouble:
        """What is wrong at the moment."""
        return self._trouble

    def set(self, trouble: Trouble) -> Trouble:
        """Make this trouble, for open connections as well; what was before, for the way back."""
        with self._changed:
            before, self._trouble = self._trouble, trouble
            self._changed.notify_all()
        if trouble.down:
            self._close_listener()
            self._hold()
        elif self._listener is None:
            self._listen()
        if trouble.reset or trouble.down:
            self._end_pairs(reset=trouble.reset)
        return before

    def heal(self) -> None:
        """A good line again."""
        self.set(NONE)

    def stop(self) -> None:
        """Close everything; safe to call twice."""
        with self._changed:
            self._trouble = replace(self._trouble, down=True)
            self._changed.notify_all()
        self._close_listener()
        self._let_go()
        self._end_pairs(reset=False)
        for one in self._threads:
            one.join(_ENDS_WITHIN)
        self._threads.clear()

    def __enter__(self) -> "TroubleProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- connections -------------------------------------------------------------------------------

    def _listen(self) -> None:
        listener = self._bound()
        listener.listen(128)
        self._let_go()
        self._wanted = int(listener.getsockname()[1])
        self._listener = listener
        self._start(lambda: self._accept(listener))

    def _bound(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(("127.0.0.1", self._wanted))
        except OSError as wrong:
            bound.close()
            raise TocsinError(f"127.0.0.1:{self._wanted} is taken: {wrong.strerror}.") from wrong
        return bound

    def _hold(self) -> None:
        if self._held is None:
            self._held = self._bound()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def _start(self, work: Callable[[], None]) -> None:
        self._threads = [one for one in self._threads if one.is_alive()]
        thread = threading.Thread(target=work, daemon=True, name=f"trouble-{self._wanted}")
        self._threads.append(thread)
        thread.start()

    def _close_listener(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self._trouble.reset:
                _close(client, reset=True)
                continue
            try:
                service = socket.create_connection(("127.0.0.1", self.target), _CONNECT_SECONDS)
            except OSError:
                _close(client, reset=True)  # as the service itself would refuse
                continue
            service.settimeout(None)
            pair = _Pair(client, service)
            with self._changed:
                self._pairs.add(pair)
            self._start(partial(self._pump, pair, Toward.SERVICE))
            self._start(partial(self._pump, pair, Toward.CLIENT))

    def _end_pairs(self, *, reset: bool) -> None:
        with self._changed:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            pair.end(reset=reset)

    def _pump(self, pair: "_Pair", toward: Toward) -> None:
        source, sink = (
            (pair.client, pair.service) if toward is Toward.SERVICE else (pair.service, pair.client)
        )
        passed = 0
        try:
            while data := source.recv(_CHUNK):
                allowed = self._allowed(data, passed, toward)
                for piece in self._pieces(allowed, toward):
                    self._wait(toward, len(piece))
                    if not self._swallowed(toward):
                        sink.sendall(piece)
                passed += len(allowed)
                if len(allowed) < len(data):
                    pair.end(reset=False)
                    return
            self._sleep(self._trouble.slow_close)
            if not pair.ended:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            pair.end(reset=self._trouble.reset)
        finally:
            if pair.finished(toward):
                with self._changed:
                    self._pairs.discard(pair)

    # -- what is wrong -----------------------------------------------------------------------------

    def _acts(self, toward: Toward) -> bool:
        return self._trouble.toward in (toward, Toward.BOTH)

    def _allowed(self, data: bytes, passed: int, toward: Toward) -> bytes:
        limit = self._trouble.limit
        return data if limit is None or not self._acts(toward) else data[: max(0, limit - passed)]

    def _pieces(self, data: bytes, toward: Toward) -> list[bytes]:
        size = self._trouble.slice
        if size is None or not self._acts(toward):
            return [data] if data else []
        return [data[at : at + size] for at in range(0, len(data), size)]

    def _wait(self, toward: Toward, size: int) -> None:
        if not self._acts(toward):
            return
        now = self._trouble
        by_rate = timedelta(seconds=size / now.bandwidth) if now.bandwidth else timedelta()
        self._sleep(now.latency + by_rate)

    def _sleep(self, pause: timedelta) -> None:
        """Wait, but no longer than this trouble lasts."""
        if not pause:
            return
        made, clock = self._trouble, SystemClock()
        end = clock.monotonic() + pause.total_seconds()
        with self._changed:
            while self._trouble is made and (left := end - clock.monotonic()) > 0:
                self._changed.wait(left)

    def _swallowed(self, toward: Toward) -> bool:
        return self._trouble.silent and self._acts(toward)


class _Pair:
    """A client's connection and the one to the service that belongs to it."""

    def __init__(self, client: socket.socket, service: socket.socket) -> None:
        self.client = client
        self.service = service
        self.ended = False
        self._lock = threading.Lock()
        self._done: set[Toward] = set()

    def end(self, *, reset: bool) -> None:
        """Close both at once; only the first call counts."""
        with self._lock:
            if self.ended:
                return
            self.ended = True
        for one in (self.client, self.service):
            _close(one, reset=reset)

    def finished(self, toward: Toward) -> bool:
        """Note that one direction is over; True, and both are closed, when the other one was already."""
        with self._lock:
            self._done.add(toward)
            over = len(self._done) == 2
        if over:
            self.end(reset=False)
        return over


def _close(one: socket.socket, *, reset: bool) -> None:
    """Close a socket that another thread may be reading from, which wakes it.

    A reset must not be preceded by the FIN of a full shutdown: only our own reading is shut down then, and
    the kernel sends RST when the reader has let go.
    """
    with suppress(OSError):
        if reset:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    with suppress(OSError):
        one.close()
