"""SPDY/3.1 as kubectl speaks it for exec and port-forward: frames in, frames out, no sockets.

Only the server's side, and only what kubectl and client-go use: streams that the client opens, data both ways, pings,
resets and the way to part. Written after the SPDY protocol draft 3 and the behaviour of moby/spdystream, which is what
every kubectl has inside; that one keeps no flow control, so there is none here either.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.sandbox.kubernetes.spdy_words import DICTIONARY

_VERSION = 3
_SYN_REPLY, _RST_STREAM, _PING, _GOAWAY = 2, 3, 6, 7
_FIN = 1
_REFUSED = 3
_LARGEST_FRAME = 8 * 1024 * 1024  # bytes; kubectl sends 32 KiB at a time
_LARGEST_HEADERS = 64 * 1024
_LARGEST_PIECE = 32 * 1024


class Broken(Exception):
    """What came is not SPDY, or more than is taken; the connection must end. The text says why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The client has opened a stream; it waits for `reply` or `refuse`. Header names are in lower case."""

    stream: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes on a stream."""

    stream: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """The client will send nothing more on a stream."""

    stream: int


@dataclass(frozen=True, slots=True)
class Parted:
    """The client will open no more streams: it is about to leave."""


Event = Opened | Data | Finished | Parted


class Spdy:
    """One connection."""

    def __init__(self) -> None:
        self._incoming = bytearray()
        self._outgoing = bytearray()
        # Headers of all frames of one direction are one compressed stream.
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(9, zdict=DICTIONARY)

    def receive(self, data: bytes) -> list[Event]:
        """Take what came; what it means. Pings are answered by themselves. Raises Broken."""
        self._incoming += data
        found: list[Event] = []
        while len(self._incoming) >= 8:
            first, second = struct.unpack_from(">II", self._incoming)
            flags, length = second >> 24, second & 0xFFFFFF
            if length > _LARGEST_FRAME:
                raise Broken(f"a frame of {length} bytes")
            if len(self._incoming) < 8 + length:
                break
            body = bytes(self._incoming[8 : 8 + length])
            del self._incoming[: 8 + length]
            if first >> 31:
                found += self._control(first, flags, body)
            else:
                found += self._data(first, flags, body)
        return found

    def outgoing(self) -> bytes:
        """What is to be sent now; handed out once."""
        said = bytes(self._outgoing)
        self._outgoing.clear()
        return said

    def reply(self, stream: int) -> None:
        """Accept a stream."""
        block = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self._send_control(_SYN_REPLY, struct.pack(">I", stream) + block)

    def refuse(self, stream: int) -> None:
        """Do not accept a stream."""
        self._send_control(_RST_STREAM, struct.pack(">II", stream, _REFUSED))

    def send(self, stream: int, data: bytes) -> None:
        """Bytes on a stream."""
        for start in range(0, len(data), _LARGEST_PIECE):
            piece = data[start : start + _LARGEST_PIECE]
            self._outgoing += struct.pack(">II", stream, len(piece)) + piece

    def finish(self, stream: int) -> None:
        """Nothing more comes from us on this stream."""
        self._outgoing += struct.pack(">II", stream, _FIN << 24)

    def part(self, last: int) -> None:
        """Say that the connection ends; `last` is the newest stream that was accepted."""
        self._send_control(_GOAWAY, struct.pack(">II", last, 0))

    def _control(self, first: int, flags: int, body: bytes) -> list[Event]:
        if (first >> 16) & 0x7FFF != _VERSION:
            raise Broken(f"version {(first >> 16) & 0x7FFF} of SPDY")
        try:
            match first & 0xFFFF:
                case 1:  # SYN_STREAM
                    (stream,) = struct.unpack_from(">I", body)
                    opened: list[Event] = [Opened(stream, self._headers(body[10:]))]
                    return [*opened, Finished(stream)] if flags & _FIN else opened
                case 3:  # RST_STREAM
                    (stream,) = struct.unpack_from(">I", body)
                    return [Finished(stream)]
                case 6:  # PING: those of the client have odd numbers
                    (number,) = struct.unpack_from(">I", body)
                    if number % 2:
                        self._send_control(_PING, body[:4])
                    return []
                case 7:  # GOAWAY
                    return [Parted()]
                case 8:  # HEADERS: must be read, for the compression goes on behind it
                    self._headers(body[4:])
                    return []
                case _:  # settings and windows ask for nothing here
                    return []
        except struct.error as wrong:
            raise Broken("a frame that is too short") from wrong

    def _data(self, stream: int, flags: int, body: bytes) -> list[Event]:
        found: list[Event] = [Data(stream, body)] if body else []
        return [*found, Finished(stream)] if flags & _FIN else found

    def _headers(self, block: bytes) -> dict[str, str]:
        """Names and values of a compressed block."""
        try:
            plain = self._inflate.decompress(block, _LARGEST_HEADERS)
        except zlib.error as wrong:
            raise Broken(f"headers that cannot be read: {wrong}") from wrong
        if self._inflate.unconsumed_tail:
            raise Broken("headers that are too large")
        (count,) = struct.unpack_from(">I", plain)
        words, place = [], 4
        for _ in range(min(2 * count, len(plain))):
            (length,) = struct.unpack_from(">I", plain, place)
            words.append(plain[place + 4 : place + 4 + length].decode("latin-1"))
            place += 4 + length
        return dict(zip((name.lower() for name in words[::2]), words[1::2], strict=True))

    def _send_control(self, type_: int, body: bytes) -> None:
        self._outgoing += struct.pack(">HHI", 0x8000 | _VERSION, type_, len(body)) + body
