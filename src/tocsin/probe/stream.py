"""A TCP connection with one deadline for everything done on it."""

import socket
from contextlib import suppress
from datetime import timedelta

from tocsin.kit.clock import Clock


class Stream:
    """A connection to the first address a name has: a second one would be a hidden retry (NOI-06).

    Raises OSError (TimeoutError when the time is over) in every method. Looking a name up is bounded by the
    system's resolver, not by us.
    """

    def __init__(self, host: str, port: int, within: timedelta, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.monotonic() + within.total_seconds()
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.address = str(address[0])
        self._buffer = b""
        self._socket = socket.socket(family, kind, protocol)
        try:
            self._arm()
            self._socket.connect(address)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        while data:
            self._arm()
            data = data[self._socket.send(data) :]

    def receive(self) -> bytes:
        """What is there, waiting for at least one byte; b"" at the end of the connection."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            return data
        self._arm()
        return self._socket.recv(65536)

    def line(self, longest: int = 65536) -> bytes:
        """The next line without its CR LF. Raises ConnectionError if the other side ends first."""
        while b"\n" not in self._buffer:
            if len(self._buffer) > longest:
                raise ConnectionError("a line without end")
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.removesuffix(b"\r")

    def exactly(self, count: int) -> bytes:
        """The next so many bytes. Raises ConnectionError if the other side ends first."""
        while len(self._buffer) < count:
            self._more()
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _more(self) -> None:
        self._arm()
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the other side ended the connection in the middle of an answer")
        self._buffer += data

    def _arm(self) -> None:
        left = self._until - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left)
