"""A connection that was taken over from HTTP: bytes both ways by one thread, which never waits for either."""

import select
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

_READ = 64 * 1024
_AT_ONCE = (
    1024 * 1024
)  # bytes taken in one go, and kept for a client that does not read before we stop listening
_LOOK_ANYWAY = 0.5  # seconds


class Wire:
    """One connection.

    Args:
        secure: with its handshake done. Only one thread may use it from now on: OpenSSL takes no two at once.

    Attributes:
        gone: the client has left.
    """

    def __init__(self, secure: ssl.SSLSocket) -> None:
        self.gone = False
        self._secure = secure
        self._secure.setblocking(False)
        self._outgoing = bytearray()
        self._more = False

    @property
    def full(self) -> bool:
        """Whether so much waits to be sent that nothing should be added."""
        return len(self._outgoing) > _AT_ONCE

    @property
    def waiting(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._outgoing) and not self.gone

    def receive(self) -> bytes:
        """What has come by now; empty if nothing has."""
        found = bytearray()
        self._more = False
        while not self.gone:
            if len(found) >= _AT_ONCE:
                self._more = True  # some of it may lie decrypted in OpenSSL, where select does not see it
                break
            try:
                piece = self._secure.recv(_READ)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                break
            except OSError:
                self.gone = True
                break
            if not piece:
                self.gone = True
            found += piece
        return bytes(found)

    def send(self, data: bytes) -> None:
        """Send it now as far as that goes, the rest by `wait`."""
        self._outgoing += data
        self._flush()

    def wait(
        self,
        reading: Mapping[int, Callable[[], None]],
        writing: Mapping[int, Callable[[], None]],
        *,
        listen: bool = True,
    ) -> bool:
        """Wait until something can be done, and do it; whether the client may have said something.

        Args:
            reading, writing: descriptors, and what to do once they can be read or written.
            listen: whether the client is listened to at all.
        """
        poll = select.poll()
        own = self._secure.fileno()
        wanted: dict[int, int] = dict.fromkeys(reading, select.POLLIN)
        for handle in writing:
            wanted[handle] = wanted.get(handle, 0) | select.POLLOUT
        wanted[own] = (select.POLLIN if listen else 0) | (select.POLLOUT if self._outgoing else 0)
        for handle, events in wanted.items():
            poll.register(handle, events)
        # poll(2) reports a peer that hung up even to those who did not ask; never look away from that for long.
        found = dict(poll.poll(0 if self._more and listen else _LOOK_ANYWAY * 1000))
        mine = found.pop(own, 0)
        if mine & select.POLLOUT:
            self._flush()
        for handle, events in found.items():
            if events & select.POLLOUT and handle in writing:
                writing[handle]()
            if events & ~select.POLLOUT and handle in reading:
                reading[handle]()
            elif events & (select.POLLERR | select.POLLHUP) and handle in writing:
                writing[handle]()
        return listen and bool(self._more or mine & ~select.POLLOUT)

    def drain(self, over: Callable[[], bool]) -> None:
        """Wait until everything is sent, the client has left or `over` says so."""
        while self.waiting and not over():
            self.wait({}, {}, listen=False)

    def close(self) -> None:
        """Part as TLS wants it."""
        with suppress(OSError, ValueError):
            self._secure.setblocking(True)
            self._secure.settimeout(_LOOK_ANYWAY)
            self._secure.unwrap().close()

    def _flush(self) -> None:
        while self._outgoing and not self.gone:
            try:
                sent = self._secure.send(self._outgoing)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                self.gone = True
                return
            del self._outgoing[:sent]


@dataclass(frozen=True, slots=True)
class Takeover:
    """What happens to a connection once the client was told 101 Switching Protocols.

    Attributes:
        headers: of that answer. run: uses the connection until it is over.
    """

    headers: Mapping[str, str]
    run: Callable[[Wire], None]
